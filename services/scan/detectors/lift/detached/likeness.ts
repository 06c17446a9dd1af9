import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { beyondRandom } from './random-sets.ts'

/**
 * Returns by how many deviations texts of a label are more alike than random ones of it, without the words of a phrase that
 * they all hold: by the mean cosine of their tokens, rare ones weighing more (tf-idf). Texts for which `isLeftOut` is true are not drawn.
 */
export function likenessOf(
  tokens: TokenMatrix,
  labels: Grouping,
  seed: number,
  isLeftOut: (i: number) => boolean,
): (texts: Int32Array, label: number, token: number, phrase: readonly string[]) => number {
  const { offsets, ids } = tokens
  const n = offsets.length - 1
  const weights = Float64Array.from({ length: tokens.tokens }, (_, token) => Math.log(n / tokens.holders(token).length))
  const norms = Float64Array.from({ length: n }, (_, i) => {
    let square = 0
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) square += weights[ids[at]!]! ** 2
    return square > 0 ? 1 / Math.sqrt(square) : 0
  })
  const sums = new Float64Array(tokens.tokens)
  const alike = (texts: Int32Array, without: ReadonlySet<number> = new Set()): number => {
    let own = 0
    for (const i of texts)
      for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
        if (without.has(ids[at]!)) continue
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
  const beyond = beyondRandom(labels, seed, alike, isLeftOut)
  const ofPhrase = tokensOf(tokens)
  return (texts, label, token, phrase) => {
    const without = phrase.length === 1 ? new Set([token]) : ofPhrase(phrase)
    return beyond(texts, label, (some) => alike(some, without))
  }
}

/** Returns the tokens that are made of words of a phrase. */
function tokensOf(tokens: TokenMatrix): (phrase: readonly string[]) => ReadonlySet<number> {
  let tokenOf: Map<string, number> | undefined
  const named = () => {
    const found = new Map<string, number>()
    for (let token = 0; token < tokens.tokens; token++) {
      const described = tokens.describe(token)
      if (described.kind === 'words') found.set(described.words, token)
    }
    return found
  }
  return (phrase) => {
    const known = (tokenOf ??= named())
    const parts = [...phrase, ...phrase.slice(1).map((word, at) => `${phrase[at]} ${word}`)]
    return new Set(parts.flatMap((words) => known.get(words) ?? []))
  }
}
