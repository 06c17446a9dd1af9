import { sharedKernels } from './kernels/kernels.ts'

/** Symmetric d × d matrices in double precision, row-major: element (i, j) is `a[i * d + j]`. */
export type Square = Float64Array

/**
 * The lower triangle L with a = L Lᵀ; above the diagonal, zeros. Throws `RangeError` where `a` is not positive definite.
 */
export function cholesky(a: Square, d: number): Square {
  const kernels = sharedKernels()
  const [at = 0] = kernels.reserve(8 * d * d)
  kernels.doubles(at, d * d).set(a)
  const failed = kernels.cholesky(at, d)
  if (failed >= 0) throw new RangeError(`not positive definite at row ${failed}`)
  return kernels.doubles(at, d * d).slice()
}

/** The inverse of a lower triangle, itself lower. */
export function invertLower(lower: Square, d: number): Square {
  const kernels = sharedKernels()
  const [from = 0, to = 0] = kernels.reserve(8 * d * d, 8 * d * d)
  kernels.doubles(from, d * d).set(lower)
  kernels.doubles(to, d * d).fill(0)
  kernels.invertLower(from, d, to)
  return kernels.doubles(to, d * d).slice()
}
