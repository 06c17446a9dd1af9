import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { TableColumn } from '../../view/samples.ts'
import { rowsByValues } from './common-rows.ts'

const N = 6000

/** Two flags that are seldom set, an age, and a sum that is nothing for half of the rows, of whom few have the second flag. */
function table(seed: number): TableColumn[] {
  const random = seededRandom(seed, 'rows')
  const rows = Array.from({ length: N }, () => {
    const isNothing = random.below(2) === 0
    const flags = [random.below(20) === 0, random.below(isNothing ? 100 : 5) === 0].map(Number)
    return [...flags, 20 + random.below(40), isNothing ? 0 : Math.round(1000 * Math.abs(random.normal())) / 1000]
  })
  return ['late', 'lent', 'age', 'sum'].map((name, c) => ({
    name,
    type: 'number',
    values: Float64Array.from(rows, (row) => row[c]!),
  }))
}

const rowsLike = (columns: readonly TableColumn[], row: number) =>
  Int32Array.from([...Array(N).keys()].filter((i) => columns.every((of) => valuesOf(of)[i] === valuesOf(of)[row])))
const valuesOf = (column: TableColumn) => (column.type === 'number' ? column.values : column.codes)

describe('rows that are alike by their values', () => {
  it.each([0, 1, 2])('are as many as there are, where values are common, seed %i', (seed) => {
    const columns = table(seed)
    const byValues = rowsByValues(columns, N)
    const row = [...Array(N).keys()].find((i) => columns.every((of, c) => c === 2 || valuesOf(of)[i] === 0))!
    const alike = rowsLike(columns, row)
    expect(alike.length).toBeGreaterThan(40)
    expect(byValues(alike) / alike.length).toBeGreaterThan(0.4)
    expect(byValues(alike) / alike.length).toBeLessThan(2.5)
  })

  it.each([0, 1, 2])('are none where somebody copied a row of values that others have not, seed %i', (seed) => {
    const columns = table(seed)
    const row = [...Array(N).keys()].find((i) => (valuesOf(columns[3]!)[i] ?? 0) > 0)!
    const copies = Int32Array.from({ length: 40 }, (_, i) => 100 * i)
    for (const of of columns) for (const i of copies) valuesOf(of)[i] = valuesOf(of)[row]!
    expect(rowsByValues(columns, N)(copies)).toBeLessThan(0.5)
  })

  it('are not fewer where all of them lack most, nor for what one of them lacks', () => {
    const columns = table(0)
    const row = [...Array(N).keys()].find((i) => columns.every((of, c) => c === 2 || valuesOf(of)[i] === 0))!
    const alike = rowsLike(columns, row)
    const empties = [0, 1, 2, 3, 4].map((at) => ({
      name: `empty ${at}`,
      type: 'number' as const,
      values: new Float64Array(N).fill(1),
    }))
    const expected = rowsByValues([...columns, ...empties], N)(alike)
    for (const { values } of empties) for (const i of alike) values[i] = Number.NaN
    expect(rowsByValues([...columns, ...empties], N)(alike)).toBeCloseTo(expected, 1)
    for (const { values } of empties) values.fill(1)
    for (const { values } of empties) values[alike[0]!] = Number.NaN
    expect(rowsByValues([...columns, ...empties], N)(alike)).toBeCloseTo(expected, 1)
  })
})
