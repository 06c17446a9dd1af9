import { sharedKernels } from './kernels/kernels.ts'
import type { Matrix } from './matrix.ts'

/** How many floats are computed at a time, in whole rows. */
const CHUNK = 1 << 18

/** Replaces each element by the cosine of it plus its column's phase. */
export function cosines(m: Matrix, phases: Float32Array): void {
  if (m.data.length === 0) return
  const kernels = sharedKernels()
  const rows = Math.min(m.rows, Math.max(1, Math.floor(CHUNK / m.cols)))
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
