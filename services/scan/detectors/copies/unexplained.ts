import type { TableColumn } from '../../view/samples.ts'
import { areWithout, rowsByValues } from './common-rows.ts'
import type { Crowd } from './crowds.ts'
import { MIDDLING } from './size-law.ts'

/** Columns depend on one another by more than pairs: so many times as many rows as expected may be alike. */
const SLACK = 3
/** The same where shares are not lowered, unless the rows lack values in so many of the columns, which hang together. */
const SLACK_AS_IS = 1.5
const LITTLE_ASKED = 0.25

/**
 * Returns how many rows of a group are not explained: neither by how common their values are, nor by as many rows
 * beside the group, where values are the steps of a scale. A group of fewer than five keeps its size. `lowered` is that of
 * `rowsByValues`.
 */
export function unexplained(
  columns: readonly TableColumn[],
  n: number,
  around: (members: Int32Array) => Crowd,
  lowered = true,
): (members: Int32Array) => number {
  const asked = columns.filter((column) => !countsRows(column))
  const byValues = rowsByValues(asked, n, lowered)
  const slackOf = (members: Int32Array) => {
    if (lowered) return SLACK
    const lacking = asked.filter((column) => areWithout(column, members)).length
    return lacking >= LITTLE_ASKED * asked.length ? SLACK : SLACK_AS_IS
  }
  const sizes = new WeakMap<Int32Array, number>()
  return (members) => {
    const known = sizes.get(members)
    if (known !== undefined) return known
    const { length } = members
    const size =
      length < MIDDLING
        ? length
        : Math.max(1, Math.round(length - Math.max(slackOf(members) * byValues(members), around(members).beside)))
    sizes.set(members, size)
    return size
  }
}

/** Whether a column numbers the rows: different whole numbers, with few left out between them. */
export function countsRows(column: TableColumn): boolean {
  if (column.type !== 'number') return false
  const { values } = column
  let [least, most] = [Infinity, -Infinity]
  for (const value of values) {
    if (!Number.isInteger(value)) return false
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return NUMBERED * (most - least) < values.length && new Set(values).size === values.length
}

/**
 * Share of different values in a category that only numbers the rows, and share of its range that a numbering column
 * fills.
 */
export const NUMBERED = 0.9

/** Whether a column, of numbers or of names, only numbers the rows. */
export function numbersRows(column: TableColumn): boolean {
  if (column.type === 'number') return countsRows(column)
  const values = column.values ?? column.codes
  return new Set(values).size >= NUMBERED * values.length
}
