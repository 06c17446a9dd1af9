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
 * The rows among others that are nearest to one (Gower 1971, A general coefficient of similarity): the mean over all columns of
 * whether a category differs, and of how far numbers and times lie apart, against what nine tenths of the rows span.
 */
export function similarRows(
  record: DataRecord,
  others: readonly DataRecord[],
  columns: Columns,
  count: number,
): Similar[] {
  const built = columnSamples([record, ...others], columns)
  const sums = new Float64Array(others.length)
  for (const column of built) {
    const apart = column.type === 'number' ? numbersApart(column.values) : levelsApart(column)
    for (let i = 0; i < others.length; i++) sums[i]! += apart(i + 1)
  }
  return [...sums.keys()]
    .sort((a, b) => sums[a]! - sums[b]! || a - b)
    .slice(0, count)
    .map((at) => ({ record: others[at]!, distance: sums[at]! / built.length }))
}

/** How far each lies from the first; a value that one of them lacks is as far as any. */
function numbersApart(values: Float64Array): (i: number) => number {
  const known = values.filter((value) => !Number.isNaN(value)).sort()
  const at = (share: number) => known[Math.floor(share * (known.length - 1))] ?? 0
  const span = at(0.95) - at(0.05)
  const own = values[0]!
  return (i) => {
    const other = values[i]!
    if (Number.isNaN(own) || Number.isNaN(other)) return Number.isNaN(own) === Number.isNaN(other) ? 0 : 1
    return own === other ? 0 : span > 0 ? Math.min(1, Math.abs(own - other) / span) : 1
  }
}

function levelsApart({ codes, values = codes }: Exclude<TableColumn, { type: 'number' }>): (i: number) => number {
  return (i) => (values[i] === values[0] ? 0 : 1)
}
