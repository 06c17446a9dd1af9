import { LETTERS, SYMBOLS, Trigrams } from './trigrams.ts'

const known = new WeakMap<readonly string[], ReadLetters>()

/** The letters of the same texts are read once for all who ask in a row for as many characters. */
export function lettersRead(texts: readonly string[], longest: number): ReadLetters {
  const before = known.get(texts)
  if (before?.longest === longest) return before
  const read = new ReadLetters(texts, longest)
  known.set(texts, read)
  return read
}

/** The first `longest` characters of each text, fewer than 65,536, as trigrams of letters. */
export class ReadLetters {
  readonly longest: number
  readonly #counts = new Counts()
  /** By text, how many trigrams it has. */
  readonly lengths: Int32Array
  #surprise: Float64Array | undefined

  constructor(texts: readonly string[], longest: number) {
    this.longest = longest
    const trigrams = new Trigrams()
    this.lengths = Int32Array.from(texts, (text) =>
      this.#counts.add(trigrams.read(text, Math.min(text.length, longest))),
    )
  }

  /** By text, how often each letter from a to z ends a trigram: 26 counts a text. */
  letters(): Int32Array {
    return lettersOf(this.#counts, this.lengths.length)
  }

  /** By text, the larger of two sums of what the last two symbols of its trigrams weigh, in SYMBOLS² weights each. */
  largerPairSums(one: Float64Array, other: Float64Array): Float64Array {
    return Float64Array.from(this.lengths, (_, i) => largerSum(this.#counts, i, one, other))
  }

  /**
   * By text, the summed surprise of its trigrams, in nats, under those of all other texts but the ones that are
   * `leftOut`. Nobody writes to it.
   */
  surprise(leftOut: readonly number[] = []): Float64Array {
    if (leftOut.length > 0) return this.#surpriseBut(leftOut)
    return (this.#surprise ??= this.#surpriseBut(leftOut))
  }

  #surpriseBut(leftOut: readonly number[]): Float64Array {
    const triples = this.#counts.triples.slice()
    const { list, times, ends } = this.#counts
    for (const i of leftOut) for (let at = ends[i]!; at < ends[i + 1]!; at++) triples[list[at]!]! -= times[at]!
    const pairs = new Int32Array(SYMBOLS ** 2)
    triples.forEach((count, triple) => (pairs[PAIR_OF[triple]!]! += count))
    const [own, isOut] = [new Int32Array(SYMBOLS ** 2), new Set(leftOut)]
    const others = { triples, pairs, own }
    return Float64Array.from(this.lengths, (_, i) => surpriseOf(this.#counts, i, others, isOut.has(i) ? 0 : 1))
  }
}

function largerSum({ list, times, ends }: Counts, i: number, one: Float64Array, other: Float64Array): number {
  let [sumOfOne, sumOfOther] = [0, 0]
  for (let at = ends[i]!, to = ends[i + 1]!; at < to; at++) {
    const pair = list[at]! % SYMBOLS ** 2
    sumOfOne += times[at]! * one[pair]!
    sumOfOther += times[at]! * other[pair]!
  }
  return Math.max(sumOfOne, sumOfOther)
}

function lettersOf({ list, times, ends }: Counts, n: number): Int32Array {
  const letters = new Int32Array(n * LETTERS)
  for (let i = 0; i < n; i++)
    for (let at = ends[i]!, to = ends[i + 1]!; at < to; at++) {
      const symbol = list[at]! % SYMBOLS
      if (symbol < LETTERS) letters[i * LETTERS + symbol]! += times[at]!
    }
  return letters
}

interface Taught {
  /** How often each trigram is there, and its first two symbols. */
  readonly triples: Int32Array
  readonly pairs: Int32Array
  /** As many zeros as pairs, which stay as they are. */
  readonly own: Int32Array
}

/**
 * The summed surprise of text i, in nats, under what was taught, of which its own trigrams are taken `once` or not at
 * all; their order does not matter.
 */
function surpriseOf({ list, times, ends }: Counts, i: number, { triples, pairs, own }: Taught, once: 0 | 1): number {
  const [from, to] = [ends[i]!, ends[i + 1]!]
  for (let at = from; at < to; at++) own[PAIR_OF[list[at]!]!]! += once * times[at]!
  let [sum, product] = [0, 1]
  for (let at = from; at < to; at++) {
    const triple = list[at]!
    const pair = PAIR_OF[triple]!
    const others = pairs[pair]! - own[pair]!
    const probability = (triples[triple]! - once * times[at]! + 0.5) / (others + 0.5 * SYMBOLS)
    // One logarithm of a product for many trigrams, most of which a text has once.
    if (times[at] === 1) product *= probability
    else sum -= times[at]! * Math.log(probability)
    if (product > VANISHING) continue
    sum -= Math.log(product)
    product = 1
  }
  for (let at = from; at < to; at++) own[PAIR_OF[list[at]!]!] = 0
  return sum - Math.log(product)
}

/** A product this small times one more probability is still a normal number. */
const VANISHING = 1e-280

/** The first two symbols of each trigram. */
const PAIR_OF = Uint16Array.from({ length: SYMBOLS ** 3 }, (_, triple) => Math.floor(triple / SYMBOLS))

/** Counts of trigrams, of all texts and of each: text i has `list[at]` so many `times`, at in ends[i] … ends[i + 1]. */
class Counts {
  readonly triples = new Int32Array(SYMBOLS ** 3)
  readonly ends: number[] = [0]
  list = new Uint16Array(1 << 16)
  times = new Uint16Array(1 << 16)
  /** Small enough for the nearest cache. */
  readonly #own = new Uint16Array(SYMBOLS ** 3)

  /** Counts the next text; returns how many trigrams it has. */
  add(codes: Uint16Array): number {
    const start = this.ends.at(-1)!
    this.#reserve(start + Math.min(codes.length, SYMBOLS ** 3) + 1)
    const end = listOnce(codes, this.#own, this.list, start)
    moveCounts(this, this.#own, start, end)
    this.ends.push(end)
    return codes.length
  }

  #reserve(most: number): void {
    if (most <= this.list.length) return
    const [list, times] = [this.list, this.times]
    this.list = new Uint16Array(Math.max(most, 2 * list.length))
    this.times = new Uint16Array(this.list.length)
    this.list.set(list)
    this.times.set(times)
  }
}

/** Counts the codes in `own`, and writes each once to `list` from `start` on; returns where they end. */
function listOnce(codes: Uint16Array, own: Uint16Array, list: Uint16Array, start: number): number {
  let end = start
  for (let at = 0; at < codes.length; at++) {
    const triple = codes[at]!
    const count = own[triple]!
    own[triple] = count + 1
    // Written in any case, and kept where it is the first: no processor foresees which is.
    list[end] = triple
    end += (count - 1) >>> 31
  }
  return end
}

/** Moves the counts in `own` to those of the text and of all. */
function moveCounts({ triples, list, times }: Counts, own: Uint16Array, start: number, end: number): void {
  for (let at = start; at < end; at++) {
    const triple = list[at]!
    const count = own[triple]!
    times[at] = count
    triples[triple]! += count
    own[triple] = 0
  }
}
