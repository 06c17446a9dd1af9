import { sharedKernels } from './kernels/kernels.ts'
import { type Matrix, matrix } from './matrix.ts'

/** How many floats are computed at a time, in whole rows. */
const CHUNK = 1 << 18
/** Bytes that kernels may read beyond the last row. */
const SPARE = 16

/**
 * By row of logits Σ exp(factor · (x − own)) over all columns but that of its label, whose logit is `own`; 0 where it has none (−1). The
 * probability of the label is 1 / (1 + that).
 */
export function rests({ rows, cols, data }: Matrix, labels: Int32Array, factor: number, out = new Float64Array(rows)) {
  const kernels = sharedKernels()
  const some = rowsOf(rows, cols)
  const [x = 0, of = 0, to = 0] = kernels.reserve(4 * some * cols + SPARE, 4 * some, 8 * some)
  for (let from = 0; from < rows; from += some) {
    const count = Math.min(some, rows - from)
    kernels.floats(x, count * cols).set(data.subarray(from * cols, (from + count) * cols))
    kernels.integers(of, count).set(labels.subarray(from, from + count))
    kernels.rests(x, count, cols, of, factor, to)
    out.set(kernels.doubles(to, count), from)
  }
  return out
}

/** The softmax of each row times the factor. */
export function softmaxRows({ rows, cols, data }: Matrix, factor = 1): Matrix {
  const out = matrix(rows, cols)
  const kernels = sharedKernels()
  const some = rowsOf(rows, cols)
  const [x = 0] = kernels.reserve(4 * some * cols + SPARE)
  for (let from = 0; from < rows; from += some) {
    const count = Math.min(some, rows - from)
    kernels.floats(x, count * cols).set(data.subarray(from * cols, (from + count) * cols))
    kernels.softmaxes(x, count, cols, factor)
    out.data.set(kernels.floats(x, count * cols), from * cols)
  }
  return out
}

/** How many rows are computed at a time. */
function rowsOf(rows: number, cols: number): number {
  return Math.min(rows, Math.max(1, Math.floor(CHUNK / cols)))
}

/** Replaces each element by the cosine of it plus its column's phase. */
export function cosines(m: Matrix, phases: Float32Array): void {
  if (m.data.length === 0) return
  const kernels = sharedKernels()
  const rows = rowsOf(m.rows, m.cols)
  const [x = 0, beside = 0] = kernels.reserve(4 * rows * m.cols, 4 * phases.length)
  kernels.floats(beside, phases.length).set(phases)
  for (let from = 0; from < m.rows; from += rows) {
    const some = Math.min(rows, m.rows - from)
    const part = m.data.subarray(from * m.cols, (from + some) * m.cols)
    kernels.floats(x, part.length).set(part)
    kernels.cosines(x, some, m.cols, beside)
    part.set(kernels.floats(x, part.length))
  }
}
