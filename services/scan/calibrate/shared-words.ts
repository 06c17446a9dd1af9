import { sharedWords } from '../features/shared-words.ts'
import { distinctWithin } from '../features/tokens-texts.ts'
import { vocabularyOf } from '../view/vocabulary.ts'
import type { Samples } from '../view/samples.ts'

/** A word that a larger share of the texts holds is how they are made, and places none. */
const TEMPLATE = 0.9
/** The fewest words shared with other texts that place a text: one shared word alone places it by that word only. */
const TO_BE_PLACED = 2

/** A word belongs to a set's closed vocabulary where at least this share of the texts hold it; */
const IN_SET = 0.02
/** a text is made of that vocabulary where at most so many of its words do not. */
const MOST_OTHERS = 1

/**
 * Whether the typical text shares enough words with others for a distance between texts. Where most words stand in one
 * text only, as in lists of single words, chance decides which of them become the leading axes; also where each stands in
 * a sentence that is always the same.
 */
export function sharesWords(samples: Samples): boolean {
  const vocabulary = vocabularyOf(samples)
  const { n, words, offsets, ids } = vocabulary
  const shared = sharedWords(vocabulary)
  countsOf(distinctWithin(offsets, ids, words.length).codes, words.length).forEach(
    (count, word) => (shared[word]! *= Number(count <= TEMPLATE * n)),
  )
  let placed = 0
  for (let i = 0; i < n; i++) placed += Number(isPlaced(ids, offsets[i]!, offsets[i + 1]!, shared))
  return 2 * placed >= n
}

/**
 * The texts, marked 1, that hold only words of a closed set, where the texts of the window are made of one: expressions,
 * hands of cards, descriptions of drawings. How far one lies is a matter of how often it has which, which is no noise. Null
 * where the typical text has a word that is rare in the window.
 */
export function ofClosedWords(samples: Samples): Uint8Array | null {
  const { n, words, offsets, ids } = vocabularyOf(samples)
  const distinct = distinctWithin(offsets, ids, words.length)
  const counts = countsOf(distinct.codes, words.length)
  const others = Float64Array.from({ length: n }, (_, i) => {
    let rare = 0
    for (let at = distinct.offsets[i]!; at < distinct.offsets[i + 1]!; at++)
      rare += Number(counts[distinct.codes[at]!]! < IN_SET * n)
    return rare
  })
  const typical = others.toSorted()[n >> 1] ?? 0
  return typical === 0 ? Uint8Array.from(others, (count) => Number(count <= MOST_OTHERS)) : null
}

/** By word: how many texts have it, by each text's different words. */
function countsOf(distinct: Int32Array, words: number): Int32Array {
  const counts = new Int32Array(words)
  for (let at = 0; at < distinct.length; at++) counts[distinct[at]!]!++
  return counts
}

/** Whether a text, whose words are the `ids` from `from` to before `to`, has enough different words that others share. */
function isPlaced(ids: Int32Array, from: number, to: number, shared: Uint8Array): boolean {
  const found = new Set<number>()
  for (let at = from; at < to; at++) {
    if (shared[ids[at]!] === 1 && found.add(ids[at]!).size === TO_BE_PLACED) return true
  }
  return false
}
