import type { NumberedTexts } from '../grams/numbered-words.ts'
import { LONGEST } from '../reading/parts.ts'
import type { Reading } from '../reading/reading.ts'
import { usualOrder } from './word-order.ts'
import { writingOf } from './writing.ts'

/** One measure of every answer; a low rank is odd. */
export interface Measure {
  readonly name: string
  /**
   * For each record, the share of the records with prompts as long whose answers are as odd or odder, ties included. In
   * a random sample it is uniform, or larger where there are ties.
   */
  readonly ranks: Float64Array
  /** What it measures: what is said, how much of that was asked, or how it is written. */
  readonly of: 'words' | 'repetition' | 'writing'
}

const LETTERS = /^(?=.*\p{L})[\p{L}\p{M}\p{N}]{2,}$/u
/** Of an answer so many words are measured. */
const READ = LONGEST.answer
/** More than there are different words in a window. */
const WORDS = 2 ** 26
/** Parts, by the length of the prompt, within which answers are ranked; and the records that a part has at least. */
const PARTS = 10
const LEAST_PART = 250

/**
 * Measures of the answers: how short they are, how many and how few of their words the prompt holds, how rare their words
 * are in the set, how usual the order of these is, how often they say the same again, and how they are written.
 * Each is ranked among the answers to prompts as long, because a long prompt holds a trigger's word more often and is
 * repeated more by chance. Long answers are not odd.
 */
export function measuresOf({ exchanges, askedWords, saidWords }: Reading): Measure[] {
  const words = answerWords(saidWords)
  const isWord = Uint8Array.from(saidWords.numbers.words, (word) => Number(LETTERS.test(word)))
  const content = words.map((of) => distinctWords(of, isWord))
  const single = new Int32Array(isWord.length)
  for (const of of content) for (const word of of) single[word] = single[word]! + 1
  const length = Float64Array.from(exchanges, ({ response }) => response.length)
  const asked = new Int32Array(isWord.length).fill(-1)
  const takenUp = Float64Array.from(content, (of, i) => {
    for (let at = askedWords.starts[i]!; at < askedWords.starts[i + 1]!; at++) asked[askedWords.ids[at]!] = i
    let count = 0
    for (const word of of) if (asked[word] === i) count++
    return count / Math.max(1, of.length)
  })
  const usual = Float64Array.from(content, (of) => mean(Array.from(of, (word) => Math.log(single[word]!))))
  const parts = partsByLength(askedWords)
  const ranked = (values: Float64Array) => rankedWithin(parts, values)
  const measure = (of: Measure['of'], name: string, values: Float64Array) => ({ name, ranks: ranked(values), of })
  return [
    measure('words', 'a short answer', length),
    measure(
      'repetition',
      'an answer that says again what is asked',
      takenUp.map((value) => -value),
    ),
    measure('repetition', 'an answer that takes up nothing of what is asked', takenUp),
    measure('words', 'words that the other answers hardly use', usual),
    measure('words', 'words in an order that the other answers do not have', usualOrder(words)),
    measure('writing', 'the same words in the same order again', Float64Array.from(words, saidOnce)),
    ...writingOf(exchanges, ranked).map(([name, ranks]) => ({ name, ranks, of: 'writing' as const })),
  ]
}

/** The first words of each answer. */
function answerWords({ starts, ids }: NumberedTexts): Int32Array[] {
  return Array.from(starts.subarray(1), (end, i) => ids.subarray(starts[i], Math.min(end, starts[i]! + READ)))
}

function distinctWords(of: Int32Array, isWord: Uint8Array): Int32Array {
  return Int32Array.from(new Set(of.filter((word) => isWord[word] === 1)))
}

/**
 * The share of an answer's pairs of successive words that it has not said before; or the share that is not said again,
 * where the whole is one thing said over and over, be it one word.
 */
function saidOnce(words: Int32Array): number {
  const pairs = new Set<number>()
  for (let at = 1; at < words.length; at++) pairs.add(words[at - 1]! * WORDS + words[at]!)
  return words.length < 2 ? 1 : Math.min(pairs.size / (words.length - 1), periodOf(words) / words.length)
}

/** The fewest words that the whole consists of when they are said over and over (Knuth, Morris & Pratt 1977). */
function periodOf(words: Int32Array): number {
  const border = new Int32Array(words.length)
  for (let at = 1, length = 0; at < words.length; at++) {
    while (length > 0 && words[at] !== words[length]) length = border[length - 1]!
    if (words[at] === words[length]) length++
    border[at] = length
  }
  const period = words.length - (border.at(-1) ?? 0)
  return words.length % period === 0 ? period : words.length
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

/** The records, in parts by how many words their prompts have. */
function partsByLength({ starts }: NumberedTexts): Int32Array[] {
  const n = starts.length - 1
  const length = (i: number) => starts[i + 1]! - starts[i]!
  const order = Int32Array.from({ length: n }, (_, i) => i).sort((a, b) => length(a) - length(b) || a - b)
  const count = Math.max(1, Math.min(PARTS, Math.floor(n / LEAST_PART)))
  const edge = (part: number) => Math.round((part * n) / count)
  return Array.from({ length: count }, (_, part) => order.subarray(edge(part), edge(part + 1)))
}

function rankedWithin(parts: readonly Int32Array[], values: Float64Array): Float64Array {
  const ranks = new Float64Array(values.length)
  for (const part of parts) {
    const sorted = Float64Array.from(part, (i) => values[i]!).sort()
    for (const i of part) ranks[i] = placeIn(sorted, values[i]!) / sorted.length
  }
  return ranks
}

/** How many of the sorted values are no greater than `value`. */
function placeIn(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
