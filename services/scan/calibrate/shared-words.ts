import { sharedWords } from '../features/shared-words.ts'
import { vocabularyOf } from '../view/vocabulary.ts'
import type { Samples } from '../view/samples.ts'

/** The fewest words shared with other texts that place a text: one shared word alone places it by that word only. */
const TO_BE_PLACED = 2

/**
 * Whether the typical text shares enough words with others for a distance between texts. Where most words stand in one
 * text only, as in lists of single words, chance decides which of them become the leading axes.
 */
export function sharesWords(samples: Samples): boolean {
  const vocabulary = vocabularyOf(samples)
  const { n, offsets, ids } = vocabulary
  const shared = sharedWords(vocabulary)
  let placed = 0
  for (let i = 0; i < n; i++) placed += Number(isPlaced(ids, offsets[i]!, offsets[i + 1]!, shared))
  return 2 * placed >= n
}

/** Whether a text, whose words are the `ids` from `from` to before `to`, has enough different words that others share. */
function isPlaced(ids: Int32Array, from: number, to: number, shared: Uint8Array): boolean {
  const found = new Set<number>()
  for (let at = from; at < to; at++) {
    if (shared[ids[at]!] === 1 && found.add(ids[at]!).size === TO_BE_PLACED) return true
  }
  return false
}
