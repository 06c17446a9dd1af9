import { ascending, countBelow } from '../numeric/sorted.ts'
import type { CategoryColumn, NumberColumn, TableColumn } from '../view/samples.ts'

/**
 * How odd each row of a table is but for its oddest value, in nats: minus the logarithm of the share of rows with a value as
 * odd, summed over all columns but the one where that is most. A number is as odd as its rank is near an end, a level as it
 * is rare. Natural rows lie far out by one value, junk by many.
 */
export function oddInMany(columns: readonly TableColumn[]): Float64Array {
  const odd = columns.map((column) => (column.type === 'category' ? oddLevels(column) : oddNumbers(column)))
  return Float64Array.from({ length: odd[0]?.length ?? 0 }, (_, i) => {
    let [sum, most] = [0, 0]
    for (const of of odd) {
      sum += of[i]!
      most = Math.max(most, of[i]!)
    }
    return sum - most
  })
}

function oddLevels({ codes, values = codes }: CategoryColumn): Float64Array {
  const counts = new Map<number, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return Float64Array.from(values, (value) => Math.log(values.length / counts.get(value)!))
}

/** Missing values are as odd as they are rare. */
function oddNumbers({ values }: NumberColumn): Float64Array {
  const sorted = ascending(values.filter((value) => Number.isFinite(value)))
  const m = sorted.length
  const missing = Math.log(values.length / (values.length - m))
  return values.map((value) => {
    if (!Number.isFinite(value)) return missing
    const [upTo, from] = [countBelow(sorted, value, true), m - countBelow(sorted, value, false)]
    return Math.max(0, Math.log(m / (2 * Math.min(upTo, from))))
  })
}
