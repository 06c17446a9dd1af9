/**
 * By record: `of` its place by falling score, where `from` records score higher and `to` at least as high. Scores are
 * sorted as numbers, without indices: a comparison by function costs ten times as much.
 */
export function byPlace(scores: Float64Array, of: (from: number, to: number) => number): Float64Array {
  const n = scores.length
  const sorted = scores.toSorted()
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    const score = scores[i]!
    out[i] = of(n - countBelow(sorted, score, true), n - countBelow(sorted, score, false))
  }
  return out
}

/** How many of the ascending values lie below `score`, or at it too. */
function countBelow(sorted: Float64Array, score: number, orAt: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const value = sorted[middle]!
    if (value < score || (orAt && value === score)) low = middle + 1
    else high = middle
  }
  return low
}
