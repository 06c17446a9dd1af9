/** The spectrum of a symmetric matrix: values descending; vector r is row r of `vectors`, of unit length. */
export interface Eigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/**
 * All eigenpairs of a symmetric d × d matrix (row-major) by cyclic Jacobi rotations (Golub & Van Loan, Matrix
 * Computations, 8.5): exact to rounding; for d up to a few hundred. The sign of a vector is fixed: its largest element is positive.
 */
export function symmetricEigen(symmetric: Float64Array, d: number): Eigen {
  const a = Float64Array.from(symmetric)
  const v = new Float64Array(d * d)
  for (let i = 0; i < d; i++) v[i * d + i] = 1
  let scale = 0
  for (const x of a) scale += x * x
  const negligible = scale * 1e-26
  for (let sweep = 0; sweep < 40; sweep++) {
    let off = 0
    for (let p = 0; p < d; p++) for (let q = p + 1; q < d; q++) off += a[p * d + q]! ** 2
    if (2 * off <= negligible) break
    for (let p = 0; p < d - 1; p++) for (let q = p + 1; q < d; q++) rotate(a, v, d, p, q)
  }
  const order = Array.from({ length: d }, (_, i) => i).sort((i, j) => a[j * d + j]! - a[i * d + i]! || i - j)
  const vectors = new Float64Array(d * d)
  order.forEach((from, to) => vectors.set(fixSign(v.subarray(from * d, (from + 1) * d)), to * d))
  return { values: Float64Array.from(order, (i) => a[i * d + i]!), vectors }
}

/** Zeroes a[p][q] by a rotation of the p–q plane, applied to a on both sides and accumulated in the rows of v. */
function rotate(a: Float64Array, v: Float64Array, d: number, p: number, q: number): void {
  const apq = a[p * d + q]!
  if (apq === 0) return
  const theta = (a[q * d + q]! - a[p * d + p]!) / (2 * apq)
  const t =
    Math.abs(theta) > 1e150 ? 1 / (2 * theta) : Math.sign(theta || 1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  const [rowP, rowQ] = [p * d, q * d]
  for (let i = 0; i < d; i++) {
    const [x, y] = [a[rowP + i]!, a[rowQ + i]!]
    a[rowP + i] = c * x - s * y
    a[rowQ + i] = s * x + c * y
    const [vp, vq] = [v[rowP + i]!, v[rowQ + i]!]
    v[rowP + i] = c * vp - s * vq
    v[rowQ + i] = s * vp + c * vq
  }
  for (let i = 0; i < d; i++) {
    const [x, y] = [a[i * d + p]!, a[i * d + q]!]
    a[i * d + p] = c * x - s * y
    a[i * d + q] = s * x + c * y
  }
}

function fixSign(vector: Float64Array): Float64Array {
  let largest = 0
  for (let i = 1; i < vector.length; i++)
    if (Math.abs(vector[i]!) > Math.abs(vector[largest]!) * (1 + 1e-9)) largest = i
  return (vector[largest] ?? 0) < 0 ? vector.map((x) => -x) : vector
}
