import { areOfOneKind } from '../../calibrate/company.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'

/** The mean rank of the rows differs from the middle of any column by no more than one in about so many tables shows by chance. */
const ONE_IN = 20

/** Whether some rows are in the other columns and labels where all rows are: by the mean of their ranks, and by no value or label of their own. */
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

/** By how many standard errors the mean rank of some rows differs from that of all (Wilcoxon 1945); missing values have none. */
function rankDeviation(values: Float64Array, members: Int32Array): number {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const known = Array.from(members, (i) => values[i]!).filter((value) => !Number.isNaN(value))
  if (known.length === 0) return 0
  let sum = 0
  for (const value of known) sum += (below(sorted, value, false) + below(sorted, value, true)) / 2 / sorted.length - 0.5
  return sum * Math.sqrt(12 / known.length)
}

/** How many of the ascending values lie below one, or up to it. */
function below(sorted: Float64Array, value: number, isUpTo: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < value || (isUpTo && sorted[middle] === value)) low = middle + 1
    else high = middle
  }
  return low
}
