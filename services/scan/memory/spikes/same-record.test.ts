import { describe, expect, it } from 'vitest'
import { columnSamples } from '../../view/build-columns.ts'
import { packNumbers, rowNumbers, unpackNumbers } from './same-record.ts'

const COLUMNS = [
  { name: 'x', type: 'number' },
  { name: 'town', type: 'category' },
] as const

/** The numbers of rows of a number and a town, as a window of them gives these. */
function numbersOf(rows: readonly (readonly [number | null, string])[], seed = 1): number[] {
  const records = rows.map(([x, town], i) => ({
    id: `r${i}`,
    fields: { x, town },
    provenance: { source: 's', partition: 'p', position: String(i) },
  }))
  return [...rowNumbers({ kind: 'table', columns: columnSamples(records, COLUMNS) }, rows.length, seed).numbers]
}

describe('rowNumbers', () => {
  it('are the same for the same row in any window, whether its town stands there once or often', () => {
    const [once] = numbersOf([[1.5, 'Bern']])
    const often = numbersOf([
      [2, 'Basel'],
      [1.5, 'Bern'],
      [1.5, 'Bern'],
      [1.5, 'Basel'],
      [1.25, 'Bern'],
      [null, 'Bern'],
      [0, 'Bern'],
    ])
    expect(often[1]).toBe(once)
    expect(often[2]).toBe(once)
    expect(new Set(often).size).toBe(6)
    expect(numbersOf([[null, 'Bern']])).toEqual([often[5]])
    expect(numbersOf([[-0, 'Bern']])).toEqual([often[6]])
  })

  it('are an installation’s own', () => {
    expect(numbersOf([[1.5, 'Bern']], 2)).not.toEqual(numbersOf([[1.5, 'Bern']], 1))
  })

  it('take three bytes each, and come back as they were', () => {
    const numbers = numbersOf(Array.from({ length: 500 }, (_, i) => [i / 7, `town ${i % 90}`] as const))
    const bytes = packNumbers(Int32Array.from(numbers))
    expect(bytes).toHaveLength(1500)
    expect(unpackNumbers(bytes)).toEqual(numbers)
    expect(new Set(numbers).size).toBe(500)
  })
})
