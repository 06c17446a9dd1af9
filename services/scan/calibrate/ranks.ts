import { countBelow } from '../numeric/sorted.ts'

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
