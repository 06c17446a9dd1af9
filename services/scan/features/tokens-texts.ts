import type { TokenMatrix } from '../view/window-view.ts'
import { Pairs } from './pairs.ts'
import type { Prevalence } from './token-builder.ts'
import { TokenBuilder } from './token-builder.ts'
import type { Vocabulary } from './words.ts'

/** What a trigger in a text could be made of: a word, and two words in a row. Both lower-cased, split at white space. */
export function textTokens({ n, words, offsets, ids }: Vocabulary): TokenMatrix {
  const prevalence = { min: Math.max(5, Math.floor(n / 2000)), max: Math.floor(n / 5) }
  const tokens = new TokenBuilder(n)
  tokens.kind('word', (_, code) => ({ kind: 'words', words: words[code] ?? '' }))
  const unigrams = distinctWithin(offsets, ids, words.length)
  tokens.addSets(0, unigrams.offsets, unigrams.codes, words.length, prevalence)
  const frequent = frequentEnough(unigrams.codes, words.length, prevalence)
  const bigrams = frequentBigrams(n, offsets, ids, frequent, prevalence)
  tokens.kind('two words', (_, code) => {
    const [first, second] = bigrams.pairs.wordsOf(code)
    return { kind: 'words', words: `${words[first] ?? ''} ${words[second] ?? ''}` }
  })
  tokens.addSets(0, bigrams.offsets, bigrams.codes, bigrams.pairs.count, prevalence)
  return tokens.finish()
}

/** Each record's codes once each. */
function distinctWithin(
  offsets: Int32Array,
  codes: Int32Array,
  space: number,
): { offsets: Int32Array; codes: Int32Array } {
  const out = new Int32Array(codes.length)
  const outOffsets = new Int32Array(offsets.length)
  const seenBy = new Int32Array(space).fill(-1)
  let used = 0
  for (let i = 0; i + 1 < offsets.length; i++) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const code = codes[at]!
      if (seenBy[code] === i) continue
      seenBy[code] = i
      out[used++] = code
    }
    outOffsets[i + 1] = used
  }
  return { offsets: outOffsets, codes: out.subarray(0, used) }
}

function frequentEnough(codes: Int32Array, space: number, { min }: Prevalence): Uint8Array {
  const counts = new Int32Array(space)
  for (const code of codes) counts[code] = counts[code]! + 1
  return Uint8Array.from(counts, (count) => Number(count >= min))
}

/**
 * The pairs of neighbouring words that could reach the least document frequency: only those are given codes, for the
 * others, most by far, would fill the memory. A pair is no more frequent than its words, nor than the bucket it hashes to.
 */
function frequentBigrams(n: number, offsets: Int32Array, ids: Int32Array, frequent: Uint8Array, { min }: Prevalence) {
  const mask = bucketsFor(ids.length) - 1
  const bucketOf = (a: number, b: number) => (Math.imul(a, 0x9e3779b1) ^ Math.imul(b + 1, 0x85ebca6b)) & mask
  const counts = new Uint16Array(mask + 1)
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at + 1 < offsets[i + 1]!; at++) {
      const a = ids[at]!
      const b = ids[at + 1]!
      if (frequent[a] === 0 || frequent[b] === 0) continue
      const bucket = bucketOf(a, b)
      if (counts[bucket]! < 65_535) counts[bucket]!++
    }
  }
  const pairs = new Pairs()
  const outOffsets = new Int32Array(n + 1)
  const codes = new Int32Array(ids.length)
  const seenBy: number[] = []
  let used = 0
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at + 1 < offsets[i + 1]!; at++) {
      const a = ids[at]!
      const b = ids[at + 1]!
      if (frequent[a] === 0 || frequent[b] === 0 || counts[bucketOf(a, b)]! < min) continue
      const code = pairs.codeOf(a, b)
      if (seenBy[code] === i) continue
      seenBy[code] = i
      codes[used++] = code
    }
    outOffsets[i + 1] = used
  }
  return { pairs, offsets: outOffsets, codes: codes.slice(0, used) }
}

/** As many as there are words, a power of two: of fewer, pairs would share too many to be told apart by. */
function bucketsFor(words: number): number {
  return 2 ** Math.min(24, Math.max(16, Math.ceil(Math.log2(words + 1))))
}
