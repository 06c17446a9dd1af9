import type { Vocabulary } from './words.ts'

/** By word: 1 where two texts have it at least. */
export function sharedWords({ n, words, offsets, ids }: Vocabulary): Uint8Array {
  const holder = new Int32Array(words.length)
  const shared = new Uint8Array(words.length)
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const word = ids[at]!
      if (holder[word] === 0) holder[word] = i + 1
      else if (holder[word] !== i + 1) shared[word] = 1
    }
  }
  return shared
}
