import { describe, expect, it } from 'vitest'
import { byTurns } from './turns.ts'

const odds = (n: number, of: Readonly<Record<number, number>>) => ({
  logOdds: Float64Array.from({ length: n }, (_, i) => of[i] ?? -14),
})

describe('byTurns', () => {
  it('gives each family its turn, and each record its first', () => {
    const risk = Float64Array.of(0.1, 0.2, 0.3, 0.4, 0.05, 0.06)
    const [outlier, label] = [odds(6, { 3: -0.4, 2: -0.9, 1: -1.4 }), odds(6, { 0: -2.2, 3: -3 })]
    expect([...byTurns([outlier, label], risk)]).toEqual([3, 0, 2, 1, 5, 4])
  })

  it('leaves to a family that suspects few its places before one that suspects hundreds more', () => {
    const n = 1000
    const many = odds(n, Object.fromEntries(Array.from({ length: 300 }, (_, i) => [i, -1 - i / 1000])))
    const few = odds(n, { 990: -4, 991: -5 })
    const risk = Float64Array.from(many.logOdds, (own, i) => 1 / (1 + Math.exp(-Math.max(own, few.logOdds[i]!))))
    expect([...byTurns([many, few], risk).subarray(0, 4)]).toEqual([0, 990, 1, 991])
  })

  it('is by risk where no family says anything', () => {
    expect([...byTurns([odds(3, {})], Float64Array.of(0, 0.2, 0.1))]).toEqual([1, 2, 0])
    expect([...byTurns([], Float64Array.of(0, 0.2, 0.1))]).toEqual([1, 2, 0])
  })
})
