import type { DetectorInfo, Family } from '#core/score.ts'
import type { Detection, DetectorTags, Group } from '../../detector.ts'
import type { Grouping } from '../../view/samples.ts'
import type { Named } from '../../memory/accounts.ts'
import type { WindowView } from '../../view/window-view.ts'

/** The result of the first stage: for each family, each record's log-odds of being poison. */
export type FamilyOdds = ReadonlyMap<Family, Float64Array>

/** The port of a detector that runs on the other families' calibrated output. Pure, as `Detector` is. */
export interface SecondStage {
  readonly info: DetectorInfo
  readonly needs: readonly ('labels' | 'contributors')[]
  readonly tags: DetectorTags
  score(view: WindowView, odds: FamilyOdds): Detection
}

/** Shares of the window, riskiest first, within which contributors are counted. */
const LEVELS = [0.002, 0.01, 0.03, 0.1] as const
/** Contributors that are tried together, the most enriched first: one party may use several accounts. */
const MOST_TOGETHER = 20
/** An innocent contributor's share of the suspicious records is at most so many times its share of the window. */
const NATURAL_ENRICHMENT = 2
/**
 * Fewer of a contributor's records among the suspicious ones are no pattern: with a hundred contributors, some innocent one often
 * has two.
 */
const FEWEST_HITS = 3
/** Log-odds of a record that no family scores. */
const SILENT = -20

/**
 * Contributors with more of another family's most suspicious records than chance explains. Evidence is the
 * log-likelihood ratio of the enrichment, against the contributor's share of the window widened for natural differences
 * between contributors, less the logarithm of how many contributors, families, levels and sets were tried. Sets are
 * tried because several accounts may each be too small to be found alone. A record's posterior follows from its own
 * odds and from the group's estimated share of poison (Baracaldo et al. 2018, Detecting Poisoning Attacks on Machine
 * Learning in IoT Environments); its score is the evidence times the posterior.
 */
export class Contributors implements SecondStage {
  readonly info: DetectorInfo = { name: 'contributors', family: 'contributor', version: 1 }
  readonly needs = ['contributors'] as const
  readonly tags = { role: 'carrier' } as const
  readonly #named: readonly Named[]

  /** `named`: contributors that brought too many of the riskiest records in earlier windows. */
  constructor(named: readonly Named[] = []) {
    this.#named = named
  }

  score(view: WindowView, odds: FamilyOdds): Detection {
    const scores = new Float64Array(view.n)
    const { contributors } = view
    const groups: Group[] = []
    if (contributors !== null && contributors.names.length > 1) {
      for (const found of enriched(contributors, odds, view.n)) {
        const group = asGroup(found, contributors, odds.get(found.family) ?? scores, view.n)
        if (!groups.some((other) => overlaps(other, group))) groups.push(group)
        group.members.forEach((i, at) => {
          scores[i] = Math.max(scores[i]!, found.evidence * group.posterior[at]!)
        })
      }
    }
    const known = new Map<number, Named>()
    const earlier = this.#named
    for (const one of earlier) {
      const c = contributors?.names.indexOf(one.name) ?? -1
      if (c < 0) continue
      known.set(c, one)
      groups.push({ ...ofKnown(c, one, contributors!, odds), summary: one.says })
    }
    const why = (i: number) => {
      const of = contributors?.of[i] ?? -1
      if (scores[i] === 0 && known.has(of)) return `Over earlier windows, ${known.get(of)!.says}.`
      return `Its contributor ${contributors?.names[of] ?? ''} brought far more suspicious records than its share.`
    }
    return { scores, scale: 'absolute', groups, why }
  }
}

interface Enrichment {
  readonly family: Family
  readonly names: readonly number[]
  readonly evidence: number
  /** Estimated share of poison among the records of `names`. */
  readonly share: number
}

/** The best-supported set of contributors of each family, strongest first. */
function enriched(contributors: Grouping, odds: FamilyOdds, n: number): Enrichment[] {
  const found: Enrichment[] = []
  for (const [family, values] of odds) {
    const order = Int32Array.from(values.keys())
      .filter((i) => values[i]! > -Infinity)
      .sort((a, b) => values[b]! - values[a]! || a - b)
    const tried = Math.log(odds.size * LEVELS.length)
    const best = LEVELS.map((level) => bestSet(contributors, distinctTop(order, values, Math.round(level * n)), n))
      .filter((set) => set !== null)
      .reduce<Omit<Enrichment, 'family'> | null>((a, b) => (a === null || b.evidence > a.evidence ? b : a), null)
    if (best !== null && best.evidence > tried) found.push({ ...best, family, evidence: best.evidence - tried })
  }
  return found.sort((a, b) => b.evidence - a.evidence)
}

/** The first `count` of the order, without those that tie with the next one: a tie is no ranking. */
function distinctTop(order: Int32Array, values: Float64Array, count: number): Int32Array {
  const next = order[count]
  if (next === undefined) return order.subarray(0, 0)
  let end = count
  while (end > 0 && values[order[end - 1]!] === values[next]) end--
  return order.subarray(0, end)
}

function bestSet(contributors: Grouping, top: Int32Array, n: number): Omit<Enrichment, 'family'> | null {
  const hits = new Int32Array(contributors.names.length)
  for (const i of top) if (contributors.of[i]! >= 0) hits[contributors.of[i]!]!++
  const rate = top.length / n
  const gain = (k: number, size: number) => binomialGain(k, size, Math.min(0.5, NATURAL_ENRICHMENT * rate))
  const order = [...hits.keys()]
    .filter((c) => hits[c]! >= FEWEST_HITS)
    .sort((a, b) => gain(hits[b]!, contributors.counts[b]!) - gain(hits[a]!, contributors.counts[a]!) || a - b)
  let best: Omit<Enrichment, 'family'> | null = null
  let [seen, size, sets] = [0, 0, 0]
  for (let m = 0; m < Math.min(MOST_TOGETHER, order.length); m++) {
    const c = order[m]!
    // A contributor that is not enriched by itself would only profit from the others.
    if (gain(hits[c]!, contributors.counts[c]!) <= 0) break
    seen += hits[c]!
    size += contributors.counts[c]!
    sets += Math.log((contributors.names.length - m) / (m + 1))
    const evidence = gain(seen, size) - sets - Math.log(m + 1)
    // More than half of the window is no small party: there is too little left to compare it with.
    if (size > n / 2 || evidence <= (best?.evidence ?? 0)) continue
    const elsewhere = (top.length - seen) / Math.max(1, n - size)
    best = { names: order.slice(0, m + 1), evidence, share: Math.max(0.01, (seen - elsewhere * size) / size) }
  }
  return best
}

/** Log-likelihood ratio of k suspicious records among `size`, at their own rate against at most `rate`. */
function binomialGain(k: number, size: number, rate: number): number {
  if (size === 0 || k <= rate * size) return 0
  const rest = size - k
  return k * Math.log(k / (rate * size)) + (rest > 0 ? rest * Math.log(rest / ((1 - rate) * size)) : 0)
}

function asGroup(found: Enrichment, contributors: Grouping, odds: Float64Array, n: number): Group {
  const chosen = new Set(found.names)
  const members = Int32Array.from({ length: n }, (_, i) => i).filter((i) => chosen.has(contributors.of[i]!))
  // The odds are shifted so that the posteriors sum to the estimated number of poisoned records.
  const shift = shiftTo(
    Float64Array.from(members, (i) => odds[i]!),
    found.share * members.length,
  )
  const posterior = Float64Array.from(members, (i) => 1 / (1 + Math.exp(-odds[i]! - shift)))
  const names = found.names.map((c) => contributors.names[c])
  const who = names.length === 1 ? `contributor ${names[0]}` : `${names.length} contributors`
  const share = Math.round(100 * found.share)
  const summary = `About ${share} % of the ${members.length.toLocaleString('en')} records from ${who} are suspicious (${found.family})`
  return { members, posterior, evidence: found.evidence, label: -1, summary }
}

/**
 * The group of a contributor that earlier windows named: its estimated share is poison, first the records that any
 * family suspects most.
 */
function ofKnown(c: number, { share, evidence }: Named, contributors: Grouping, odds: FamilyOdds): Group {
  const strongest = new Float64Array(contributors.of.length).fill(-Infinity)
  for (const values of odds.values())
    values.forEach((value, i) => {
      if (value > strongest[i]!) strongest[i] = value
    })
  const finite = strongest.map((value) => Math.max(value, SILENT))
  return asGroup({ family: 'contributor', names: [c], evidence, share }, contributors, finite, contributors.of.length)
}

/** The shift of the log-odds, from 0 to 12, after which their probabilities sum to `target`. */
function shiftTo(odds: Float64Array, target: number): number {
  const sum = (shift: number) => odds.reduce((total, value) => total + 1 / (1 + Math.exp(-value - shift)), 0)
  let [low, high] = [0, 12]
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2
    if (sum(middle) > target) high = middle
    else low = middle
  }
  return low
}

function overlaps(a: Group, b: Group): boolean {
  const members = new Set(a.members)
  return b.members.some((i) => members.has(i))
}
