import type { Group } from '../detector.ts'
import type { Matrix } from '../numeric/matrix.ts'
import { highestFirst } from '../numeric/sorted.ts'
import { largest } from '../detectors/labels/label-quality.ts'
import { classPrior } from '../predict/neighbour-vote.ts'
import type { Grouping } from '../view/samples.ts'
import { ENOUGH_RECORDS } from './enough.ts'

/** Limits of the bands of records farthest out, and of those below them that show what is natural: shares of the records. */
const SHARES = [0.0025, 0.005, 0.01, 0.02, 0.04, 0.056, 0.08]
const BANDS = [0.08, 0.16, 0.32, 0.64]
/** By nature the farthest records may be mistaken this many times as often as the bands below lead to expect. */
const ODDER = 1.5
/** The most by which natural mistakes grow from a share of the records to half of it. */
const MOST_GROWTH = 3
/** The least share of junk among the records of a group, and in the lowest band whose records may be members. */
const LEAST_JUNK = 0.7
const LEAST_IN_BAND = 0.5
/** The least posterior of a member. */
const MEMBER = 0.6
/** The fewest records of a group, and its least evidence in nats. */
const FEWEST = 8
const LEAST_EVIDENCE = 15

/** The labelled records between two shares, and how many of them predictors mistake. */
interface Band {
  readonly records: readonly number[]
  readonly missed: number
  /** How many would be by nature. */
  readonly due: number
}

/**
 * The group of the records farthest out whose labels predictors tell no better than chance: junk that has taken the
 * place of records keeps their labels, and no predictor learns them. Odd records are mistaken more often than others by
 * nature, and the odder the more; the bands below show how much more. The evidence is the binomial log-likelihood ratio
 * of the mistakes at the best share, less ln of the shares tried. `expected` is n × K, of predictors that have not seen
 * the record's own label; `counted` returns for how much of a record each member counts. Null where too little evidence
 * is left.
 */
export function untold(
  scores: Float64Array,
  labels: Grouping,
  expected: Matrix,
  counted: (members: Int32Array) => number = () => 1,
): Group | null {
  const { length: n } = scores
  const order = highestFirst(scores)
  const isMissed = (i: number) => largest(expected, i) !== labels.of[i]
  const between = (from: number, to: number) =>
    Array.from(order.subarray(Math.floor(from * n), Math.floor(to * n))).filter((i) => labels.of[i]! >= 0)
  const rates = BANDS.slice(1).map((to, at) => {
    const records = between(BANDS[at]!, to)
    return (records.filter(isMissed).length + 1) / (records.length + 2)
  })
  const growth = Math.min(MOST_GROWTH, Math.max(1, Math.sqrt(rates[0]! / rates[2]!)))
  const typical = ODDER * Math.max(...rates)
  const byChance = 1 - classPrior(labels).reduce((sum, share) => sum + share * share, 0)
  const bands = SHARES.map((share, at): Band => {
    const records = between(SHARES[at - 1] ?? 0, share)
    const rate = Math.min(byChance, typical * growth ** Math.log2(BANDS[0]! / share))
    return { records, missed: records.filter(isMissed).length, due: rate * records.length }
  })
  let evidence = 0
  for (const end of bands.keys()) {
    const within = together(bands.slice(0, end + 1))
    if (within.records.length < FEWEST || junkIn(within, byChance) < LEAST_JUNK) continue
    evidence = Math.max(evidence, counted(Int32Array.from(within.records)) * surplus(within) - Math.log(SHARES.length))
  }
  if (evidence < LEAST_EVIDENCE * Math.max(1, ENOUGH_RECORDS / n)) return null
  const found = membersOf(bands, byChance, isMissed)
  if (found.length < FEWEST) return null
  return {
    members: Int32Array.from(found, ([record]) => record),
    posterior: Float64Array.from(found, ([, posterior]) => posterior),
    evidence,
    label: -1,
    summary: `${found.length} of the records farthest out bear labels that nothing about them foretells`,
  }
}

function together(bands: readonly Band[]): Band {
  const sum = (of: (band: Band) => number) => bands.reduce((all, band) => all + of(band), 0)
  return {
    records: bands.flatMap(({ records }) => records),
    missed: sum(({ missed }) => missed),
    due: sum(({ due }) => due),
  }
}

/** The share of records, 0…1, whose labels are chance beyond nature. */
function junkIn({ records, missed, due }: Band, byChance: number): number {
  const room = byChance * records.length - due
  return room <= 0 ? 0 : Math.min(1, Math.max(0, (missed - due) / room))
}

/** The binomial log-likelihood ratio of the mistakes against nature's; 0 where there are no more. */
function surplus({ records, missed, due }: Band): number {
  const told = records.length - missed
  if (missed <= due) return 0
  return missed * Math.log(missed / due) + (told === 0 ? 0 : told * Math.log(told / (records.length - due)))
}

/** Records, ascending, and their posteriors. No band has a larger share of junk than the one above. */
function membersOf(bands: readonly Band[], byChance: number, isMissed: (i: number) => boolean) {
  const found: [record: number, posterior: number][] = []
  let least = 1
  for (const [at, band] of bands.entries()) {
    const { length } = band.records
    // of the few farthest out, chance decides
    const share = junkIn(length < FEWEST ? together(bands.slice(0, at + 1)) : band, byChance)
    least = Math.min(least, share)
    if (least < LEAST_IN_BAND) break
    const natural = Math.min(byChance, band.due / Math.max(1, length))
    for (const i of band.records) {
      const [junk, nature] = isMissed(i) ? [byChance, natural] : [1 - byChance, 1 - natural]
      const posterior = (least * junk) / (least * junk + (1 - least) * nature)
      if (posterior >= MEMBER) found.push([i, posterior])
    }
  }
  return found.sort(([a], [b]) => a - b)
}
