import type { Fields, Value } from '#core/value.ts'
import { filled, saysWhen, type ColumnStats } from './columns.ts'

/** So many of the sample's values must be what they seem. */
export const AGREEMENT = 0.9
/** Words that a field has on average where it is prose. */
const PROSE = 2
/** So few values, each so often, are classes. */
export const FEW_VALUES = 20

/** Whether a column has values in the sample, and enough of them are `is`. */
export function holds(sample: readonly Fields[], { name }: ColumnStats, is: (value: Value) => boolean): boolean {
  const values = sample.flatMap(({ [name]: value = null }) => (value === null ? [] : [value]))
  return values.length > 0 && values.filter(is).length >= AGREEMENT * values.length
}

/** A value or two that are no text are for validation to refuse: they do not make the whole set something else. */
export function isScalar(column: ColumnStats): boolean {
  const lists = [...column.shapes.values()].reduce((sum, count) => sum + count, column.containers)
  return column.texts > 0 && lists <= (1 - AGREEMENT) * filled(column)
}

export function isText(column: ColumnStats): boolean {
  return isScalar(column) && column.texts > filled(column) / 2 && !saysWhen(column)
}

export function isProse(column: ColumnStats): boolean {
  return isText(column) && column.words >= PROSE * column.texts
}

export function isFewValued({ distinct, texts }: ColumnStats): boolean {
  return distinct.size <= FEW_VALUES && texts >= distinct.size * FEW_VALUES
}

export function proseOf(columns: readonly ColumnStats[]): ColumnStats[] {
  return columns.filter((column) => isProse(column) && !isFewValued(column))
}

export type ByName = ReadonlyMap<string, readonly ColumnStats[]>

/** Columns of these names, those of the first name first. */
export function inOrder(columns: ByName, names: readonly string[]): ColumnStats[] {
  return names.flatMap((name) => columns.get(name) ?? [])
}
