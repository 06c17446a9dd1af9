/** Symmetric d × d matrices in double precision, row-major: element (i, j) is `a[i * d + j]`. */
export type Square = Float64Array

/**
 * The lower triangle L with a = L Lᵀ; above the diagonal, zeros. Throws `RangeError` where `a` is not positive definite.
 */
export function cholesky(a: Square, d: number): Square {
  const lower = new Float64Array(d * d)
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      const rest = a[i * d + j]! - dotRows(lower, i * d, j * d, j)
      if (j < i) lower[i * d + j] = rest / lower[j * d + j]!
      else if (rest > 0) lower[i * d + i] = Math.sqrt(rest)
      else throw new RangeError(`not positive definite at row ${i}`)
    }
  }
  return lower
}

/** The inverse of a lower triangle, itself lower. */
export function invertLower(lower: Square, d: number): Square {
  // Built transposed, so that the inner loop runs along rows of both.
  const transposed = new Float64Array(d * d)
  for (let j = 0; j < d; j++) {
    const base = j * d
    transposed[base + j] = 1 / lower[base + j]!
    for (let i = j + 1; i < d; i++) {
      let sum = 0
      for (let k = j; k < i; k++) sum += lower[i * d + k]! * transposed[base + k]!
      transposed[base + i] = -sum / lower[i * d + i]!
    }
  }
  const inverse = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j <= i; j++) inverse[i * d + j] = transposed[j * d + i]!
  return inverse
}

function dotRows(m: Float64Array, a: number, b: number, length: number): number {
  let even = 0
  let odd = 0
  let k = 0
  for (; k + 1 < length; k += 2) {
    even += m[a + k]! * m[b + k]!
    odd += m[a + k + 1]! * m[b + k + 1]!
  }
  if (k < length) even += m[a + k]! * m[b + k]!
  return even + odd
}
