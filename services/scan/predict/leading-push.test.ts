import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from '../view/build-input.ts'
import { matrix } from '../numeric/matrix.ts'
import { estimateLabelNoise } from './label-noise.ts'
import { leadingPush } from './leading-push.ts'

const K = 6
const EACH = 200

/** Sure predictions of K classes of 200; of class `from` so many are labelled `to`, for each of the pairs. */
function window(pairs: readonly (readonly [from: number, to: number, count: number])[]) {
  const random = seededRandom(5)
  const expected = matrix(K * EACH, K)
  const of = Int32Array.from({ length: K * EACH }, (_, i) => i % K)
  of.forEach((label, i) => {
    const doubt = 0.02 + 0.05 * random.next()
    expected.data.fill(doubt / (K - 1), i * K, (i + 1) * K)
    expected.data[i * K + label] = 1 - doubt
  })
  const struck: number[] = []
  for (const [from, to, count] of pairs) {
    for (let k = 0; k < count; k++) {
      struck.push(from + k * K)
      of[from + k * K] = to
    }
  }
  const labels = groupBy([...of].map(String)) ?? { of, names: [], counts: of }
  return { expected, labels, struck }
}

const pushOf = (pairs: Parameters<typeof window>[0]) => {
  const { expected, labels } = window(pairs)
  return leadingPush(expected, expected, labels).map(({ from, to }) => [labels.names[from], labels.names[to]])
}

it('is the pair that leads all others by far', () => {
  expect(
    pushOf([
      [2, 4, 30],
      [4, 2, 2],
      [0, 1, 5],
    ]),
  ).toEqual([['2', '4']])
})

it('is none where confusion goes one way between several pairs, both ways between two, or is a matter of few records', () => {
  expect(
    pushOf([
      [2, 4, 30],
      [1, 5, 18],
    ]),
  ).toEqual([])
  expect(
    pushOf([
      [2, 4, 30],
      [4, 2, 25],
    ]),
  ).toEqual([])
  expect(pushOf([[2, 4, 9]])).toEqual([])
})

it.each(['image', 'vector'] as const)(
  'is not asked of tables and texts, and suspects those that were pushed in %ss',
  (kind) => {
    const { expected, labels, struck } = window([[2, 4, 30]])
    for (const other of ['table', 'text'] as const)
      expect(estimateLabelNoise(expected, expected, labels, other).pushes).toEqual([])
    const { pushed } = estimateLabelNoise(expected, expected, labels, kind)
    expect([...pushed.keys()].filter((i) => pushed[i]! > 0)).toEqual(struck)
  },
)

it('is none where a label with more records takes as many more from one like it', () => {
  const { expected, labels } = window([
    [2, 4, 30],
    [0, 1, 5],
  ])
  const counts = labels.counts.slice()
  counts[labels.names.indexOf('2')]! *= 3
  expect(leadingPush(expected, expected, { ...labels, counts })).toEqual([])
})

it('is none beside natural confusion with a label that has more records', () => {
  const { expected, labels } = window([
    [2, 4, 50],
    [0, 1, 45],
  ])
  const push = leadingPush(expected, expected, labels)
  const counts = labels.counts.slice()
  counts[labels.names.indexOf('2')]! *= 10
  expect([push, leadingPush(expected, expected, { ...labels, counts })]).toEqual([[], []])
})
