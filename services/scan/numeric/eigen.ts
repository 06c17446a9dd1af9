import { dotRow, rotateRows } from './rows.ts'

/** The spectrum of a symmetric matrix: values descending; vector r is row r of `vectors`, of unit length. */
export interface Eigen {
  readonly values: Float64Array
  readonly vectors: Float64Array
}

/** The most steps for an eigenvalue; each needs fewer. */
const MOST_STEPS = 60

/**
 * All eigenpairs of a symmetric d × d matrix (row-major): Householder reflections to a tridiagonal matrix, then implicit
 * QL steps (Bowdler, Martin, Reinsch & Wilkinson 1968, `tred2` and `tql2` of EISPACK): exact to rounding. The sign of a
 * vector is fixed: its largest element is positive.
 */
export function symmetricEigen(symmetric: Float64Array, d: number): Eigen {
  if (d === 0) return { values: new Float64Array(0), vectors: new Float64Array(0) }
  const v = Float64Array.from(symmetric)
  const diagonal = new Float64Array(d)
  const beside = new Float64Array(d)
  tridiagonalise(v, diagonal, beside, d)
  diagonalise(v, diagonal, beside, d)
  const order = Array.from({ length: d }, (_, i) => i).sort((i, j) => diagonal[j]! - diagonal[i]! || i - j)
  const vectors = new Float64Array(d * d)
  order.forEach((from, to) => vectors.set(fixSign(v.subarray(from * d, (from + 1) * d)), to * d))
  return { values: Float64Array.from(order, (i) => diagonal[i]!), vectors }
}

/**
 * Overwrites the symmetric v with the rows of an orthogonal Q such that Q a Qᵀ is tridiagonal: `diagonal`, and from
 * index 1 on `beside` it.
 */
function tridiagonalise(v: Float64Array, diagonal: Float64Array, beside: Float64Array, d: number): void {
  const u = new Float64Array(d)
  const p = new Float64Array(d)
  const reflections: Float64Array[] = []
  for (let k = d - 1; k > 0; k--) {
    // The elements of row k before the diagonal are reflected onto the last of them.
    let rest = 0
    for (let j = 0; j < k - 1; j++) rest += v[k * d + j]! ** 2
    const last = v[k * d + k - 1]!
    beside[k] = last
    if (!(rest > 0)) continue
    const length = Math.sqrt(rest + last * last)
    beside[k] = last > 0 ? -length : length
    for (let j = 0; j < k; j++) u[j] = v[k * d + j]!
    u[k - 1] = last - beside[k]!
    const scale = Math.sqrt(2 / (rest + u[k - 1]! ** 2))
    for (let j = 0; j < k; j++) u[j]! *= scale
    // With u of length √2, (I − uuᵀ) a (I − uuᵀ) = a − u qᵀ − q uᵀ for q = a u − ½ (uᵀ a u) u.
    let along = 0
    for (let i = 0; i < k; i++) {
      p[i] = dotRow(v, i * d, u, k)
      along += p[i]! * u[i]!
    }
    for (let i = 0; i < k; i++) p[i]! -= 0.5 * along * u[i]!
    for (let i = 0; i < k; i++) lessBoth(v, i * d, u[i]!, p, p[i]!, u, k)
    reflections.push(u.slice(0, k))
  }
  for (let i = 0; i < d; i++) diagonal[i] = v[i * d + i]!
  v.fill(0)
  for (let i = 0; i < d; i++) v[i * d + i] = 1
  for (const w of reflections.reverse()) reflect(v, w, d)
}

/** Multiplies v by (I − w wᵀ); the rows of v beyond w's length are zero in w's columns. */
function reflect(v: Float64Array, w: Float64Array, d: number): void {
  const k = w.length
  for (let i = 0; i < k; i++) {
    const along = dotRow(v, i * d, w, k)
    if (along !== 0) lessAlong(v, i * d, along, w)
  }
}

/** row −= a · p + b · q */
function lessBoth(
  v: Float64Array,
  at: number,
  a: number,
  p: Float64Array,
  b: number,
  q: Float64Array,
  length: number,
): void {
  for (let j = 0; j < length; j++) v[at + j] = v[at + j]! - (a * p[j]! + b * q[j]!)
}

/** row −= along · w */
function lessAlong(v: Float64Array, at: number, along: number, w: Float64Array): void {
  for (let j = 0; j < w.length; j++) v[at + j] = v[at + j]! - along * w[j]!
}

/** Overwrites the diagonal by the eigenvalues, and turns the rows of v into the eigenvectors. */
function diagonalise(v: Float64Array, diagonal: Float64Array, beside: Float64Array, d: number): void {
  beside.copyWithin(0, 1)
  beside[d - 1] = 0
  let shifted = 0
  let scale = 0
  for (let l = 0; l < d; l++) {
    scale = Math.max(scale, Math.abs(diagonal[l]!) + Math.abs(beside[l]!))
    let m = l
    while (m < d - 1 && Math.abs(beside[m]!) > Number.EPSILON * scale) m++
    // Where m is l, the element beside is negligible already.
    for (let step = 0; step < MOST_STEPS; step++) {
      if (Math.abs(beside[l]!) <= Number.EPSILON * scale) break
      shifted += shift(diagonal, beside, l, d)
      chase(v, diagonal, beside, l, m, d)
    }
    diagonal[l] = diagonal[l]! + shifted
    beside[l] = 0
  }
}

/** Subtracts from the diagonal the eigenvalue of the leading 2 × 2 block that is nearer to its corner; returns it. */
function shift(diagonal: Float64Array, beside: Float64Array, l: number, d: number): number {
  const [first, e] = [diagonal[l]!, beside[l]!]
  const p = (diagonal[l + 1]! - first) / (2 * e)
  const r = p < 0 ? p - Math.sqrt(p * p + 1) : p + Math.sqrt(p * p + 1)
  const corner = e / r
  diagonal[l] = corner
  diagonal[l + 1] = e * r
  const taken = first - corner
  for (let i = l + 2; i < d; i++) diagonal[i] = diagonal[i]! - taken
  return taken
}

/** One implicit QL step from m down to l. */
function chase(v: Float64Array, diagonal: Float64Array, beside: Float64Array, l: number, m: number, d: number): void {
  const [second, following] = [diagonal[l + 1]!, beside[l + 1]!]
  let p = diagonal[m]!
  let [c, c2, c3, s, s2] = [1, 1, 1, 0, 0]
  for (let i = m - 1; i >= l; i--) {
    c3 = c2
    c2 = c
    s2 = s
    const e = beside[i]!
    const [g, h] = [c * e, c * p]
    const r = Math.sqrt(p * p + e * e)
    beside[i + 1] = s * r
    s = e / r
    c = p / r
    p = c * diagonal[i]! - s * g
    diagonal[i + 1] = h + s * (c * g + s * diagonal[i]!)
    const [upper, lower] = [i * d, (i + 1) * d]
    rotateRows(v, upper, lower, d, c, s)
  }
  p = (-s * s2 * c3 * following * beside[l]!) / second
  beside[l] = s * p
  diagonal[l] = c * p
}

function fixSign(vector: Float64Array): Float64Array {
  let largest = 0
  for (let i = 1; i < vector.length; i++)
    if (Math.abs(vector[i]!) > Math.abs(vector[largest]!) * (1 + 1e-9)) largest = i
  return (vector[largest] ?? 0) < 0 ? vector.map((x) => -x) : vector
}
