import type { TableColumn } from '../../view/samples.ts'

/** A column's spread is measured between these quantiles. */
const QUANTILES = [0.16, 0.84] as const
/** Near-copies spread over at most this share of their columns' spreads, as the root of the mean square (ADR 133). */
const ALIKE = 0.15
/** Rows that are each near the next alone are copies with noise, and no readings, where they spread over this share. */
export const VERY_ALIKE = 0.02
/** The largest share that one column counts: a column drawn anew for each copy, as a time is, hides no flood. */
const MOST_SPREAD = 0.5

/**
 * Returns whether the rows of a group are near one another by their values, and not by ranks alone. Ranks draw a tail
 * together: the smallest shells differ twentyfold in weight and are next to one another in every rank.
 */
export function areAlikeInValues(columns: readonly TableColumn[], atMost = ALIKE): (members: Int32Array) => boolean {
  const shares = columns.flatMap((column) => (column.type === 'number' ? (shareOfSpread(column) ?? []) : []))
  return (members) => {
    const squares = shares.map((shareOf) => Math.min(MOST_SPREAD, shareOf(members)) ** 2)
    const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length)
    return mean <= atMost ** 2
  }
}

/** Returns what share of a column's spread the rows of a group spread over; null for a column of one value. */
export function shareOfSpread({ values }: TableColumn & { type: 'number' }): ((members: Int32Array) => number) | null {
  const span = spanOf(values) || rangeOf(values)
  return span > 0 ? (members) => spanOf(members, (i) => values[i]!) / span : null
}

/** The distance between the 16th and the 84th percentile of a column. */
export const spreadOf = (values: Float64Array) => spanOf(values)

function spanOf(of: Iterable<number>, valueOf = (value: number) => value): number {
  const sorted = Float64Array.from(of, valueOf)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const [low, high] = QUANTILES.map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return high! - low!
}

function rangeOf(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return (
    known.reduce((most, value) => Math.max(most, value), -Infinity) -
    known.reduce((least, value) => Math.min(least, value), Infinity)
  )
}
