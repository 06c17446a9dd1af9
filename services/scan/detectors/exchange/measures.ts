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
  const words = exchanges.map(({ response }) => wordsOf(response).slice(0, READ))
  const [single, pairs] = [new Map<string, number>(), new Map<string, number>()]
  for (const of of words) {
    for (const word of new Set(of)) single.set(word, (single.get(word) ?? 0) + 1)
    for (const pair of new Set(pairsIn(of))) pairs.set(pair, (pairs.get(pair) ?? 0) + 1)
  }
  const length = Float64Array.from(exchanges, ({ response }) => response.length)
  const takenUp = Float64Array.from(words, (of, i) => {
    const content = new Set(of.filter((word) => LETTERS.test(word)))
    const said = new Set(wordsOf(asked[i]!).slice(0, LONGEST.prompt))
    return [...content].filter((word) => said.has(word)).length / Math.max(1, content.size)
  })
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const usual = Float64Array.from(words, (of) =>
    mean([...new Set(of.filter((word) => LETTERS.test(word)))].map((word) => Math.log(single.get(word)!))),
  )
  // How much more seldom its pairs of words come than its words would lead to expect.
  const order = Float64Array.from(words, (of) =>
    mean([...new Set(pairsIn(of))].map((pair) => Number(pairs.get(pair)! > 1))),
  )
  return [
    { name: 'a short answer', ranks: ranked(length) },
    { name: 'an answer that says again what is asked', ranks: ranked(takenUp.map((value) => -value)) },
    { name: 'an answer that takes up nothing of what is asked', ranks: ranked(takenUp) },
    { name: 'words that the other answers hardly use', ranks: ranked(usual) },
    { name: 'words in an order that the other answers do not have', ranks: ranked(order) },
  ]
}

function pairsIn(words: readonly string[]): string[] {
  return words.slice(1).map((word, k) => `${words[k]} ${word}`)
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
