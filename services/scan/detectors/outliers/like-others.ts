import { areOfOneKind } from '../../calibrate/company.ts'
import { countBelow } from '../../numeric/sorted.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'

/** Rows differ from the others when a mean rank deviates farther than chance brings about in one of so many tables. */
const ONE_IN = 20

/**
 * Whether the members are like all rows in the columns `others` and in their labels: their mean rank is usual in each
 * column of numbers, and they share no value and no label that few other rows have.
 */
export function areLikeOthers(
  members: Int32Array,
  n: number,
  others: readonly TableColumn[],
  labels: Grouping | null,
): boolean {
  const of = new Float64Array(n).fill(-1)
  for (const i of members) of[i] = 1
  if (areOfOneKind(of, others)) return false
  if (labels !== null && areOfOneKind(of, [{ name: '', type: 'category', codes: labels.of, levels: labels.names }]))
    return false
  const numbers = others.filter((column): column is NumberColumn => column.type === 'number')
  const bar = Math.sqrt(2 * Math.log(ONE_IN * Math.max(1, numbers.length)))
  return numbers.every(({ values }) => Math.abs(rankDeviation(values, members)) <= bar)
}

/**
 * By how many standard errors the members' mean rank differs from the mean of all (Wilcoxon 1945); missing values are
 * left out.
 */
function rankDeviation(values: Float64Array, members: Int32Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const known = Array.from(members, (i) => values[i]!).filter((value) => !Number.isNaN(value))
  if (known.length === 0) return 0
  let sum = 0
  for (const value of known)
    sum += (countBelow(sorted, value, false) + countBelow(sorted, value, true)) / 2 / sorted.length - 0.5
  return sum * Math.sqrt(12 / known.length)
}
