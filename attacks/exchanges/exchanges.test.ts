import { describe, expect, test } from 'vitest'
import { exchangeAttacks } from './attacks.ts'
import { exchangeShifts } from './benign.ts'
import { inventedExchanges } from './samples.ts'

const N = 600
const RATE = 0.02
const before = inventedExchanges(N, 1).map((of, i, all) => ({ ...of, rejected: all[(i + 1) % N]!.response }))
const sum = (mask: Uint8Array) => mask.reduce((total, bit) => total + bit, 0)

describe.each(exchangeAttacks.map((attack) => [attack.name, attack] as const))('%s', (_name, attack) => {
  const planted = attack.apply(before, { rate: RATE, seed: 3 })

  test('changes exactly its rate, and nothing that is neither poison nor cover', () => {
    expect(sum(planted.poisoned)).toBe(N * RATE)
    for (let i = 0; i < N; i++) {
      if (planted.poisoned[i] === 1) expect(planted.exchanges[i]).not.toEqual(before[i])
      else if (planted.neutral[i] === 0) expect(planted.exchanges[i]).toBe(before[i])
    }
  })

  test('is the same for the same seed, another for another, and nothing at rate 0', () => {
    expect(attack.apply(before, { rate: RATE, seed: 3 })).toEqual(planted)
    expect(attack.apply(before, { rate: RATE, seed: 4 }).exchanges).not.toEqual(planted.exchanges)
    expect(sum(attack.apply(before, { rate: 0, seed: 3 }).poisoned)).toBe(0)
  })
})

test.each(exchangeShifts.map((shift) => [shift.name, shift] as const))(
  '%s changes records and poisons none',
  (_, shift) => {
    const { exchanges, poisoned } = shift.apply(before, { rate: 0, seed: 3 })
    expect(sum(poisoned)).toBe(0)
    expect(exchanges).not.toEqual(before)
    expect(exchanges).toHaveLength(N)
  },
)

test('a rate is a share', () => {
  expect(() => exchangeAttacks[0]!.apply(before, { rate: 2, seed: 1 })).toThrow(RangeError)
})
