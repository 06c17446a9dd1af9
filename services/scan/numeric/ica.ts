import { seededRandom } from '#core/random.ts'
import { sharedKernels } from './kernels/kernels.ts'
import { type Matrix, matrix, transpose } from './matrix.ts'
import { orthonormalRows } from './subspace.ts'

/**
 * Symmetric FastICA with the log-cosh contrast (Hyvärinen 1999, Fast and robust fixed-point algorithms for independent
 * component analysis). `whitened` is n × k with zero mean and unit covariance. Returns k × k: row j is the unit
 * direction of component j. Deterministic for a seed; stops after `rounds`, or when every direction turns by less than
 * `tolerance`.
 */
export function fastIca(whitened: Matrix, seed: number, { rounds = 40, tolerance = 1e-3 } = {}): Matrix {
  const { rows: n, cols: k } = whitened
  const start = orthonormalRows(matrix(k, k, seededRandom(seed, 'ica').normals(k * k)))
  const kernels = sharedKernels()
  const [scratch = 0, rows = 0, across = 0, projected = 0, w = 0, next = 0, gram = 0, cubed = 0, slopes = 0] =
    kernels.reserve(
      kernels.productScratch,
      ...Array.from({ length: 3 }, () => 4 * n * k),
      ...Array.from({ length: 4 }, () => 4 * k * k),
      4 * k,
    )
  kernels.floats(rows, n * k).set(whitened.data)
  kernels.floats(across, n * k).set(transpose(whitened).data)
  kernels.floats(w, k * k).set(start.data)
  kernels.independent(rows, across, n, k, w, rounds, tolerance, projected, next, gram, cubed, slopes, scratch)
  return matrix(k, k, kernels.floats(w, k * k).slice())
}
