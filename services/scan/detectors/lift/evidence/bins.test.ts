import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { binByLogarithm, binOf, BINS } from './bins.ts'

it('has the bin that the logarithm gives, at the ends of bins and anywhere between', () => {
  const differ = (probabilities: Iterable<number>) => [...probabilities].filter((p) => binOf(p) !== binByLogarithm(p))
  const random = seededRandom(0, 'bins')
  expect(differ([-1, 0, 1e-5, 1e-4, 0.5, 1 - 1e-4, 1, 2])).toEqual([])
  expect(differ(Array.from({ length: 100_000 }, () => random.next()))).toEqual([])
  expect(differ(Array.from({ length: 4097 }, (_, cell) => cell / 4096))).toEqual([])
  // Both sides of each end, in single precision too.
  const ends = Array.from({ length: BINS - 1 }, (_, b) => 1 / (1 + Math.exp(-((b + 0.5) * 0.5 - 7))))
  const near = ends.flatMap((p) =>
    [-3, -2, -1, 0, 1, 2, 3].flatMap((k) => [p * (1 + k * 1e-16), Math.fround(p * (1 + k * 6e-8))]),
  )
  expect(differ(near)).toEqual([])
  expect(new Set(ends.map((p) => binOf(p * (1 + 1e-9)))).size).toBe(BINS - 1)
})
