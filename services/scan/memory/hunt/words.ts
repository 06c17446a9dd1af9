import { z } from 'zod'
import { seededRandom } from '#core/random.ts'
import { textsOf, type ScanInput } from '../../view/samples.ts'
import { distinctWithin } from '../../features/tokens-texts.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'
import {
  codeWidth,
  packBits,
  packCodes,
  packLine,
  unpackBits,
  unpackCodes,
  unpackLine,
  type Encoded,
} from '../pool/lines.ts'
import { hashesOf, hashOf } from '../repeats/likeness.ts'

/**
 * The rare words of a window's texts, as numbers, and the texts' labels. A campaign's word is searched for here,
 * without opening a record.
 */
export interface WindowWords {
  readonly labels: { readonly names: readonly string[]; readonly of: readonly number[] } | null
  /** Indices of the records that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** The numbers of each record's rare words. */
  readonly numbers: readonly (readonly number[])[]
}

/**
 * A word that a larger share of a window's records have is not rare: the window's own scan shows what is wrong with it.
 */
export const RARE = 0.02
/**
 * The bytes of a word's number, and of a record's count of words. By chance, one in 300,000 records of fifty rare words
 * has the number of a word that it lacks.
 */
const [WIDTH, COUNT] = [3, 4]
const NUMBERS = 2 ** (8 * WIDTH) - 1
/**
 * The most by which escaping makes a line longer than its bytes, which are as good as random: a special byte takes two.
 */
const LONGER = 1 + 1 / 64
const NOTHING: Encoded = { line: new Uint8Array(0), leftOut: 0 }

/** The number of a word. The seed is the installation's, so that nobody else can make words with the same number. */
export function numberOf(word: string, seed: number): number {
  return numbered(hashOf(word, seed))
}

/** As `numberOf`, of words by their place in a window's list. */
export function numbersOf(words: readonly string[], seed: number): (word: number) => number {
  const hashed = hashesOf(words, seed)
  return (word) => numbered(hashed(word))
}

function numbered([from]: readonly [from: number, step: number]): number {
  return (from >>> 0) % NUMBERS
}

/**
 * One line of at most `most` bytes, unencrypted; empty where the window has no texts. Words that do not fit are left
 * out, different ones in each window, so that no planted word is left out in all of them.
 */
export function encodeWords(
  { n, samples, labels, seed }: ScanInput,
  held: readonly number[],
  { most, window }: { readonly most: number; readonly window: string },
): Encoded {
  if (textsOf(samples) === null) return NOTHING
  const { words, offsets, ids } = vocabularyOf(samples)
  const own = distinctWithin(offsets, ids, words.length)
  const bearers = new Uint32Array(words.length)
  for (let at = 0; at < own.codes.length; at++) bearers[own.codes[at]!]!++
  const able = [...bearers.keys()].filter((word) => bearers[word]! <= Math.max(1, RARE * n))
  const others = Buffer.concat([
    ...(labels === null ? [] : [packCodes(labels.of, codeWidth(labels.names.length))]),
    packBits(n, held),
  ])
  const about = { labels: labels?.names ?? null, words: n }
  let left = (most - packLine(about, others).length - (COUNT + 1) * n) / LONGER
  const numbers = new Int32Array(words.length).fill(NONE)
  const numberAt = numbersOf(words, seed)
  let named = 0
  for (const at of seededRandom(seed, `words of ${window}`).permutation(able.length)) {
    const word = able[at]!
    if (WIDTH * bearers[word]! > left) break
    left -= WIDTH * bearers[word]!
    numbers[word] = numberAt(word)
    named++
  }
  const leftOut = able.length - named
  if (named === 0) return { ...NOTHING, leftOut }
  const { counts, kept } = numberedIn(own, numbers)
  const line = packLine(about, Buffer.concat([others, packCodes(counts, COUNT), packCodes(kept, WIDTH)]))
  return line.length > most ? { ...NOTHING, leftOut: able.length } : { line, leftOut }
}

/** No number. */
const NONE = -1

/** The numbers of each record's words that have one, in a row, and how many are whose. */
function numberedIn(
  { offsets, codes }: { readonly offsets: Int32Array; readonly codes: Int32Array },
  numbers: Int32Array,
): { counts: Int32Array; kept: Int32Array } {
  const counts = new Int32Array(offsets.length - 1)
  const kept = new Int32Array(codes.length)
  let used = 0
  for (let i = 0; i < counts.length; i++) {
    const before = used
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const number = numbers[codes[at]!]!
      if (number !== NONE) kept[used++] = number
    }
    counts[i] = used - before
  }
  return { counts, kept: kept.subarray(0, used) }
}

const aboutSchema = z.strictObject({ labels: z.array(z.string()).nullable(), words: z.int().positive() })

/** The inverse of `encodeWords`; null for any other line. */
export function decodeWords(line: Uint8Array): WindowWords | null {
  const packed = unpackLine(line)
  if (packed === null) return null
  const { data: about } = aboutSchema.safeParse(packed.about)
  if (about === undefined) return null
  const { labels: names, words: n } = about
  const bytes = packed.bytes()
  let at = 0
  const next = (length: number) => bytes.subarray(at, (at += length))
  const width = names === null ? 0 : codeWidth(names.length)
  const of = next(width * n)
  const held = next(Math.ceil(n / 8))
  const counts = next(COUNT * n)
  const rest = bytes.subarray(at)
  if (counts.length !== COUNT * n || rest.length % WIDTH !== 0) return null
  const all = unpackCodes(rest, WIDTH)
  let from = 0
  const numbers = unpackCodes(counts, COUNT).map((count) => all.slice(from, (from += count)))
  if (from !== all.length) return null
  const labels = names === null ? null : { names, of: unpackCodes(of, width) }
  return labels?.of.some((label) => label >= labels.names.length) === true
    ? null
    : { labels, held: unpackBits(held), numbers }
}
