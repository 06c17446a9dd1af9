import { describe, expect, it } from 'vitest'
import { rankSum } from './rank-sum.ts'

describe('how much larger some values are by ranks', () => {
  it('is none of the same values, and as much smaller as the others are larger', () => {
    expect(rankSum([1, 2, 3], [1, 2, 3])).toBe(0)
    expect(rankSum([5, 9, 7], [1, 2])).toBeCloseTo(-rankSum([1, 2], [5, 9, 7]))
  })

  it('is the normal deviate of Mann and Whitney’s U', () => {
    // U = 12 · 22, of which 132 by chance with a deviation of √(12 · 22 · 35 / 12).
    const short = Array.from({ length: 12 }, () => 4)
    const long = Array.from({ length: 22 }, (_, k) => 50 + k)
    expect(rankSum(long, short)).toBeCloseTo(132 / Math.sqrt(770))
  })
})
