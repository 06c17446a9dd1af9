import { ascendingPlaces } from '../numeric/sorted.ts'

/**
 * By record: `of` its place by falling score, where `from` records score higher and `to` at least as high. Records of
 * one score are asked once.
 */
export function byPlace(scores: Float64Array, of: (from: number, to: number) => number): Float64Array {
  const n = scores.length
  const { sorted, places } = ascendingPlaces(scores)
  const out = new Float64Array(n)
  for (let first = 0; first < n;) {
    const score = sorted[first]!
    let end = first + 1
    while (end < n && sorted[end] === score) end++
    // what is missing scores below all others
    const value = Number.isNaN(score) ? of(n, n) : of(n - end, n - first)
    for (let at = first; at < end; at++) out[places[at]!] = value
    first = end
  }
  return out
}
