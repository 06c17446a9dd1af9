/** Values are rounded up to multiples of this, so that no sum is taken for rarer than it is. */
const STEP = 0.1

/**
 * Returns the probability that the sum of `count` of these values, drawn at random with replacement, reaches `least`,
 * by convolution of their distribution. It is far smaller than the bound that Markov's inequality sets for a likelihood
 * ratio.
 */
export function tailOfSums(values: readonly number[]): (count: number, least: number) => number {
  const bins = values.map((value) => Math.ceil(value / STEP))
  const lowest = bins.reduce((low, bin) => Math.min(low, bin), 0)
  const single = new Float64Array(bins.reduce((high, bin) => Math.max(high, bin), 0) - lowest + 1)
  for (const bin of bins) single[bin - lowest]! += 1 / bins.length
  const sums: Float64Array[] = [Float64Array.of(1)]
  return (count, least) => {
    while (sums.length <= count) sums.push(convolved(sums.at(-1)!, single))
    const from = Math.max(0, Math.floor(least / STEP) - count * lowest)
    return sums[count]!.subarray(from).reduce((sum, of) => sum + of, 0)
  }
}

function convolved(one: Float64Array, other: Float64Array): Float64Array {
  const sums = new Float64Array(one.length + other.length - 1)
  one.forEach((p, i) => {
    if (p > 0) other.forEach((q, j) => (sums[i + j]! += p * q))
  })
  return sums
}
