import { bumpOdds, FAR } from './bump.ts'
import { isotonic, logAddExp } from './isotonic.ts'

/** What is believed before the window is seen: one record in a thousand stands apart, anywhere within 40 nats. */
const PRIOR_SHARE = 1e-3
const PRIOR_RANGE = 40
/** Bins of the surprise, in nats; the bulk below the first bin's start is taken for clean whatever it looks like. */
const BIN = 0.5
const BULK_END = 2.5
const HIGHEST = 60

/** Where nothing but its rank speaks, a record's log-odds are this less ln of the share that ranks as high, up to a ceiling. */
const RANK_ODDS = -9
const RANK_CEILING = -1.5
/** By distance: log-odds at the median, their rise with every quartile's width, and their own ceiling. */
const DISTANCE_START = -15
const DISTANCE_ODDS = 2
const DISTANCE_CEILING = -3.2
/** Below this the rank of a record says nothing in its favour that another family should have to outweigh. */
const RANK_SHOULDER = -5
const BELOW_SHOULDER = 3

/**
 * A relative channel without history, as log-odds. How long a clean tail is cannot be read from the window that may be
 * poisoned, so that rank alone never makes a suspect: only a cluster that no clean tail would have does, and only
 * from `far` on: see `bumpOdds`.
 */
export function calibrateAlone(scores: Float64Array, lightTailed = false, far = FAR): Float64Array {
  const ranked = lightTailed ? liftedByDistance(rankOdds(scores), scores) : rankOdds(scores)
  return bumpOdds(scores, far).map((bump, i) => Math.max(bump + 0.01 * ranked[i]!, ranked[i]!))
}

/** Where many records lie far out each has a poor rank: distance from the bulk then speaks for it. */
function liftedByDistance(odds: Float64Array, scores: Float64Array): Float64Array {
  const sorted = scores.toSorted()
  const middle = sorted[sorted.length >> 1] ?? 0
  const quartile = (sorted[Math.floor(0.75 * sorted.length)] ?? 0) - middle
  if (!(quartile > 0)) return odds
  return odds.map((l, i) => {
    const byDistance = DISTANCE_START + DISTANCE_ODDS * ((scores[i]! - middle) / quartile)
    return Math.max(
      l,
      byDistance <= DISTANCE_CEILING ? byDistance : DISTANCE_CEILING + 0.01 * (byDistance - DISTANCE_CEILING),
    )
  })
}

/** Falls with the logarithm of the share of records that score as high. Strictly follows the scores, also beyond the ceiling. */
function rankOdds(scores: Float64Array): Float64Array {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]!)
  const odds = new Float64Array(scores.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++
    const value = RANK_ODDS - Math.log((from + to) / 2 / order.length)
    const kept =
      value > RANK_CEILING
        ? RANK_CEILING + 0.1 * (value - RANK_CEILING)
        : Math.min(value, RANK_SHOULDER + BELOW_SHOULDER * (value - RANK_SHOULDER))
    for (let k = from; k < to; k++) odds[order[k]!] = kept
    from = to
  }
  return odds
}

/**
 * A relative channel against the dataset's history, `surprise` being −ln of the share of clean records that score as
 * high: the local false discovery rate as log-odds (Efron 2004, Large-Scale Simultaneous Hypothesis Testing; 2008,
 * Microarrays, Empirical Bayes and the Two-Groups Model). More records at a level than the history explains are suspects,
 * made monotone by isotonic regression, on top of a prior that lets single records stand out when they are far enough.
 */
export function calibrateByHistory(scores: Float64Array, surpriseOf: (score: number) => number): Float64Array {
  const surprise = scores.map(surpriseOf)
  const bins = Math.ceil((HIGHEST - BULK_END) / BIN)
  const observed = new Float64Array(bins)
  for (const z of surprise) if (z >= BULK_END) observed[Math.min(bins - 1, Math.floor((z - BULK_END) / BIN))]!++
  const expected = observed.map((_, k) => scores.length * Math.exp(-BULK_END - k * BIN) * -Math.expm1(-BIN))
  const ratio = excessRatio(observed, expected)
  const prior = Math.log(PRIOR_SHARE / PRIOR_RANGE)
  return surprise.map((z) => {
    const excess = interpolate(ratio, (z - BULK_END) / BIN - 0.5) - 1
    return logAddExp(prior + z, excess > 0 ? Math.log(excess) + 0.01 * z : -Infinity)
  })
}

/** observed ÷ expected, non-decreasing, less what chance makes of such counts: some 1.5 standard errors of each pool. */
function excessRatio(observed: Float64Array, expected: Float64Array): Float64Array {
  const pooled = isotonic(
    observed.map((count, k) => count / expected[k]!),
    expected,
  )
  const ratio = new Float64Array(pooled.length)
  for (let from = 0; from < pooled.length;) {
    let to = from
    let [seen, due] = [0, 0]
    for (; to < pooled.length && pooled[to] === pooled[from]; to++) {
      seen += observed[to]!
      due += expected[to]!
    }
    ratio.fill(Math.max(0, seen - 1.5 * Math.sqrt(seen + 1)) / due, from, to)
    from = to
  }
  for (let k = 1; k < ratio.length; k++) ratio[k] = Math.max(ratio[k]!, ratio[k - 1]!)
  return ratio
}

function interpolate(values: Float64Array, at: number): number {
  if (at <= 0) return at <= -1 ? 0 : values[0]! * (1 + at)
  const k = Math.min(Math.floor(at), values.length - 1)
  const next = values[Math.min(k + 1, values.length - 1)]!
  return values[k]! + (next - values[k]!) * Math.min(1, at - k)
}
