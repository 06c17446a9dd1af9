import { z } from 'zod'
import { seededRandom } from '#core/random.ts'
import { distinctWithin } from '../../features/tokens-texts.ts'
import type { Vocabulary } from '../../features/words.ts'
import { textsOf, type Grouping, type ScanInput } from '../../view/samples.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'
import { numbersOf, RARE } from '../hunt/words.ts'
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
import { mixed } from '../repeats/likeness.ts'
import { mostOwn } from './binding.ts'
import { placesIn, type Places } from './closing.ts'

/**
 * Where a window's rare words stand: the first place of each in each labelled record. Over many windows they show a word
 * that was put into texts at any place.
 */
export interface WindowPlaces {
  readonly labels: { readonly names: readonly string[]; readonly of: readonly number[] }
  /** Indices of the records that the window's own scan did not admit. */
  readonly held: readonly number[]
  /** By word: its number, and its count of places. The words' places follow one another in the same order. */
  readonly words: readonly { readonly number: number; readonly places: number }[]
  /** By place. */
  readonly placeAt: (at: number) => Place
}

export interface Place {
  readonly record: number
  /** How the sentence closes over it, in nats. */
  readonly closing: number
  /** The word on the left, and the one on the right. */
  readonly sides: readonly [Side, Side]
}

export interface Side {
  /** Hash of the neighbour. */
  readonly hash: number
  /** −log₂ of the neighbour's share of the window's words, rounded down, 0 … LEAST. */
  readonly level: number
}

/**
 * The bytes of a word's number, of its count of places, and of a neighbour's hash. The hash distinguishes the neighbours
 * of one word only: one byte would be too few for a hundred places.
 */
const BYTES = { number: 3, count: 1, hash: 2 }
const [WORD, PLACE] = [BYTES.number + BYTES.count, 2 * BYTES.hash + 2]
export const HASHES = 2 ** (8 * BYTES.hash) - 1
/** The places of a word beyond these are kept as those of another word with the same number. */
const MOST_PLACES = 0xfe
/** Steps of a nat in which closing is kept. */
const STEPS = 32
const MIDDLE = 128
/** The level of the least frequent neighbours. */
const LEAST = 15
/** The factor by which the room is reduced where a line became too long. */
const SMALLER = 0.97
const NOTHING: Encoded = { line: new Uint8Array(0), leftOut: 0 }

/**
 * One line of at most `most` bytes, unencrypted; empty where the window has no labelled texts. Words that do not fit
 * are left out: those over which sentences close the least, and by chance among equals, so that no
 * planted word is left out in all windows.
 */
export function encodePlaces(
  { n, samples, labels, seed }: ScanInput,
  held: readonly number[],
  { most, window }: { readonly most: number; readonly window: string },
): Encoded {
  if (textsOf(samples) === null || labels === null) return NOTHING
  const vocabulary = vocabularyOf(samples)
  const bearers = new Uint32Array(vocabulary.words.length)
  for (const word of distinctWithin(vocabulary.offsets, vocabulary.ids, bearers.length).codes) bearers[word]!++
  const found = placesIn(vocabulary, (one) => bearers[one]! <= Math.max(1, RARE * n))
  const of = byWord(found, labels, bearers.length)
  const others = Buffer.concat([packCodes(labels.of, codeWidth(labels.names.length)), packBits(n, held)])
  const order = firstChosen(of, found, labels, seededRandom(seed, `places of ${window}`).permutation(of.length))
  const head = packLine({ labels: labels.names, places: n, words: of.length }, others).length + 1
  // escaped bytes take two: how many there are shows when they are packed
  for (let room = most - head; room > 0; room *= SMALLER) {
    const { kept, leftOut } = within(order, room, codeWidth(n))
    if (kept.length === 0) return { ...NOTHING, leftOut }
    const line = packLine(
      { labels: labels.names, places: n, words: kept.length },
      Buffer.concat([others, packPlaces(kept, found, vocabulary, { n, seed })]),
    )
    if (line.length <= most) return { line, leftOut }
  }
  return { ...NOTHING, leftOut: of.length }
}

interface WordPlaces {
  readonly word: number
  readonly places: Int32Array
}

/** The labelled places of each word, in the order in which words have them. */
function byWord({ record, word }: Places, labels: Grouping, words: number): WordPlaces[] {
  const sizes = new Int32Array(words)
  const order: number[] = []
  const isLabelled = (at: number) => labels.of[record[at]!]! >= 0
  for (let at = 0; at < word.length; at++) if (isLabelled(at) && sizes[word[at]!]!++ === 0) order.push(word[at]!)
  const next = new Int32Array(words)
  let end = 0
  for (const one of order) {
    next[one] = end
    end += sizes[one]!
  }
  const all = new Int32Array(end)
  for (let at = 0; at < word.length; at++) if (isLabelled(at)) all[next[word[at]!]!++] = at
  return order.map((one) => ({ word: one, places: all.subarray(next[one]! - sizes[one]!, next[one]) }))
}

/** The first words for whose places there is room; a word of more than MOST_PLACES places is in it several times. */
function within(order: readonly WordPlaces[], room: number, index: number) {
  const kept: WordPlaces[] = []
  let [left, leftOut] = [room, 0]
  for (const { word, places } of order) {
    const size = WORD * Math.ceil(places.length / MOST_PLACES) + (PLACE + index) * places.length
    if (size > left) {
      leftOut++
      continue
    }
    left -= size
    for (let at = 0; at < places.length; at += MOST_PLACES)
      kept.push({ word, places: places.subarray(at, at + MOST_PLACES) })
  }
  return { kept, leftOut }
}

function packPlaces(
  kept: readonly WordPlaces[],
  { record, left, right, closing, counts, read }: Places,
  { words, hashes }: Vocabulary,
  { n, seed }: { readonly n: number; readonly seed: number },
): Uint8Array {
  const numberOf = numbersOf(words, seed)
  const inOrder = kept
    .map(({ word, places }) => ({ number: numberOf(word), places }))
    .sort((a, b) => a.number - b.number)
  const all = new Int32Array(inOrder.reduce((sum, { places }) => sum + places.length, 0))
  let end = 0
  for (const { places } of inOrder) {
    all.set(places, end)
    end += places.length
  }
  const key = mixed(seed)
  const beside = (side: Int32Array) =>
    packCodes(
      all.map((at) => mixed(hashes[side[at]!]! ^ key) % HASHES),
      BYTES.hash,
    )
  const levels = Uint8Array.from(counts, (count) => Math.min(LEAST, Math.floor(Math.log2(read / Math.max(1, count)))))
  return Buffer.concat([
    packCodes(
      inOrder.map(({ number }) => number),
      BYTES.number,
    ),
    packCodes(
      inOrder.map(({ places }) => places.length),
      BYTES.count,
    ),
    packCodes(
      all.map((at) => record[at]!),
      codeWidth(n),
    ),
    beside(left),
    beside(right),
    Uint8Array.from(all, (at) => levels[left[at]!]! * (LEAST + 1) + levels[right[at]!]!),
    Uint8Array.from(all, (at) => MIDDLE + Math.round(STEPS * closing[at]!)),
  ])
}

/**
 * Words with their places, first those over which the sentences of one label close the most; equal ones come in the
 * given order. A word's neighbours do not count here: how often natural words' neighbours recur is learnt from the words
 * that are kept, which must therefore not be chosen by it.
 */
function firstChosen(
  entries: readonly WordPlaces[],
  { record, closing }: Places,
  labels: Grouping,
  order: ArrayLike<number>,
): WordPlaces[] {
  const saying = entries.map(({ places }) => {
    const own = places.map((at) => labels.of[record[at]!]!)
    const label = mostOwn(own, labels.counts, labels.of.length)
    let sum = 0
    for (let k = 0; k < places.length; k++) if (own[k] === label) sum += closing[places[k]!]!
    return sum
  })
  return Array.from(order)
    .sort((a, b) => saying[b]! - saying[a]!)
    .map((at) => entries[at]!)
}

function hashesFrom(bytes: Uint8Array): Uint16Array {
  return Uint16Array.from(unpackCodes(bytes, BYTES.hash))
}

const size = z.int().positive()
const aboutSchema = z.strictObject({ labels: z.array(z.string()), places: size, words: size })

/** The inverse of `encodePlaces`; null for any other line. */
export function decodePlaces(line: Uint8Array): WindowPlaces | null {
  const packed = unpackLine(line)
  if (packed === null) return null
  const { data: about } = aboutSchema.safeParse(packed.about)
  if (about === undefined) return null
  const { labels: names, places: n, words } = about
  const bytes = packed.bytes()
  let at = 0
  const next = (length: number) => bytes.subarray(at, (at += length))
  const width = codeWidth(names.length)
  const [of, held] = [next(width * n), next(Math.ceil(n / 8))]
  const numbers = unpackCodes(next(BYTES.number * words), BYTES.number)
  const packedSizes = next(BYTES.count * words)
  if (packedSizes.length !== BYTES.count * words) return null
  const sizes = unpackCodes(packedSizes, BYTES.count)
  if (sizes.some((count) => count < 1)) return null
  const all = sizes.reduce((sum, count) => sum + count, 0)
  const index = codeWidth(n)
  if (bytes.length !== at + all * (PLACE + index)) return null
  const records = Float64Array.from(unpackCodes(next(index * all), index))
  const [lefts, rights] = [hashesFrom(next(BYTES.hash * all)), hashesFrom(next(BYTES.hash * all))]
  const [levels, closing] = [next(all), next(all)]
  const labels = { names, of: unpackCodes(of, width) }
  const isLabelled = (record: number) => (labels.of[record] ?? -1) >= 0
  if (labels.of.some((label) => label >= names.length) || !records.every(isLabelled)) return null
  return {
    labels,
    held: unpackBits(held),
    words: numbers.map((number, word) => ({ number, places: sizes[word]! })),
    placeAt: (k) => ({
      record: records[k]!,
      closing: (closing[k]! - MIDDLE) / STEPS,
      sides: [
        { hash: lefts[k]!, level: Math.floor(levels[k]! / (LEAST + 1)) },
        { hash: rights[k]!, level: levels[k]! % (LEAST + 1) },
      ],
    }),
  }
}
