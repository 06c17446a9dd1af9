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
  for (let i = 0; i < n; i++) countText(i, ids, offsets[i]!, offsets[i + 1]!, last, holders)
  last.fill(-1)
  let placed = 0
  for (let i = 0; i < n; i++) placed += Number(isPlaced(i, ids, offsets[i]!, offsets[i + 1]!, last, holders))
  return 2 * placed >= n
}

/** Counts text i once for each of its words, which are the `ids` from `from` to before `to`. */
function countText(i: number, ids: Int32Array, from: number, to: number, last: Int32Array, holders: Int32Array): void {
  for (let at = from; at < to; at++) {
    const id = ids[at]!
    if (last[id] === i) continue
    last[id] = i
    holders[id]!++
  }
}

/** Whether enough of the words of text i stand in other texts, too. */
function isPlaced(
  i: number,
  ids: Int32Array,
  from: number,
  to: number,
  last: Int32Array,
  holders: Int32Array,
): boolean {
  let shared = 0
  for (let at = from; at < to; at++) {
    const id = ids[at]!
    if (last[id] === i) continue
    last[id] = i
    if (holders[id]! > 1 && ++shared === TO_BE_PLACED) return true
  }
  return false
}
