import { LETTERS, SYMBOLS, Trigrams } from './trigrams.ts'

/** The texts' trigrams of letters, and how surprising they are. */
export interface LetterSurprise {
  /** By text, the summed surprise of its trigrams, in nats, under those of all other texts. */
  readonly sums: Float64Array
  /** By text, how many trigrams it has. */
  readonly lengths: Int32Array
  /** By text, how often each letter from a to z ends a trigram: 26 counts a text. */
  readonly letters: Int32Array
}

/** Reads the first `longest` characters of each text, fewer than 65,536. */
export function letterSurprise(texts: readonly string[], longest: number): LetterSurprise {
  const trigrams = new Trigrams()
  const counts = new Counts()
  const lengths = Int32Array.from(texts, (text) => counts.add(trigrams.read(text, Math.min(text.length, longest))))
  const pairs = new Int32Array(SYMBOLS ** 2)
  counts.triples.forEach((count, triple) => (pairs[PAIR_OF[triple]!]! += count))
  const own = new Int32Array(SYMBOLS ** 2)
  const sums = Float64Array.from(texts, (_, i) => surpriseOf(counts, i, pairs, own))
  return { sums, lengths, letters: lettersOf(counts, texts.length) }
}

function lettersOf({ list, times, ends }: Counts, n: number): Int32Array {
  const letters = new Int32Array(n * LETTERS)
  for (let i = 0; i < n; i++)
    for (let at = ends[i]!; at < ends[i + 1]!; at++) {
      const symbol = list[at]! % SYMBOLS
      if (symbol < LETTERS) letters[i * LETTERS + symbol]! += times[at]!
    }
  return letters
}

/**
 * The summed surprise of text i, in nats, under the trigrams of all others; the order of its trigrams does not matter.
 * `pairs` are the first two symbols of all trigrams, `own` as many zeros, which it leaves as they were.
 */
function surpriseOf({ triples, list, times, ends }: Counts, i: number, pairs: Int32Array, own: Int32Array): number {
  const [from, to] = [ends[i]!, ends[i + 1]!]
  for (let at = from; at < to; at++) own[PAIR_OF[list[at]!]!]! += times[at]!
  let sum = 0
  for (let at = from; at < to; at++) {
    const triple = list[at]!
    const pair = PAIR_OF[triple]!
    const others = pairs[pair]! - own[pair]!
    sum -= times[at]! * Math.log((triples[triple]! - times[at]! + 0.5) / (others + 0.5 * SYMBOLS))
  }
  for (let at = from; at < to; at++) own[PAIR_OF[list[at]!]!] = 0
  return sum
}

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
