/** The non-decreasing fit to `values` under `weights`: pool adjacent violators (Ayer et al. 1955). */
export function isotonic(values: Float64Array, weights: Float64Array): Float64Array {
  const blocks: { mean: number; weight: number; size: number }[] = []
  for (let k = 0; k < values.length; k++) {
    let block = { mean: values[k]!, weight: weights[k]!, size: 1 }
    for (let last = blocks.at(-1); last !== undefined && last.mean >= block.mean; last = blocks.at(-1)) {
      const weight = last.weight + block.weight
      const mean = (last.mean * last.weight + block.mean * block.weight) / weight
      block = { mean, weight, size: last.size + block.size }
      blocks.pop()
    }
    blocks.push(block)
  }
  const fitted = new Float64Array(values.length)
  let at = 0
  for (const { mean, size } of blocks) for (let k = 0; k < size; k++) fitted[at++] = mean
  return fitted
}

export function logAddExp(a: number, b: number): number {
  const high = Math.max(a, b)
  return high === -Infinity ? -Infinity : high + Math.log1p(Math.exp(Math.min(a, b) - high))
}
