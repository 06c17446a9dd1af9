import { type Matrix } from '../numeric/matrix.ts'

/** How many rows are read: correlations over some hundreds of records are enough. */
const SAMPLE = 1000
const SMALLEST_SIDE = 6
const LEAST_CORRELATION = 0.2
const LEAST_EXCESS = 0.1

/**
 * The height and width of flat vectors that are square grey images, row by row: neighbours across and down are
 * correlated, clearly more than pixels half a row or farther apart. Null for embeddings, tables and time series.
 */
export function looksLikeImage(x: Matrix): { height: number; width: number } | null {
  const side = Math.round(Math.sqrt(x.cols))
  if (side * side !== x.cols || side < SMALLEST_SIDE || x.rows < 10) return null
  const correlation = correlator(x)
  const half = Math.floor(side / 2)
  const across = meanCorrelation(correlation, x.cols, 1, (at) => at % side < side - 1)
  const down = meanCorrelation(correlation, x.cols, side, () => true)
  // Half a row aside. Along the vector this is nearer than `down`, so a series would be more correlated here.
  const aside = meanCorrelation(correlation, x.cols, half, (at) => at % side < side - half)
  const far = meanCorrelation(correlation, x.cols, half * side + half, (at) => at % side < side - half)
  const near = Math.min(across, down)
  const isImage = near > LEAST_CORRELATION && near > aside + LEAST_EXCESS && near > far + LEAST_EXCESS
  return isImage ? { height: side, width: side } : null
}

function correlator(x: Matrix): (a: number, b: number) => number {
  const step = Math.max(1, Math.floor(x.rows / SAMPLE))
  const of = Int32Array.from({ length: Math.floor((x.rows - 1) / step) + 1 }, (_, r) => r * step)
  const columns = Array.from({ length: x.cols }, (_, j) => unit(Float64Array.from(of, (i) => x.data[i * x.cols + j]!)))
  return (a, b) => {
    const [left, right] = [columns[a], columns[b]]
    if (!left || !right) return Number.NaN
    let dot = 0
    for (let r = 0; r < left.length; r++) dot += left[r]! * right[r]!
    return dot
  }
}

/** The values centred and scaled to unit length; null for a constant column, which correlates with nothing. */
function unit(values: Float64Array): Float64Array | null {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const centred = values.map((value) => value - mean)
  const length = Math.sqrt(centred.reduce((sum, value) => sum + value * value, 0))
  return length > 1e-9 ? centred.map((value) => value / length) : null
}

function meanCorrelation(
  correlation: (a: number, b: number) => number,
  cols: number,
  lag: number,
  within: (at: number) => boolean,
): number {
  let [sum, count] = [0, 0]
  for (let at = 0; at + lag < cols; at++) {
    const r = within(at) ? correlation(at, at + lag) : Number.NaN
    if (Number.isNaN(r)) continue
    sum += r
    count++
  }
  return count === 0 ? 0 : sum / count
}
