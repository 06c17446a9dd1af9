import { numberColumns } from './plant.ts'
import type { Column, Table } from './types.ts'

export type NumberColumn = Extract<Column, { type: 'number' }>

/** The values that are there, in ascending order. */
export const finite = (column: NumberColumn) => column.values.filter((v) => Number.isFinite(v)).toSorted()

export function meanAndDeviation(values: Float64Array): { readonly mean: number; readonly deviation: number } {
  const mean = values.reduce((sum, v) => sum + v / values.length, 0)
  return { mean, deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2 / values.length, 0)) }
}

/** Decimals with which the values are written, 6 where they have more than three. */
export function digitsOf(values: Float64Array): number {
  for (let digits = 0; digits < 4; digits++) {
    if (values.every((v) => Math.abs(v * 10 ** digits - Math.round(v * 10 ** digits)) < 1e-6)) return digits
  }
  return 6
}

/** Rounds to as many decimals as the values have. */
export function precisely(values: Float64Array): (value: number) => number {
  const digits = digitsOf(values)
  return (value) => Number(value.toFixed(digits))
}

/** Number columns worth a trigger (spread-out values) first. */
export function spreadColumns(table: Table): NumberColumn[] {
  const spread = numberColumns(table).map((column) => ({ column, distinct: new Set(column.values).size }))
  return spread.toSorted((a, b) => b.distinct - a.distinct).map(({ column }) => column)
}
