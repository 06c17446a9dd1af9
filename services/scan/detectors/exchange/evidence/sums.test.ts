import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { tailOfSums } from './sums.ts'

describe('how likely a sum is to reach so much', () => {
  it('is what coins have it', () => {
    const tailOf = tailOfSums([-1, 1])
    expect(tailOf(10, 10)).toBeCloseTo(2 ** -10, 12)
    expect(tailOf(10, 8)).toBeCloseTo(11 * 2 ** -10, 12)
    expect(tailOf(10, -10)).toBeCloseTo(1, 12)
    expect(tailOf(10, 10.2)).toBe(0)
  })

  it('is never below what draws show', () => {
    const random = seededRandom(5, 'sums')
    const values = Array.from({ length: 400 }, () => 2 * random.normal() - 1)
    const tailOf = tailOfSums(values)
    const draws = Array.from({ length: 20_000 }, () =>
      Array.from({ length: 8 }, () => values[random.below(400)]!).reduce((sum, value) => sum + value, 0),
    )
    for (const least of [-5, 0, 3]) {
      const share = draws.filter((sum) => sum >= least).length / draws.length
      expect(tailOf(8, least)).toBeGreaterThan(0.97 * share)
      expect(tailOf(8, least)).toBeLessThan(1.5 * share + 0.003)
    }
  })
})
