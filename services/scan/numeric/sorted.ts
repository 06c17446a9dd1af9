import { sharedKernels } from './kernels/kernels.ts'

/** From this many numbers on they are sorted by their digits; what that begins with is not worth it for fewer. */
const MANY = 512

/** A copy of the values in ascending order, missing ones last. */
export function ascending(values: Float64Array): Float64Array {
  const n = values.length
  if (n < MANY) return values.toSorted()
  const kernels = sharedKernels()
  const [at = 0, spare = 0, counts = 0] = kernels.reserve(8 * n, 8 * n, kernels.orderCounts)
  const sorted = kernels.doubles(at, n)
  sorted.set(values)
  kernels.ascend(at, n, spare, 0, 0, counts)
  return sorted.slice()
}

/** The values in ascending order, and the place that each had. */
export function ascendingPlaces(values: Float64Array): { sorted: Float64Array; places: Int32Array } {
  const n = values.length
  const kernels = sharedKernels()
  const sizes = [8 * n, 8 * n, 4 * n, 4 * n, kernels.orderCounts] as const
  const [at = 0, spare = 0, ids = 0, spareIds = 0, counts = 0] = kernels.reserve(...sizes)
  const sorted = kernels.doubles(at, n)
  sorted.set(values)
  kernels.ascend(at, n, spare, ids, spareIds, counts)
  return { sorted: sorted.slice(), places: kernels.integers(ids, n).slice() }
}

/** How many of ascending values are there: missing ones are last. */
export function presentIn(sorted: Float64Array): number {
  let present = sorted.length
  while (present > 0 && Number.isNaN(sorted[present - 1]!)) present--
  return present
}

/** The places of the values, highest first, ties by place. None is missing. */
export function highestFirst(values: Float64Array): Int32Array {
  // less than 0, and not its negative: zero is one number, whatever its sign
  return ascendingPlaces(values.map((value) => 0 - value)).places
}

/** How many of the ascending values lie below `value`, or, with `orAt`, not above it. */
export function countBelow(sorted: Float64Array, value: number, orAt: boolean): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    const other = sorted[middle]!
    if (other < value || (orAt && other === value)) low = middle + 1
    else high = middle
  }
  return low
}
