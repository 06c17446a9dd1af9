import { type Kernels, sharedKernels } from './kernels/kernels.ts'
import type { Matrix } from './matrix.ts'

/** Floats that are swept over at a time, in whole rows. */
const CHUNK = 1 << 18

/** Overwrites each element by its hyperbolic tangent; returns by row the mean of 1 − tanh². */
export function tanhs(m: Matrix): Float32Array {
  const slopes = new Float32Array(m.rows)
  byRows(m, new Float32Array(m.rows), (kernels, x, from, rows, beside) => {
    kernels.tanhs(x, rows, m.cols, beside)
    slopes.set(kernels.floats(beside, rows), from)
  })
  return slopes.map((sum) => sum / Math.max(1, m.cols))
}

/** Overwrites each element by what it has above `knee`, at most `height`. */
export function ramp(m: Matrix, knee: number, height: number): void {
  byRows(m, new Float32Array(0), (kernels, x, _, rows) => kernels.ramp(x, rows * m.cols, knee, height))
}

/** Overwrites each element by its cosine after the phase of its column is added. */
export function cosines(m: Matrix, phases: Float32Array): void {
  byRows(m, phases, (kernels, x, _, rows, beside) => kernels.cosines(x, rows, m.cols, beside))
}

/** Sweeps over some rows of m at a time, in the kernels' memory, with `extra` beside them. */
function byRows(
  m: Matrix,
  extra: Float32Array,
  sweep: (kernels: Kernels, x: number, from: number, rows: number, beside: number) => void,
): void {
  if (m.data.length === 0) return
  const kernels = sharedKernels()
  const rows = Math.min(m.rows, Math.max(1, Math.floor(CHUNK / m.cols)))
  const [x = 0, beside = 0] = kernels.reserve(4 * rows * m.cols, 4 * extra.length)
  kernels.floats(beside, extra.length).set(extra)
  for (let from = 0; from < m.rows; from += rows) {
    const some = Math.min(rows, m.rows - from)
    const part = m.data.subarray(from * m.cols, (from + some) * m.cols)
    kernels.floats(x, part.length).set(part)
    sweep(kernels, x, from, some, beside)
    part.set(kernels.floats(x, part.length))
  }
}
