import { ascending } from '../numeric/sorted.ts'

/** The fewest records beyond a gap, and the share of all records that they are at most. */
const FEWEST = 5
const MOST_SHARE = 0.05
/** The scale of the tail is that of at least so many records on the near side of a gap, and of so many for each beyond. */
const LEAST_BESIDE = 50
const BESIDE_EACH = 3
/** A tail that is to be read is at most this share of the records. */
const LONGEST_SHARE = 1 / 3
/** Nats that a gap has to have: by nature 408 tables left up to 16 before rows that stand alone (ADR 211). */
const PRICE = 18

/**
 * Log-odds of the records beyond the widest gap in the upper tail of the scores; −Infinity for all others. Where a tail
 * thins out exponentially, the space between its k-th and its next score is exponential with 1/k of the tail's scale,
 * whatever the other spaces are (Rényi 1953, On the Theory of Order Statistics); where it thins out faster, the space is shorter. The scale is the mean
 * excess of the scores just below, so that nothing beyond the gap has a say in it, and chance leaves a gap of
 * k · gap = z · scale with probability (1 + z/m)^−m, by m scores. A cluster of one place is found by `bumpOdds`; garbage, which is spread
 * over a long way, by the space before it.
 */
export function gapOdds(scores: Float64Array): Float64Array {
  const n = scores.length
  const sorted = ascending(scores)
  const from = (k: number) => sorted[n - k]!
  const sums = new Float64Array(n + 1)
  for (let k = 1; k <= n; k++) sums[k] = sums[k - 1]! + from(k)
  let [best, at] = [PRICE, 0]
  for (let k = FEWEST; k <= MOST_SHARE * n; k++) {
    const m = Math.max(LEAST_BESIDE, BESIDE_EACH * k)
    if (k + m >= LONGEST_SHARE * n) break
    const scale = (sums[k + m]! - sums[k]!) / m - from(k + m + 1)
    if (!(scale > 0)) continue
    const nats = m * Math.log1p((k * (from(k) - from(k + 1))) / (m * scale))
    if (nats > best) [best, at] = [nats, k]
  }
  const odds = new Float64Array(n).fill(-Infinity)
  if (at === 0) return odds
  const least = from(at)
  const found = Math.min(best - PRICE, Math.log(2 * at))
  return odds.map((l, i) => (scores[i]! >= least ? found : l))
}
