import type { Grouping } from '../../../view/samples.ts'

/** The label that most of some records bear. */
export interface Bearers {
  readonly label: number
  /** How many of the records bear it, and how many bear any. */
  readonly own: number
  readonly all: number
  /** Nats by which the records' labels depart from the shares of all labels; 0 where fewer bear this one. */
  readonly told: number
  /** The share of those that bear it which is more than if as many of them did as of all other labels' records. */
  readonly unexplained: number
}

export function bearersOf(records: Int32Array, { of, counts }: Grouping): Bearers {
  const bearers = new Int32Array(counts.length)
  let all = 0
  for (const i of records) {
    if (of[i]! < 0) continue
    bearers[of[i]!]!++
    all++
  }
  const label = bearers.reduce((most, count, l) => (count > bearers[most]! ? l : most), 0)
  const labelled = counts.reduce((sum, count) => sum + count, 0)
  const own = bearers[label]!
  const byNature = ((all - own + 0.5) * counts[label]!) / Math.max(1, labelled - counts[label]!)
  return {
    label,
    own,
    all,
    told: likelihoodRatio(own, all, counts[label]! / labelled),
    unexplained: Math.max(0, 1 - byNature / Math.max(1, own)),
  }
}

/** The log-likelihood ratio that `own` of `all` are of a kind of this share, in nats. */
function likelihoodRatio(own: number, all: number, share: number): number {
  const part = own / all
  if (!(part > share)) return 0
  return own * Math.log(part / share) + (own < all ? (all - own) * Math.log((1 - part) / (1 - share)) : 0)
}
