import { Pairs } from '../../../features/pairs.ts'

/** Pairs of average words that are added to each answer, so that few pairs do not make it odd. */
const PRIOR = 10
/** What is added to the observed and the expected number of answers with a pair. */
const HALF = 0.5

/**
 * For each answer, as word numbers, how usual the order of its words is: the mean, over its different pairs of successive
 * words that others use too, of the logarithm of how many other answers hold the pair over how many would if words came
 * in any order (pointwise mutual information: Church & Hanks 1990), drawn to the mean of all answers by `PRIOR` pairs.
 */
export function usualOrder(answers: readonly Int32Array[]): Float64Array {
  const pairs = new Pairs()
  const holdingPair: number[] = []
  const holdingWord: number[] = []
  const different = answers.map((words) => {
    for (const word of new Set(words)) holdingWord[word] = (holdingWord[word] ?? 0) + 1
    const own = new Map<number, number>()
    for (let at = 1; at < words.length; at++) own.set(pairs.codeOf(words[at - 1]!, words[at]!), at)
    for (const pair of own.keys()) holdingPair[pair] = (holdingPair[pair] ?? 0) + 1
    return own
  })
  const sums = different.map((own, i) => {
    let [sum, count] = [0, 0]
    for (const [pair, at] of own) {
      const [before, after] = [holdingWord[answers[i]![at - 1]!]!, holdingWord[answers[i]![at]!]!]
      const expected = (before * after) / answers.length
      sum += Math.log((holdingPair[pair]! - 1 + HALF) / (expected + HALF))
      count++
    }
    return { sum, count }
  })
  const of = (what: 'sum' | 'count') => sums.reduce((total, each) => total + each[what], 0)
  const mean = of('sum') / Math.max(1, of('count'))
  return Float64Array.from(sums, ({ sum, count }) => (sum + PRIOR * mean) / (count + PRIOR))
}
