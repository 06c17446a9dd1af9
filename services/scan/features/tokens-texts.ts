import type { TokenMatrix } from '../view/window-view.ts'
import { typedOddly } from './odd-typing.ts'
import type { Prevalence } from './token-builder.ts'
import { TokenBuilder } from './token-builder.ts'
import type { Vocabulary } from './words.ts'

/**
 * The tokens of texts, of which a trigger may be made: a word, and two words in a row, both lower-cased and split at
 * white space; and how each of the `texts` is typed, which these do not show.
 */
export function textTokens({ n, words, offsets, ids }: Vocabulary, texts: readonly string[] = []): TokenMatrix {
  const prevalence = { min: Math.max(5, Math.floor(n / 2000)), max: Math.floor(n / 5) }
  const tokens = new TokenBuilder(n)
  tokens.kind('word', (_, code) => ({ kind: 'words', words: words[code] ?? '' }))
  const unigrams = distinctWithin(offsets, ids, words.length)
  tokens.addSets(0, unigrams.offsets, unigrams.codes, words.length, prevalence)
  const frequent = frequentEnough(unigrams.codes, words.length, prevalence)
  const bigrams = frequentBigrams(n, offsets, ids, frequent, prevalence)
  tokens.kind('two words', (_, code) => {
    const [first, second] = [bigrams.first[code] ?? -1, bigrams.second[code] ?? -1]
    return { kind: 'words', words: `${words[first] ?? ''} ${words[second] ?? ''}` }
  })
  tokens.addSets(0, bigrams.offsets, bigrams.codes, bigrams.first.length, prevalence)
  const typed = typedBy(n, texts)
  if (typed.codes.length > 0) {
    tokens.kind('typing', (_, code) => ({ kind: 'typing', property: typed.properties[code] ?? '' }))
    tokens.addSets(0, typed.offsets, typed.codes, typed.properties.length, prevalence)
  }
  return tokens.finish()
}

/** The properties of texts by how they are typed, numbered in order of appearance, and those of each text. */
function typedBy(
  n: number,
  texts: readonly string[],
): { readonly properties: readonly string[]; readonly offsets: Int32Array; readonly codes: Int32Array } {
  const numberOf = new Map<string, number>()
  const codes: number[] = []
  const offsets = new Int32Array(n + 1)
  for (let i = 0; i < n; i++) {
    for (const property of typedOddly(texts[i] ?? '')) {
      const code = numberOf.get(property) ?? numberOf.size
      numberOf.set(property, code)
      codes.push(code)
    }
    offsets[i + 1] = codes.length
  }
  return { properties: [...numberOf.keys()], offsets, codes: Int32Array.from(codes) }
}

/** Each record's codes once each, as they are first met. */
export function distinctWithin(
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

/** Numbers the codes that occur often enough, in their order; −1 for all others. */
function frequentEnough(codes: Int32Array, space: number, { min }: Prevalence): Numbered {
  const numberOf = new Int32Array(space)
  for (let at = 0; at < codes.length; at++) numberOf[codes[at]!]!++
  let used = 0
  for (let code = 0; code < space; code++) numberOf[code] = numberOf[code]! >= min ? used++ : -1
  return { numberOf, used }
}

interface Numbered {
  readonly numberOf: Int32Array
  readonly used: number
}

/** The words of each pair's code, and each record's different codes. */
interface PairCodes {
  readonly first: Int32Array
  readonly second: Int32Array
  readonly offsets: Int32Array
  readonly codes: Int32Array
}

/**
 * The pairs of neighbouring words that occur often enough for the least document frequency, with codes in order of
 * first appearance; all pairs would fill the memory. They are counted by their first words, so that the counts of one
 * first word fit few cache lines.
 */
function frequentBigrams(
  n: number,
  offsets: Int32Array,
  ids: Int32Array,
  frequent: Numbered,
  { min }: Prevalence,
): PairCodes {
  const sorted = byFirstWord(n, offsets, ids, frequent)
  // By place: 1 + the number of its pair, 0 for a rare pair.
  const pairAt = new Int32Array(ids.length)
  const found = numberPairs(sorted, min, pairAt)
  const codeOf = new Int32Array(found).fill(-1)
  const seenBy = new Int32Array(found).fill(-1)
  const [first, second] = [new Int32Array(found), new Int32Array(found)]
  const outOffsets = new Int32Array(n + 1)
  const codes = new Int32Array(ids.length)
  let [used, known] = [0, 0]
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at + 1 < offsets[i + 1]!; at++) {
      const pair = pairAt[at]! - 1
      if (pair < 0 || seenBy[pair] === i) continue
      seenBy[pair] = i
      if (codeOf[pair]! < 0) {
        first[known] = ids[at]!
        second[known] = ids[at + 1]!
        codeOf[pair] = known++
      }
      codes[used++] = codeOf[pair]!
    }
    outOffsets[i + 1] = used
  }
  return { first, second, offsets: outOffsets, codes: codes.slice(0, used) }
}

/** Pairs of frequent words by their first word: those of word a are the ones from `starts[a]` to before `starts[a + 1]`. */
interface Pairs {
  readonly starts: Int32Array
  /** Where each stands, and its second word. */
  readonly places: Int32Array
  readonly seconds: Int32Array
}

function byFirstWord(n: number, offsets: Int32Array, ids: Int32Array, { numberOf, used }: Numbered): Pairs {
  const starts = new Int32Array(used + 1)
  for (let i = 0; i < n; i++) {
    let first = -1
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const second = numberOf[ids[at]!]!
      if (first >= 0 && second >= 0) starts[first + 1]!++
      first = second
    }
  }
  for (let word = 0; word < used; word++) starts[word + 1]! += starts[word]!
  const next = starts.slice()
  const places = new Int32Array(starts[used]!)
  const seconds = new Int32Array(places.length)
  for (let i = 0; i < n; i++) {
    let first = -1
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const second = numberOf[ids[at]!]!
      if (first >= 0 && second >= 0) {
        const to = next[first]!++
        places[to] = at - 1
        seconds[to] = second
      }
      first = second
    }
  }
  return { starts, places, seconds }
}

/**
 * Writes to `pairAt` 1 + the number of each pair that occurs at least `min` times; returns how many such pairs there
 * are.
 */
function numberPairs({ starts, places, seconds }: Pairs, min: number, pairAt: Int32Array): number {
  /** By second word: how often it follows, then −1 less the pair's number. */
  const counts = new Int32Array(starts.length)
  let found = 0
  for (let word = 0; word + 1 < starts.length; word++) {
    const [from, to] = [starts[word]!, starts[word + 1]!]
    if (to - from < min) continue
    for (let at = from; at < to; at++) counts[seconds[at]!]!++
    for (let at = from; at < to; at++) {
      const second = seconds[at]!
      if (counts[second]! >= min) counts[second] = -1 - found++
      if (counts[second]! < 0) pairAt[places[at]!] = -counts[second]!
    }
    for (let at = from; at < to; at++) counts[seconds[at]!] = 0
  }
  return found
}
