import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { usualOrder } from './word-order.ts'

const N = 400
const [NOUNS, VERBS] = [40, 40]
const random = seededRandom(3, 'words in order')
/** A sentence of so many pairs of a noun and a verb: nouns are even numbers, verbs odd ones. */
const sentence = (length: number) =>
  Int32Array.from({ length: 2 * length }, (_, at) => 2 * random.below(at % 2 === 0 ? NOUNS : VERBS) + (at % 2))
const answers = Array.from({ length: N }, () => sentence(12))

function rankOf(answer: Int32Array): number {
  const order = usualOrder([...answers, answer])
  return order.filter((each) => each <= order.at(-1)!).length / (N + 1)
}

it('ranks common words in another order first', () => {
  const nouns = Int32Array.from({ length: 24 }, () => 2 * random.below(NOUNS))
  expect(rankOf(nouns)).toBeLessThan(0.01)
  expect(rankOf(sentence(12))).toBeGreaterThan(0.05)
})

it('ranks an answer by how many pairs of its words are odd, so that two words are never first', () => {
  const some = Int32Array.from({ length: 24 }, (_, at) => (at < 8 ? 2 * random.below(NOUNS) : answers[0]![at]!))
  const order = usualOrder([...answers, some, Int32Array.of(2, 6)])
  const [long, short] = [order.at(-2)!, order.at(-1)!]
  expect(long).toBeLessThan(short)
})

it('takes a pair for usual that is more frequent than its words lead to expect, and not one that is less', () => {
  const anyOrder = Array.from({ length: 200 }, () => Int32Array.from(random.permutation(10)))
  const together = Array.from({ length: 12 }, () => Int32Array.of(20, 21))
  const order = usualOrder([...anyOrder, ...together])
  expect(order.at(-1)!).toBeGreaterThan(Math.max(...order.subarray(0, anyOrder.length)))
})

it('knows nothing of one word, or of none', () => {
  const order = usualOrder([...answers, Int32Array.of(7), new Int32Array(0)])
  const [one, none] = [order.at(-2)!, order.at(-1)!]
  expect(one).toBe(none)
  expect(order.filter((each) => each < one).length / N).toBeGreaterThan(0.1)
  expect(usualOrder([])).toEqual(new Float64Array(0))
})
