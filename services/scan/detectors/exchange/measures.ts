import type { Exchange } from '#core/exchange.ts'
import { wordsOf } from './grams.ts'
import { LONGEST } from './reading.ts'

/** What is measured of every answer, and which of its ends is odd. */
export interface Measure {
  readonly name: string
  /** Of each record the share of records that are as odd or odder, ties included: uniform for a random sample, or more. */
  readonly ranks: Float64Array
}

const LETTERS = /^\p{L}{2,}$/u
/** Of an answer so many words are measured. */
const READ = LONGEST.answer

/**
 * Answers by how short they are, by how much or little of them their prompts say, by how usual their words are in the set, and by how usual it is that
 * one of two words follows the other. Long ones are none: a word stands in long prompts more often than in short ones, and these have long answers.
 */
export function measuresOf(exchanges: readonly Exchange[], asked: readonly string[]): Measure[] {
  const idOf = new Map<string, number>()
  const isWord: boolean[] = []
  const idsOf = (text: string, most: number) =>
    Int32Array.from(wordsOf(text).slice(0, most), (word) => {
      const known = idOf.get(word)
      if (known !== undefined) return known
      const id = isWord.push(LETTERS.test(word)) - 1
      idOf.set(word, id)
      return id
    })
  const answers = exchanges.map(({ response }) => idsOf(response, READ))
  const count = isWord.length
  const single = new Int32Array(count)
  const inAnswer = new Int32Array(count).fill(-1)
  const pairs = new Map<number, number>()
  const pairsOf = answers.map((words, i) => {
    for (const word of words) {
      if (inAnswer[word] !== i) single[word] = single[word]! + 1
      inAnswer[word] = i
    }
    const own = Float64Array.from(words.subarray(1), (word, k) => words[k]! * count + word)
    const different = Float64Array.from(new Set(own))
    for (const pair of different) pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
    return different
  })
  const length = Float64Array.from(exchanges, ({ response }) => response.length)
  const content = answers.map((words) => [...new Set(words)].filter((word) => isWord[word]))
  const takenUp = Float64Array.from(content, (words, i) => {
    const said = new Set(idsOf(asked[i]!, LONGEST.prompt))
    return words.filter((word) => said.has(word)).length / Math.max(1, words.length)
  })
  const usual = Float64Array.from(content, (words) => mean(words.map((word) => Math.log(single[word]!))))
  // How many of its pairs of words another answer has, too.
  const order = Float64Array.from(pairsOf, (own) => mean(Array.from(own, (pair) => Number(pairs.get(pair)! > 1))))
  return [
    { name: 'a short answer', ranks: ranked(length) },
    { name: 'an answer that says again what is asked', ranks: ranked(takenUp.map((value) => -value)) },
    { name: 'an answer that takes up nothing of what is asked', ranks: ranked(takenUp) },
    { name: 'words that the other answers hardly use', ranks: ranked(usual) },
    { name: 'words in an order that the other answers do not have', ranks: ranked(order) },
  ]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
}

function ranked(values: Float64Array): Float64Array {
  const sorted = values.slice().sort()
  return values.map((value) => {
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sorted[middle]! <= value) low = middle + 1
      else high = middle
    }
    return low / sorted.length
  })
}
