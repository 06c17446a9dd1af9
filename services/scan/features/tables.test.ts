import { describe, expect, it } from 'vitest'
import { createEngine } from '../numeric/create-engine.ts'
import type { TableColumn } from '../view/samples.ts'
import { tableInputs, tableReduced } from './tables.ts'

const columns: TableColumn[] = [
  { name: 'speed', type: 'number', values: Float64Array.of(1, 2, 3, 4, Number.NaN, 1000) },
  { name: 'constant', type: 'number', values: new Float64Array(6).fill(7) },
  { name: 'state', type: 'category', codes: Int32Array.of(0, 0, 0, 1, -1, 2), levels: ['often', 'once', 'once too'] },
]
const rowsOf = (m: { rows: number; cols: number; data: Float32Array }) =>
  Array.from({ length: m.rows }, (_, i) => [...m.data.subarray(i * m.cols, (i + 1) * m.cols)])

describe('inputs of a table', () => {
  const rows = rowsOf(tableInputs(columns, 6))

  it('are standardised, with an indicator of what is missing', () => {
    const [speed, missing] = [rows.map((row) => row[0]!), rows.map((row) => row[1]!)]
    expect(speed.reduce((a, b) => a + b, 0)).toBeCloseTo(0, 5)
    expect(speed[4]).toBe(0)
    expect(missing).toEqual([0, 0, 0, 0, 1, 0])
  })

  it('leave out constant columns and give rare levels one column together', () => {
    expect(rows.map((row) => row.slice(2))).toEqual([
      [1, 0],
      [1, 0],
      [1, 0],
      [0, 1],
      [0, 0],
      [0, 1],
    ])
  })
})

it('distances between ranks do not stretch with an outlier, and ties share a rank', async () => {
  const tied: TableColumn[] = [{ name: 'x', type: 'number', values: Float64Array.of(5, 5, 1, 1e9) }]
  const rows = rowsOf(await tableReduced(await createEngine(), tied, 4, 1))
  expect(rows).toEqual([[0], [0], [-1.125], [1.125]])
})
