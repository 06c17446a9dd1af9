import { describe, expect, it } from 'vitest'
import { eventCounter, fewestFor, liftRatio, shareRatio } from './tests.ts'

describe('counts of events', () => {
  const events = {
    kinds: 2,
    of: Int32Array.from([0, 0, 1, -1]),
    likely: Float32Array.from([0.5, 0.5, 0.5, 0.5, 0.25, 0.75, 1, 0]),
    counted: Uint8Array.from([1, 1, 1, 1]),
  }
  const records = Int32Array.from([0, 1, 2, 3])

  it('sum what is expected of an event that is asked for, less what was certain', () => {
    const { observed, expected, certain } = eventCounter(events, () => true)(records)
    expect([...certain]).toEqual([0.25 + 0.25 + 0.0625 + 1, 0.25 + 0.25 + 0.5625])
    expect([...observed]).toEqual([2 - certain[0]!, 1 - certain[1]!])
    expect([...expected]).toEqual([0.5 + 0.25 + 0.25 + 0.1875, 0.5 + 0.25 + 0.25 + 0.1875])
  })

  it('are none of an event that is not asked for', () => {
    const asked: unknown[] = []
    const count = eventCounter(events, (of, event, observed) => (asked.push([of.length, event, observed]), event === 0))
    expect([...count(records).observed]).toEqual([2 - 1.5625, 0])
    expect(asked).toEqual([
      [4, 0, 2],
      [4, 1, 1],
    ])
  })

  it('say as shares what a binomial says, which of all of a few is more than a Poisson count', () => {
    expect(shareRatio(20, 10, 20)).toBeCloseTo(20 * Math.LN2)
    expect(shareRatio(15, 10, 20)).toBeCloseTo(15 * Math.log(1.5) + 5 * Math.log(0.5))
    expect(shareRatio(10, 10, 20)).toBe(0)
    expect(liftRatio(20, 10)).toBeLessThan(4)
  })

  it('bear more than some evidence from the fewest on that can', () => {
    for (const evidence of [-3, 0, 0.5, 7, 14.2]) {
      const fewest = fewestFor(evidence)
      expect(liftRatio(fewest, 0.5)).toBeGreaterThan(evidence)
      if (fewest > 1) expect(liftRatio(fewest - 1, 0.5)).toBeLessThanOrEqual(evidence)
    }
  })
})
