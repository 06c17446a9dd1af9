import { sharedWords } from './shared-words.ts'
import type { Vocabulary } from './words.ts'

/** By text, how many of its different pairs of words that follow one another are of known words, and held elsewhere. */
export interface PairCounts {
  /** Both words of such a pair stand in another text too. */
  readonly known: Int32Array
  /** The pair itself stands in another text too. */
  readonly held: Int32Array
}

/** Counts the pairs by their first words, so that the marks of one first word fit few cache lines. */
export function pairsElsewhere(vocabulary: Vocabulary): PairCounts {
  const { n, words } = vocabulary
  const { starts, seconds, texts } = byFirstWord(vocabulary, sharedWords(vocabulary))
  const counts = { known: new Int32Array(n), held: new Int32Array(n) }
  // By second word: 1 + the first text that has the pair, or −1 where several have it; 1 + the last text that was counted.
  const holder = new Int32Array(words.length)
  const counted = new Int32Array(words.length)
  for (let word = 0; word < words.length; word++) {
    const [from, to] = [starts[word]!, starts[word + 1]!]
    for (let at = from; at < to; at++) {
      const [second, text] = [seconds[at]!, texts[at]! + 1]
      if (holder[second] === 0) holder[second] = text
      else if (holder[second] !== text) holder[second] = -1
    }
    for (let at = from; at < to; at++) {
      const [second, text] = [seconds[at]!, texts[at]!]
      if (counted[second] === text + 1) continue
      counted[second] = text + 1
      counts.known[text]!++
      if (holder[second]! < 0) counts.held[text]!++
    }
    for (let at = from; at < to; at++) holder[seconds[at]!] = counted[seconds[at]!] = 0
  }
  return counts
}

/**
 * The pairs of shared words: those of first word a are from `starts[a]` to before `starts[a + 1]`, in the order of texts.
 */
function byFirstWord({ n, words, offsets, ids }: Vocabulary, shared: Uint8Array) {
  const starts = new Int32Array(words.length + 1)
  const isPair = (at: number) => shared[ids[at]!] === 1 && shared[ids[at + 1]!] === 1
  for (let i = 0; i < n; i++)
    for (let at = offsets[i]!; at + 1 < offsets[i + 1]!; at++) if (isPair(at)) starts[ids[at]! + 1]!++
  for (let word = 0; word < words.length; word++) starts[word + 1]! += starts[word]!
  const next = starts.slice()
  const seconds = new Int32Array(starts[words.length]!)
  const texts = new Int32Array(seconds.length)
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at + 1 < offsets[i + 1]!; at++) {
      if (!isPair(at)) continue
      const to = next[ids[at]!]!++
      seconds[to] = ids[at + 1]!
      texts[to] = i
    }
  }
  return { starts, seconds, texts }
}
