import { describe, expect, it } from 'vitest'
import type { TableColumn } from '../view/samples.ts'
import { exactCodes, presentCodes } from './column-codes.ts'

const numbers = (...values: number[]): TableColumn => ({ name: 'a', type: 'number', values: Float64Array.from(values) })
const category: TableColumn = { name: 'b', type: 'category', codes: Int32Array.of(1, -1, 0), levels: ['x', 'y'] }

describe('codes of a column', () => {
  it('ascend with its values, wherever one is missing, which comes last', () => {
    const coded = exactCodes(numbers(5, Number.NaN, 3, 9, Number.NaN, 3, 1), 1)
    expect([...coded.codes]).toEqual([2, 4, 1, 3, 4, 1, 0])
    expect([coded.space, coded.missing, coded.describe(4)]).toEqual([5, 4, 'missing'])
    expect(exactCodes(numbers(5, 3, 3), 1).missing).toBe(-1)
    expect(exactCodes(category, 1)).toMatchObject({ space: 3, missing: 2 })
  })

  it('are none of what is missing where it is no value', () => {
    expect([...presentCodes(exactCodes(numbers(5, Number.NaN, 3, Number.NaN), 1))]).toEqual([1, -1, 0, -1])
    expect([...presentCodes(exactCodes(numbers(Number.NaN, Number.NaN), 1))]).toEqual([-1, -1])
    expect([...presentCodes(exactCodes(category, 1))]).toEqual([1, -1, 0])
  })

  it('of all values are made once a column, and anew for another', () => {
    const column = numbers(2, 1)
    expect(exactCodes(column, 1)).toBe(exactCodes(column, 1))
    expect(exactCodes(column, 2)).not.toBe(exactCodes(column, 1))
    expect(exactCodes(numbers(2, 1), 1)).not.toBe(exactCodes(column, 1))
  })
})
