import { seededRandom } from '#core/random.ts'
import { cholesky, invertLower } from './cholesky.ts'
import { symmetricEigen } from './eigen.ts'
import type { Engine } from './engine.ts'
import { type Matrix, matrix, scaled, transpose } from './matrix.ts'
import { addRow, lessRow } from './rows.ts'

/** Up to this many columns, the whole spectrum is computed; beyond, only the leading subspace. */
const DENSE = 100
const SPARE = 12
const ITERATIONS = 12

export interface Principal {
  /** n × k: the centred rows, projected on the axes. */
  readonly projected: Matrix
  /** d × k, one axis a column, of unit length, by falling variance. */
  readonly axes: Matrix
  /** k variances. */
  readonly variances: Float64Array
  /** d */
  readonly mean: Float64Array
}

/**
 * The k principal axes of x: exact up to a hundred columns, else by subspace iteration on the covariance from a seeded
 * start with a Rayleigh–Ritz step (Halko, Martinsson & Tropp 2011, Finding Structure with Randomness, 4.5). `scatter` is xᵀ · x of the centred rows where
 * that is known.
 */
export async function principalComponents(
  engine: Engine,
  x: Matrix,
  k: number,
  seed: number,
  scatter: Matrix | null = null,
): Promise<Principal> {
  const mean = columnMeans(x)
  const centred = subtractRow(x, mean)
  const size = Math.min(k, x.cols)
  const covariance = scaled(scatter ?? (await engine.gram(centred)), 1 / Math.max(1, x.rows - 1))
  const { axes, variances } = await leadingAxes(engine, covariance, size, seed)
  return { projected: await engine.multiply(centred, axes), axes, variances, mean }
}

/** Other rows, projected on the same axes. */
export function inAxesOf(engine: Engine, { mean, axes }: Principal, rows: Matrix): Promise<Matrix> {
  return engine.multiply(subtractRow(rows, mean), axes)
}

/** The `size` leading eigenvectors (d × size, in columns) and eigenvalues of a symmetric positive semi-definite matrix. */
async function leadingAxes(
  engine: Engine,
  covariance: Matrix,
  size: number,
  seed: number,
): Promise<{ axes: Matrix; variances: Float64Array }> {
  const d = covariance.cols
  if (d <= DENSE) {
    const { values, vectors } = symmetricEigen(Float64Array.from(covariance.data), d)
    const rows = matrix(size, d, Float32Array.from(vectors.subarray(0, size * d)))
    return { axes: transpose(rows), variances: values.slice(0, size) }
  }
  const width = Math.min(d, size + SPARE)
  const random = seededRandom(seed, 'principal axes')
  // Rows of `basis` are the vectors: orthonormalising then walks memory in order.
  const start = Float32Array.from({ length: width * d }, () => random.normal())
  let basis = await orthonormalRows(engine, matrix(width, d, start))
  for (let i = 0; i < ITERATIONS; i++) {
    basis = await orthonormalRows(engine, await engine.multiply(basis, covariance))
  }
  const small = await engine.multiplyByTransposed(await engine.multiply(basis, covariance), basis)
  const { values, vectors } = symmetricEigen(symmetrised(small), width)
  const turn = matrix(size, width, Float32Array.from(vectors.subarray(0, size * width)))
  return { axes: transpose(await engine.multiply(turn, basis)), variances: values.slice(0, size) }
}

/**
 * An orthonormal basis of the rows' span, by Cholesky factors of their Gram matrix, twice (CholeskyQR2, Fukaya et al.
 * 2014); by Gram–Schmidt, with zeros for rows that depend on earlier ones, where that breaks down.
 */
export async function orthonormalRows(engine: Engine, rows: Matrix): Promise<Matrix> {
  try {
    return await choleskyRows(engine, await choleskyRows(engine, rows))
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return gramSchmidt(rows)
  }
}

/**
 * A basis of the columns' span, orthonormal but for rounding, by one Cholesky factor of their Gram matrix; by
 * `orthonormalRows` of the transpose where that breaks down.
 */
export async function orthonormalColumns(engine: Engine, columns: Matrix): Promise<Matrix> {
  try {
    const across = inverseFactor(await engine.gram(columns))
    return await engine.multiplyByLower(columns, across)
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return transpose(await orthonormalRows(engine, transpose(columns)))
  }
}

async function choleskyRows(engine: Engine, rows: Matrix): Promise<Matrix> {
  return engine.lowerTimes(inverseFactor(await engine.multiplyByTransposed(rows, rows)), rows)
}

/** The inverse of a Gram matrix's Cholesky factor; throws `RangeError` where vectors depend on others. */
function inverseFactor({ rows: k, data }: Matrix): Matrix {
  const gram = Float64Array.from(data)
  let largest = 0
  for (let r = 0; r < k; r++) largest = Math.max(largest, gram[r * k + r]!)
  const lower = cholesky(gram, k)
  // In single precision nothing is left of a vector this small beside the others.
  for (let r = 0; r < k; r++) if (!(lower[r * k + r]! ** 2 > largest * 1e-9)) throw new RangeError('dependent rows')
  return matrix(k, k, Float32Array.from(invertLower(lower, k)))
}

function gramSchmidt(rows: Matrix): Matrix {
  const d = rows.cols
  const data = rows.data.slice()
  for (let r = 0; r < rows.rows; r++) {
    const start = r * d
    const before = norm(data, start, d)
    for (let pass = 0; pass < 2; pass++) {
      for (let q = 0; q < r; q++) {
        let dot = 0
        for (let j = 0; j < d; j++) dot += data[start + j]! * data[q * d + j]!
        for (let j = 0; j < d; j++) data[start + j] = data[start + j]! - dot * data[q * d + j]!
      }
    }
    const after = norm(data, start, d)
    const factor = after > before * 1e-5 ? 1 / after : 0
    for (let j = 0; j < d; j++) data[start + j] = data[start + j]! * factor
  }
  return matrix(rows.rows, d, data)
}

export function columnMeans(x: Matrix): Float64Array {
  const mean = new Float64Array(x.cols)
  for (let i = 0; i < x.rows; i++) addRow(mean, 0, x.data, i * x.cols, x.cols)
  return mean.map((sum) => sum / Math.max(1, x.rows))
}

/** A copy of x with `offset` taken from every row. */
export function subtractRow(x: Matrix, offset: Float64Array): Matrix {
  const out = new Float32Array(x.data.length)
  for (let i = 0; i < x.rows; i++) lessRow(out, x.data, i * x.cols, offset, 0, x.cols)
  return matrix(x.rows, x.cols, out)
}

function norm(data: Float32Array, start: number, length: number): number {
  let sum = 0
  for (let j = start; j < start + length; j++) sum += data[j]! * data[j]!
  return Math.sqrt(sum)
}

function symmetrised(m: Matrix): Float64Array {
  const d = m.cols
  return Float64Array.from({ length: d * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d]
    return (m.data[i * d + j]! + m.data[j * d + i]!) / 2
  })
}
