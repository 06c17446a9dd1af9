import type { DataRecord } from '#core/record.ts'
import { columnSamples } from '#services/scan/view/build-columns.ts'
import type { TableColumn } from '#services/scan/view/samples.ts'

type Columns = Parameters<typeof columnSamples>[1]

interface Similar {
  readonly record: DataRecord
  /** 0 … 1 */
  readonly distance: number
}

/**
 * The rows among others that are nearest to each of several rows (Gower 1971, A general coefficient of similarity): by the mean
 * over all columns of whether a category differs, and of the difference of numbers and times relative to the range of the middle
 * 90 % of the others.
 */
export function similarRows(
  records: readonly DataRecord[],
  others: readonly DataRecord[],
  columns: Columns,
  count: number,
): Similar[][] {
  const first = records.length
  const apart = columnSamples([...records, ...others], columns).map((column) =>
    column.type === 'number' ? numbersApart(column.values, first) : levelsApart(column),
  )
  return records.map((_, row) => {
    const sums = new Float64Array(others.length)
    for (const between of apart) for (let i = 0; i < sums.length; i++) sums[i]! += between(row, first + i)
    return leastOf(sums, count).map((at) => ({ record: others[at]!, distance: sums[at]! / apart.length }))
  })
}

/** The indices of the smallest values, smallest first; ties by index. */
function leastOf(values: Float64Array, count: number): number[] {
  const least: number[] = []
  for (let at = 0; at < values.length; at++) {
    const worse = least.findIndex((other) => values[at]! < values[other]!)
    if (worse >= 0) least.splice(worse, 0, at)
    else if (least.length < count) least.push(at)
    if (least.length > count) least.pop()
  }
  return least
}

type Apart = (row: number, other: number) => number

/**
 * The distance of two numbers; a value that only one of them lacks has the largest distance. The range is computed from the rows
 * from `first` on.
 */
function numbersApart(values: Float64Array, first: number): Apart {
  const usual = values
    .subarray(first)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const at = (share: number) => usual[Math.floor(share * (usual.length - 1))] ?? 0
  const span = at(0.95) - at(0.05)
  return (row, other) => {
    const [own, its] = [values[row]!, values[other]!]
    if (Number.isNaN(own) || Number.isNaN(its)) return Number.isNaN(own) === Number.isNaN(its) ? 0 : 1
    return own === its ? 0 : span > 0 ? Math.min(1, Math.abs(own - its) / span) : 1
  }
}

function levelsApart({ codes, values = codes }: Exclude<TableColumn, { type: 'number' }>): Apart {
  return (row, other) => (values[row] === values[other] ? 0 : 1)
}
