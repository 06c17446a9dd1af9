import { describe, expect, test } from 'vitest'
import { riskOf } from './risk.ts'

describe('a risk', () => {
  const risks = (of: 'now' | 'lasting') =>
    [0, 1, 3, 5, 6, 7, 9, 12, 40, 1e300].map((value) => riskOf({ now: 0, lasting: 0, [of]: value }))

  test.each(['now', 'lasting'] as const)('grows with what stands out (%s), from nothing to all', (of) => {
    const found = risks(of)
    expect(found).toEqual(found.toSorted((a, b) => a - b))
    expect(found[0]).toBe(0)
    expect(found[2]).toBeLessThan(0.05)
    expect(found.at(-2)).toBeGreaterThan(0.99)
    expect(found.at(-1)).toBe(1)
  })

  test('is surer of what rounds add up to than of what one round says', () => {
    expect(riskOf({ now: 0, lasting: 8 })).toBeGreaterThan(riskOf({ now: 8, lasting: 0 }))
    expect(riskOf({ now: 0, lasting: 4 })).toBeLessThan(riskOf({ now: 4, lasting: 0 }))
  })

  test('is that of whichever says more', () => {
    expect(riskOf({ now: 9, lasting: 3 })).toBe(riskOf({ now: 9, lasting: 0 }))
    expect(riskOf({ now: 3, lasting: 9 })).toBe(riskOf({ now: 0, lasting: 9 }))
  })
})
