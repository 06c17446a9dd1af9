import { vocabularyOf } from '../view/vocabulary.ts'
import type { Samples } from '../view/samples.ts'

/** Texts are placed by words that others have too: by one such word they are told apart by nothing else. */
const TO_BE_PLACED = 2

/**
 * Whether the typical text has as many words that others have too as a distance between texts needs. Of words that one text alone has,
 * as lists of single words do, it is chance which of them the leading axes are.
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
