import { describe, expect, it } from 'vitest'
import type { TableColumn } from '../view/samples.ts'
import { oddInMany } from './odd-in-many.ts'

const numbers = (name: string, values: readonly number[]): TableColumn => ({
  name,
  type: 'number',
  values: Float64Array.from(values),
})
const levels = (name: string, codes: readonly number[]): TableColumn => ({
  name,
  type: 'category',
  codes: Int32Array.from(codes),
  levels: ['x', 'y', 'z'],
})

describe('how odd rows are but for their oddest value', () => {
  it('sums over the other columns', () => {
    const odd = oddInMany([
      numbers('a', [1, 2, 3, 4, 5, 6, 7, 8]),
      levels('b', [0, 0, 0, 0, 0, 0, 0, 1]),
      levels('c', [0, 0, 0, 0, 1, 1, 1, 1]),
    ])
    // the end of eight values is as odd as one in four, the level as one in eight, of which the oddest is left out
    expect(odd[7]).toBeCloseTo(Math.log(4) + Math.log(2), 12)
    expect(odd[0]).toBeCloseTo(Math.log(8 / 7) + Math.log(2), 12)
    expect(odd[3]).toBeCloseTo(Math.log(8 / 7), 12)
  })

  it('takes one odd value of a row for nothing', () => {
    const a = [...Array.from({ length: 99 }, (_, i) => i % 10), 1e6]
    const odd = oddInMany([
      numbers('a', a),
      levels(
        'b',
        Array.from({ length: 100 }, () => 0),
      ),
    ])
    expect(odd[99]).toBe(0)
  })

  it('takes missing values for as odd as they are rare, and equal numbers for equal', () => {
    const missing = [numbers('a', [Number.NaN, 1, 1, 1]), levels('b', [1, 0, 0, 0])]
    expect(oddInMany(missing)[0]).toBeCloseTo(Math.log(4), 12)
    expect(oddInMany([numbers('a', [1, 1, 1, 1]), numbers('b', [2, 2, 2, 2])])).toEqual(new Float64Array(4))
    expect(oddInMany([])).toEqual(new Float64Array(0))
  })

  it('counts different values of one level apart', () => {
    const shared: TableColumn = {
      name: 'b',
      type: 'category',
      codes: Int32Array.of(0, 0, 0, 0),
      levels: ['x'],
      values: Int32Array.of(0, 0, 0, 1),
    }
    const odd = oddInMany([shared, levels('c', [0, 0, 0, 1])])
    expect(odd[3]).toBeCloseTo(Math.log(4), 12)
  })
})
