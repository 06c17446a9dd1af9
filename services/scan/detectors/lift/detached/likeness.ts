import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { beyondRandom } from './random-sets.ts'

/**
 * Returns by how many deviations texts of a label are more alike than random ones of it, without a token that they all hold:
 * by the mean cosine of their tokens, rare ones weighing more (tf-idf).
 */
export function likenessOf(
  tokens: TokenMatrix,
  labels: Grouping,
  seed: number,
): (texts: Int32Array, label: number, without: number) => number {
  const { offsets, ids } = tokens
  const n = offsets.length - 1
  const weights = Float64Array.from({ length: tokens.tokens }, (_, token) => Math.log(n / tokens.holders(token).length))
  const norms = Float64Array.from({ length: n }, (_, i) => {
    let square = 0
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) square += weights[ids[at]!]! ** 2
    return square > 0 ? 1 / Math.sqrt(square) : 0
  })
  const sums = new Float64Array(tokens.tokens)
  const alike = (texts: Int32Array, without = -1): number => {
    let own = 0
    for (const i of texts)
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        if (ids[at] === without) continue
        const weight = weights[ids[at]!]! * norms[i]!
        sums[ids[at]!]! += weight
        own += weight * weight
      }
    let square = 0
    for (const i of texts)
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        square += sums[ids[at]!]! ** 2
        sums[ids[at]!] = 0
      }
    return (square - own) / (texts.length * (texts.length - 1))
  }
  const beyond = beyondRandom(labels, seed, alike)
  return (texts, label, without) => beyond(texts, label, (some) => alike(some, without))
}
