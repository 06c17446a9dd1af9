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
