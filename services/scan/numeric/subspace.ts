import { seededRandom } from '#core/random.ts'
import { symmetricEigen } from './eigen.ts'
import type { Engine } from './engine.ts'
import { type Matrix, matrix } from './matrix.ts'
import { orthonormalRows as choleskyBasis } from './pca.ts'

export interface Eigenpairs {
  /** Descending. */
  readonly values: Float64Array
  /** k × d: row j is the unit vector that belongs to `values[j]`. */
  readonly vectors: Matrix
}

const SPARE = 8
/** How many products single precision allows between orthonormalisations, which cost most. */
const POWERS = 3

/**
 * The k leading eigenpairs of a symmetric positive semi-definite d × d matrix: blocked subspace iteration from a seeded
 * start, then a Rayleigh–Ritz step (Halko, Martinsson & Tropp 2011, Finding structure with randomness). Exact where the
 * block spans all dimensions.
 */
export async function topEigenpairs(
  engine: Engine,
  a: Matrix,
  k: number,
  seed: number,
  rounds = 4,
): Promise<Eigenpairs> {
  const d = a.cols
  const block = Math.min(d, k + SPARE)
  let basis = matrix(block, d)
  if (block === d) for (let i = 0; i < d; i++) basis.data[i * d + i] = 1
  else {
    basis.data.set(seededRandom(seed, 'subspace').normals(basis.data.length))
    for (let round = 0; round < rounds; round++) {
      for (let power = 0; power < POWERS; power++) basis = await engine.multiply(basis, a)
      basis = await choleskyBasis(engine, basis)
    }
  }
  const projected = await engine.multiplyByTransposed(await engine.multiply(basis, a), basis)
  const { values, vectors } = symmetricEigen(symmetrised(projected), block)
  const keep = Math.min(k, block)
  const turn = matrix(keep, block, Float32Array.from(vectors.subarray(0, keep * block)))
  return { values: values.slice(0, keep), vectors: await engine.multiply(turn, basis) }
}

/**
 * The rows made orthonormal by modified Gram–Schmidt in double precision; a row that depends on earlier ones becomes 0.
 */
export function orthonormalRows(m: Matrix): Matrix {
  const { rows, cols } = m
  const out = matrix(rows, cols)
  const done: Float64Array[] = []
  for (let r = 0; r < rows; r++) {
    const u = Float64Array.from(m.data.subarray(r * cols, (r + 1) * cols))
    const before = Math.sqrt(dot(u, u))
    for (const w of done) {
      const along = dot(u, w)
      for (let j = 0; j < cols; j++) u[j]! -= along * w[j]!
    }
    const after = Math.sqrt(dot(u, u))
    const scale = after > 1e-6 * before ? 1 / after : 0
    for (let j = 0; j < cols; j++) u[j]! *= scale
    done.push(u)
    out.data.set(u, r * cols)
  }
  return out
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

function symmetrised(m: Matrix): Float64Array {
  const d = m.cols
  const out = new Float64Array(d * d)
  for (let i = 0; i < d; i++) for (let j = 0; j < d; j++) out[i * d + j] = (m.data[i * d + j]! + m.data[j * d + i]!) / 2
  return out
}
