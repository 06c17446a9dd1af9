import { describe, expect, test } from 'vitest'
import { heldShares, mean, rank } from './metrics.ts'

const truth = (poison: readonly number[], neutral: readonly number[] = []) => ({
  poisoned: Uint8Array.from(poison),
  neutral: Uint8Array.from(poison, (_, i) => neutral[i] ?? 0),
})

describe('rank', () => {
  test('is 1 when all poison is above all innocents', () => {
    expect(rank([0.9, 0.8, 0.1, 0], truth([1, 1, 0, 0]))).toEqual({ auroc: 1, tprAt1: 1 })
  })

  test('counts ties half', () => {
    expect(rank([0.5, 0.5], truth([1, 0])).auroc).toBe(0.5)
    expect(rank([0, 0, 0, 0], truth([1, 0, 1, 0])).auroc).toBe(0.5)
  })

  test('lets at most one innocent in a hundred be above the threshold', () => {
    const scores = Float64Array.from({ length: 202 }, (_, i) => 202 - i)
    const poison = Array.from(scores, (_, i) => (i === 0 || i === 3 ? 1 : 0))
    // Two of 200 innocents stand above the second poisoned record: exactly 1 %.
    expect(rank(scores, truth(poison)).tprAt1).toBe(1)
    poison[3] = 0
    poison[4] = 1
    expect(rank(scores, truth(poison)).tprAt1).toBe(0.5)
  })

  test('leaves neutral records out', () => {
    expect(rank([1, 0.9, 0], truth([0, 1, 0], [1, 0, 0])).auroc).toBe(1)
  })

  test('is not a number without poison', () => {
    expect(rank([1, 0], truth([0, 0])).auroc).toBeNaN()
  })
})

test('held shares are of poison and of innocents, each by itself', () => {
  expect(heldShares([true, false, true, false, true], truth([1, 1, 0, 0, 0], [0, 0, 0, 0, 1]))).toEqual({
    poison: 0.5,
    innocents: 0.5,
  })
})

test('a mean skips what is not a number', () => {
  expect(mean([1, Number.NaN, 3])).toBe(2)
  expect(mean([])).toBeNaN()
})
