import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { PLAIN_TERMS } from '#test/federate/support/rehearse.ts'
import { seededBytes } from './primitives.ts'
import { createLanes } from './lanes/lanes.ts'
import { addMask, quantise, readSum } from './quantise.ts'
import type { Terms } from './terms.ts'

const terms = (dimension: number, some: Partial<Terms> = {}): Terms => ({
  ...PLAIN_TERMS,
  dimension,
  range: 8,
  weightCap: 16,
  model: new Uint8Array(32),
  ...some,
})

describe('quantising', () => {
  property.prop([fc.array(fc.double({ min: -8, max: 8, noNaN: true }), { minLength: 1, maxLength: 50 }), fc.string()])(
    'reads back to within one step',
    (update, seed) => {
      const agreed = terms(update.length)
      const { lanes, saturated } = quantise(update, 3, agreed, seededBytes(seed)(32))
      const { mean, weight } = readSum(lanes, 1, agreed)
      expect([weight, saturated]).toEqual([3, 0])
      const step = 16 / (2 ** 20 - 1)
      for (const [i, value] of update.entries()) expect(Math.abs(mean[i]! - value)).toBeLessThanOrEqual(step * 1.0001)
    },
  )

  test('rounds so that the mean is exact: half a step above a level, half of the time up', () => {
    const n = 40_000
    const agreed = terms(n)
    const step = 16 / (2 ** 20 - 1)
    const value = -8 + 1000.25 * step
    const { lanes } = quantise(new Float64Array(n).fill(value), 1, agreed, seededBytes('mean')(32))
    const mean = readSum(lanes, 1, agreed).mean.reduce((sum, x) => sum + x, 0) / n
    // a deviation of 0.25 steps would be rounding down; four standard errors are 0.009 steps
    expect(Math.abs(mean - value) / step).toBeLessThan(0.01)
  })

  test('counts what saturates, in the sum as well: nothing is cut in silence', () => {
    const agreed = terms(4)
    const { lanes, saturated } = quantise([8.5, -9, 8, 0.5], 1, agreed, seededBytes('cut')(32))
    expect(saturated).toBe(2)
    expect(readSum(lanes, 1, agreed).saturated).toBe(2)
  })

  test.each([[Number.NaN], [Number.POSITIVE_INFINITY], [Number.NEGATIVE_INFINITY]])('refuses %s', (value) => {
    expect(() => quantise([0, value], 1, terms(2), new Uint8Array(32))).toThrow(
      expect.objectContaining({ reason: 'not_finite' }),
    )
  })

  test.each([[0], [17], [1.5], [Number.NaN], [1e9]])('refuses a weight of %s', (weight) => {
    expect(() => quantise([0, 0], weight, terms(2), new Uint8Array(32))).toThrow(
      expect.objectContaining({ reason: 'bad_update' }),
    )
  })

  test('a mask that is added and taken away leaves nothing', () => {
    const lanes = createLanes(3)
    lanes.add(Int32Array.from([1, -2, 2 ** 31 - 1]))
    const key = seededBytes('mask')(32)
    addMask(lanes, key, 1)
    expect([...lanes.words]).not.toEqual([1, -2, 2 ** 31 - 1])
    addMask(lanes, key, -1)
    expect([...lanes.words]).toEqual([1, -2, 2 ** 31 - 1])
  })
})
