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
  const holders = new Int32Array(words.length)
  const last = new Int32Array(words.length).fill(-1)
  const distinct = (i: number, visit: (id: number) => void) => {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const id = ids[at]!
      if (last[id] !== i) visit(id)
      last[id] = i
    }
  }
  for (let i = 0; i < n; i++) distinct(i, (id) => holders[id]!++)
  last.fill(-1)
  let placed = 0
  for (let i = 0; i < n; i++) {
    let shared = 0
    distinct(i, (id) => (shared += Number(holders[id]! > 1)))
    placed += Number(shared >= TO_BE_PLACED)
  }
  return 2 * placed >= n
}
