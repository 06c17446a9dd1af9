import { vocabularyOf } from '../view/vocabulary.ts'
import type { Samples } from '../view/samples.ts'

/** The fewest words shared with other texts that place a text: one shared word alone places it by that word only. */
const TO_BE_PLACED = 2

/**
 * Whether the typical text shares enough words with others for a distance between texts. Where most words stand in one
 * text only, as in lists of single words, chance decides which of them become the leading axes.
 */
export function sharesWords(samples: Samples): boolean {
  const { n, words, offsets, ids } = vocabularyOf(samples)
  const isShared = sharedWords(words.length, n, offsets, ids)
  let placed = 0
  for (let i = 0; i < n && 2 * placed < n; i++) if (hasShared(ids, offsets[i]!, offsets[i + 1]!, isShared)) placed++
  return 2 * placed >= n
}

/** By word: 1 where more than one text has it. */
function sharedWords(words: number, n: number, offsets: Int32Array, ids: Int32Array): Uint8Array {
  const isShared = new Uint8Array(words)
  const first = new Int32Array(words).fill(-1)
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const id = ids[at]!
      if (first[id]! < 0) first[id] = i
      else if (first[id] !== i) isShared[id] = 1
    }
  }
  return isShared
}

/** Whether enough different words of a text are shared. */
function hasShared(ids: Int32Array, from: number, end: number, isShared: Uint8Array): boolean {
  const found: number[] = []
  for (let at = from; at < end && found.length < TO_BE_PLACED; at++) {
    const id = ids[at]!
    if (isShared[id] === 1 && !found.includes(id)) found.push(id)
  }
  return found.length >= TO_BE_PLACED
}
