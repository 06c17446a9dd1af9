import { describe, expect, it } from 'vitest'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { outOfPlace } from './out-of-place.ts'

/** Whether the value is out of place in a column of these values; it is the column's only token. */
function isOut(values: readonly number[], value: number, columns: readonly string[] = ['age']): boolean {
  const held = Int32Array.from([...values.keys()].filter((i) => Object.is(values[i], value)))
  const tokens = { columns: () => columns } as unknown as TokenMatrix
  const column = { name: 'age', type: 'number' as const, values: Float64Array.from(values) }
  return outOfPlace({ kind: 'table', columns: [column] }, tokens, () => held)(0)
}

const years = Array.from({ length: 200 }, (_, i) => 20 + (i % 40))
const prices = Array.from({ length: 200 }, (_, i) => (i % 80) * 0.05 + 1)

describe('a value that has no place among its column’s others', () => {
  it.each([
    ['beyond the largest by a quarter of the range', 69, true],
    ['beyond the least', 10, true],
    ['beyond them by less', 68, false],
    ['among them', 41, false],
    ['of more decimals than they', 36.04, true],
  ])('%s: %d', (_, value, expected) => {
    expect(isOut([...years, ...Array<number>(8).fill(value)], value)).toBe(expected)
  })

  it.each([
    ['of as many decimals as they', 3.17, false],
    ['of fewer', 3, false],
    ['of more', 3.175, true],
  ])('among prices, %s: %d', (_, value, expected) => {
    expect(isOut([...prices, ...Array<number>(8).fill(value)], value)).toBe(expected)
  })

  it('is told apart where two others have more decimals too, and not where three have', () => {
    const planted = [...years, ...Array<number>(8).fill(36.04)]
    expect(isOut([...planted, 21.53, 22.53], 36.04)).toBe(true)
    expect(isOut([...planted, 21.53, 22.53, 23.53], 36.04)).toBe(false)
  })

  it('repeats where nearly every record has a value of its own', () => {
    const weights = Array.from({ length: 200 }, (_, i) => Math.sin(i))
    expect(isOut([...weights, ...Array<number>(8).fill(0.25)], 0.25)).toBe(true)
  })

  /** Ages from 20 to 59 of which the older are rarer: one row each from 47 on. */
  const thinning = Array.from({ length: 40 }, (_, k) => Array<number>(Math.max(1, 27 - k)).fill(20 + k)).flat()

  it.each([
    ['a little beyond an end that thins out', thinning, 62, true],
    ['next to it', thinning, 60, false],
    ['where as many have the values beside it', years, 62, false],
  ])('is one that repeats %s', (_, values, value, expected) => {
    expect(isOut([...values, ...Array<number>(8).fill(value)], value)).toBe(expected)
  })

  it('is none in a column of few values, of several columns, or where it is missing', () => {
    const few = Array.from({ length: 200 }, (_, i) => i % 11)
    expect(isOut([...few, ...Array<number>(8).fill(99)], 99)).toBe(false)
    const planted = [...years, ...Array<number>(8).fill(99)]
    expect(isOut(planted, 99, ['age', 'sex'])).toBe(false)
    expect(isOut(planted, 99, ['name'])).toBe(false)
    expect(isOut([...years, Number.NaN], Number.NaN)).toBe(false)
  })
})
