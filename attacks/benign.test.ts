import { describe, expect, test } from 'vitest'
import { shiftsOn } from './benign.ts'
import { attackNamed } from './catalog.ts'
import { drip, rampRates, steadyRates } from './drip.ts'
import { inventedWindow } from './samples.ts'

for (const kind of ['image', 'text', 'table'] as const) {
  describe.each(shiftsOn(kind).map((shift) => [shift.name, shift] as const))(`${kind}: %s`, (_name, shift) => {
    const window = inventedWindow(kind, 400, 1)
    const shifted = shift.apply(window, 2)

    test('changes something, the same by seed, and leaves what it was given', () => {
      expect(shifted).not.toEqual(window)
      expect(shift.apply(window, 2)).toEqual(shifted)
      expect(window).toEqual(inventedWindow(kind, 400, 1))
    })

    test('counts labels, and lets nobody lie: a record keeps its class or the name that contains it', () => {
      for (let i = 0; i < 400; i++) {
        const before = window.labels.names[window.labels.of[i] ?? 0] ?? ''
        expect(shifted.labels.names[shifted.labels.of[i] ?? 0]?.split('+')).toContain(before)
      }
      expect(shifted.labels.counts.reduce((sum, count) => sum + count, 0)).toBe(400)
    })
  })
}

describe('drip', () => {
  test('rises evenly to its last rate, or stays', () => {
    expect(rampRates(3, 0.04)).toEqual([0, 0.02, 0.04])
    expect(rampRates()).toHaveLength(20)
    expect(steadyRates()).toHaveLength(50)
    expect(new Set(steadyRates())).toEqual(new Set([0.001]))
  })

  test('plants one campaign at the rate of each window', () => {
    const windows = [1, 2, 3].map((seed) => inventedWindow('text', 500, seed))
    const poisoned = drip(attackNamed('text', 'rare-token'), windows, [0, 0.02, 0.04], { seed: 6 })
    expect(poisoned.map((window) => window.poisoned.reduce((sum, bit) => sum + bit, 0))).toEqual([0, 10, 20])
    expect(new Set(poisoned.map(({ target }) => target)).size).toBe(1)
  })
})
