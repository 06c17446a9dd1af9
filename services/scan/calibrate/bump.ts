import { ascending } from '../numeric/sorted.ts'

/** The width of a cluster, as a share of its distance from the median. */
const NARROW = 0.05
/** How far above the median a cluster must lie, in units of the 90th percentile's distance. */
export const FAR = 4
/** About how many places of a cluster are tried: the correction for chance. */
const TRIED = 200
const MOST_CANDIDATES = 4000
/** Where each score of the bulk stands for this many records, scores pile up by nature: rows of a few categories do. */
const PILED = 4
/** Scores nearer to one another than this, as a share of the shoulder's distance, are one. */
const SAME = 1e-7

/**
 * Log-odds that a record belongs to a narrow cluster of scores far above the bulk, beyond a gap that no decreasing
 * density would leave; −Infinity where there is none (bump hunting by excess mass: Müller & Sawitzki 1991, Excess Mass
 * Estimates and Tests for Multimodality). Natural oddities thin out with distance; planted garbage of one source piles
 * up.
 */
export function bumpOdds(scores: Float64Array, least = FAR): Float64Array {
  const n = scores.length
  const sorted = ascending(scores)
  const middle = sorted[n >> 1] ?? 0
  const shoulder = sorted[Math.floor(0.9 * n)] ?? 0
  const far = middle + least * (shoulder - middle)
  const odds = new Float64Array(n).fill(-Infinity)
  const from = below(sorted, far)
  if (!(shoulder > middle) || from >= n || PILED * countDistinct(sorted, from, SAME * (shoulder - middle)) <= from)
    return odds
  const stride = Math.max(1, Math.ceil((n - from) / MOST_CANDIDATES))
  let best = -Infinity
  /** From each score on: the odds. */
  const steps: { readonly start: number; readonly odds: number }[] = []
  for (let at = from; at < n; at += stride) {
    const start = sorted[at]!
    const width = NARROW * (start - middle)
    const inside = below(sorted, start + width) - at
    const beside = sparsest(sorted, shoulder, start, width)
    const found = oddsOf(inside, beside)
    if (found <= best) continue
    best = found
    steps.push({ start, odds: found })
  }
  scores.forEach((score, i) => {
    for (const step of steps) if (score >= step.start) odds[i] = step.odds
  })
  return odds
}

/** How many scores among the first `end` of an ascending list are more than `apart` from the one before. */
function countDistinct(sorted: Float64Array, end: number, apart: number): number {
  let [count, last] = [0, -Infinity]
  for (let at = 0; at < end; at++) {
    if (sorted[at]! - last <= apart) continue
    count++
    last = sorted[at]!
  }
  return count
}

/** The least number of scores in a window of `width` anywhere between the bulk and the cluster. */
function sparsest(sorted: Float64Array, shoulder: number, start: number, width: number): number {
  let least = Infinity
  for (let low = shoulder; low + width <= start; low += width / 2) {
    least = Math.min(least, below(sorted, low + width) - below(sorted, low))
    if (least === 0) break
  }
  return least
}

/** Log-odds of k records in a cluster where a decreasing density would have put at most m. */
function oddsOf(k: number, m: number): number {
  if (k <= m || m === Infinity) return -Infinity
  const ratio = k * Math.log((2 * k) / (k + m)) + (m > 0 ? m * Math.log((2 * m) / (k + m)) : 0) - Math.log(TRIED)
  return Math.min(ratio, Math.log(k / (m + 0.5)))
}

/** How many of the sorted values lie below `score`. */
function below(sorted: Float64Array, score: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < score) low = middle + 1
    else high = middle
  }
  return low
}
