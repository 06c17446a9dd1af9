import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { boundValues } from './bound-values.ts'
import type { ColumnCounts } from './column-counts.ts'

/** A column of many values with one to five records each, and one label in two; then what is put in. */
function column(
  put: Readonly<Record<number, readonly [number, number]>>,
  { ofValue, size = 80 }: { readonly ofValue?: (value: number) => number; readonly size?: number } = {},
): ColumnCounts {
  const random = seededRandom(2, 'bound values')
  const values = Array.from({ length: size }, (_, at) => at)
  const counts = values.map((value) => {
    const of = new Float64Array(2)
    const label = ofValue?.(value)
    for (let left = 1 + random.below(5); left > 0; left--) of[label ?? random.below(2)]!++
    return Float64Array.from(put[value] ?? of)
  })
  const totals = [0, 1].map((label) => counts.reduce((sum, of) => sum + of[label]!, 0))
  // as many records again have the one value that the column is about
  const records = totals[0]! + totals[1]! + 2000
  return {
    column: 'amount',
    values: Float64Array.of(...values, size),
    counts: Uint32Array.from([...counts, [1000, 1000]].flatMap((of) => [...of])),
    records,
    tried: 0,
    shares: Float64Array.from(totals, (total) => (total + 1000) / records),
  }
}

describe('boundValues', () => {
  it('finds the value that one label has alone, and says how many others would have it', () => {
    const { found, tried } = boundValues(column({ 40: [0, 24], 60: [12, 12] }))
    expect(tried).toBe(3)
    expect(found).toMatchObject([{ at: 40, label: 1, observed: 24, expected: 0 }])
    expect(found[0]!.bound).toBeGreaterThan(10)
    const [mixed] = boundValues(column({ 40: [4, 26] })).found
    expect(mixed!.expected).toBeGreaterThan(2)
    expect(mixed!.bound).toBeLessThan(found[0]!.bound)
  })

  it('counts records for less where each value has one label by nature', () => {
    const [alone] = boundValues(column({ 40: [0, 24] })).found
    const [unit] = boundValues(column({ 40: [0, 24] }, { ofValue: (value) => value % 2 })).found
    expect(unit?.bound ?? 0).toBeLessThan(alone!.bound / 3)
  })

  it('expects the label of the values beside it', () => {
    expect(boundValues(column({ 40: [0, 24] }, { ofValue: (value) => Number(value > 30) })).found).toEqual([])
  })

  it('says nothing of what the column is about, of columns of a few values, nor of many values at once', () => {
    const many = column({ 40: [0, 24] })
    const few = { ...many, values: many.values.slice(20, 45), counts: many.counts.slice(40, 90) }
    expect(boundValues(column({ 40: [0, 200] })).found).toEqual([])
    // a quarter of its records have other labels
    expect(boundValues(column({ 40: [9, 31] })).found).toEqual([])
    expect(boundValues(few).tried).toBe(0)
    const some = (count: number) =>
      column(Object.fromEntries(Array.from({ length: count }, (_, k) => [40 * k + 20, [0, 24]])), { size: 800 })
    expect(boundValues(some(16)).found).toHaveLength(16)
    expect(boundValues(some(17)).found).toEqual([])
  })
})
