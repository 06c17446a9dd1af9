import type { TableColumn } from '../../view/samples.ts'
import type { Neighbours } from '../../view/window-view.ts'
import { components } from '../components.ts'
import { areAlikeInValues, VERY_ALIKE } from './alike-in-values.ts'
import { butForOne, type ButForOne } from './but-for-one.ts'
import { crowds } from './crowds.ts'
import { isDrawnAnew } from './drawn-anew.ts'
import { medianNearest, type Near, nearPairs } from './near-pairs.ts'
import { FLOOD, LEAST_TELLING, MIDDLING, repeatsItself, REPEATS, sizeEvidence, tempered } from './size-law.ts'
import { uncrowded } from './uncrowded.ts'
import { numbersRows, unexplained } from './unexplained.ts'

/** Rows of fewer columns are too easily alike in all but one. */
const FEWEST_COLUMNS = 4
/** At least this share of the squared distances that are left out lies in one column. */
const IN_ONE = 0.95
/** A group shares values that are rare, held by at most this share of the other rows, in so many columns and more. */
const RARE = 0.1
const FEWEST_RARE = 2
/** A flood has at most this many other groups of half its size and more beside it: families have more. */
const MOST_BESIDE = 2

/** Near-copies of one row in all columns but one. */
export interface Apart {
  readonly members: Int32Array
  /** The name of the column in which they differ. */
  readonly column: string
  readonly evidence: number
  readonly posterior: number
}

/**
 * Returns the floods of a table's n rows that are near-copies of one another in all columns but one (ADR 137). Groups are
 * the connected components of rows by the distances of `butForOne`, and are judged by the law of sizes of all these
 * groups. Natural families are groups too: readings of one person, prices of one day. They are left out where a table
 * shows them: most rows have a neighbour that differs in one column alone (the median distance is 0), or several other
 * groups are as large, or the rows differ in two columns and more, or in one by small steps. Columns that number the
 * rows are not compared. A table of fewer than four other columns has no such floods.
 */
export function apartInOne(
  neighbours: Neighbours,
  { columns: all, n }: { readonly columns: readonly TableColumn[]; readonly n: number },
  near: Near & { readonly marginInTables: number },
): Apart[] {
  const columns = all.filter((column) => !numbersRows(column))
  if (columns.length < FEWEST_COLUMNS) return []
  const apart = butForOne(neighbours, columns, n)
  const close = uncrowded(apart, columns, n)
  const median = medianNearest(close, n)
  if (median === 0) return []
  const groups = components(n, nearPairs(close, n, near, median))
  const around = crowds(close, near.share * median)
  const columnOf = leftOut(apart, groups, columns.length)
  const differ = groups.map(columnOf)
  const without = new Map<number, (members: Int32Array) => number>()
  const sizes = groups.map((members, at) => {
    if (members.length < MIDDLING) return members.length
    const { column } = differ[at]!
    const sizeOf = without.get(column) ?? unexplained(columns.toSpliced(column, 1), n, around)
    without.set(column, sizeOf)
    return sizeOf(members)
  })
  const evidenceOf = sizeEvidence(sizes, REPEATS.table)
  const repeats = repeatsItself(sizes, n)
  return groups.flatMap((members, at): Apart[] => {
    const [size, { column, share }] = [sizes[at]!, differ[at]!]
    const beside = sizes.filter((other) => 2 * other >= size).length - 1
    if (size < FLOOD || beside > MOST_BESIDE || share < IN_ONE) return []
    const { evidence, posterior } = evidenceOf(size)
    const ofTimes = isTime(columns[column]!)
    const margin = n < LEAST_TELLING || (repeats && ofTimes) ? near.marginInTables : 0
    const { isRun } = around(members)
    if (evidence <= margin || (isRun && ofTimes) || !isDrawnAnew(columns[column]!, members)) return []
    const rest = columns.toSpliced(column, 1)
    if (!areAlikeInValues(rest, isRun ? VERY_ALIKE : undefined)(members)) return []
    // One rare value alone comes by nature: a hundred accounts owe nothing.
    if (rest.filter((of) => othersWith(of, members) <= RARE * n).length < FEWEST_RARE) return []
    return [{ members, column: columns[column]!.name, evidence: tempered(evidence, margin), posterior }]
  })
}

/**
 * Returns how many rows besides the members have a value from the members' least to their greatest, or none where a
 * member has none; all rows where no member has a value.
 */
function othersWith(column: TableColumn, members: Int32Array): number {
  const values = column.type === 'category' ? (column.values ?? column.codes) : column.values
  const isMissing = column.type === 'category' ? (value: number) => value < 0 : Number.isNaN
  let [least, most, without] = [Infinity, -Infinity, 0]
  for (const i of members) {
    const value = values[i]!
    if (isMissing(value)) {
      without++
      continue
    }
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  if (without === members.length) return values.length
  let count = -members.length
  for (const value of values) if (isMissing(value) ? without > 0 : value >= least && value <= most) count++
  return count
}

/** Whether a column holds times, or the lengths of texts. */
function isTime(column: TableColumn): boolean {
  return column.type === 'number' && column.isAmount === false
}

/** Returns the column in which a group's rows differ most, and the share of the squared distances left out that it has. */
function leftOut(
  { index, k, left, apart }: ButForOne,
  groups: readonly Int32Array[],
  columns: number,
): (members: Int32Array) => { readonly column: number; readonly share: number } {
  const groupOf = new Int32Array(left.length / Math.max(1, k)).fill(-1)
  groups.forEach((members, group) => members.forEach((i) => (groupOf[i] = group)))
  return (members) => {
    const sums = new Float64Array(columns)
    for (const i of members)
      for (let at = i * k; at < (i + 1) * k; at++)
        if (left[at]! >= 0 && groupOf[index[at]!] === groupOf[i]) sums[left[at]!]! += apart[at]!
    const total = sums.reduce((sum, value) => sum + value, 0)
    const most = sums.reduce((best, value) => Math.max(best, value), 0)
    return { column: Math.max(0, sums.indexOf(most)), share: total > 0 ? most / total : 0 }
  }
}
