import type { Engine } from './engine.ts'
import { type Matrix, matrix } from './matrix.ts'

/**
 * Rows less means. Those that are mostly zeros, as drawings are, are not written out: rows as they are and means are multiplied each by themselves, for products leave
 * zeros out. Single precision then loses some 10⁻⁷ of the squares of the means: only for rows of 0…1 whose covariance gets a ridge well beyond that.
 */
export interface Centred {
  readonly rows: Matrix
  /** What is still to be taken from the rows: of each the mean `of[i]`, of all means (K × d); null where the rows are centred. */
  readonly less: { readonly means: Float64Array; readonly of: Int32Array } | null
}

const known = new WeakMap<Matrix, Promise<Matrix>>()

/** xᵀ · x: computed once for all who ask it of the same matrix. */
function secondMoments(engine: Engine, x: Matrix): Promise<Matrix> {
  const found = known.get(x) ?? engine.gram(x)
  known.set(x, found)
  return found
}

/** The scatter of the columns `of` of x (of all where null) about means (K × d), which so many rows each have. */
export async function scatterAbout(
  engine: Engine,
  x: Matrix,
  of: Int32Array | null,
  means: Float64Array,
  counts: ArrayLike<number>,
): Promise<Matrix> {
  const whole = await secondMoments(engine, x)
  const d = of?.length ?? x.cols
  const taken = matrix(counts.length, d)
  for (let at = 0; at < taken.data.length; at++) taken.data[at] = Math.sqrt(counts[Math.floor(at / d)]!) * means[at]!
  const scatter = await engine.gram(taken)
  for (let j = 0; j < d; j++) {
    const from = (of?.[j] ?? j) * x.cols
    for (let l = 0; l < d; l++) scatter.data[j * d + l] = whole.data[from + (of?.[l] ?? l)]! - scatter.data[j * d + l]!
  }
  return scatter
}

/** Centred rows times the transpose of a lower triangle. */
export async function centredByLower(engine: Engine, { rows, less }: Centred, lower: Matrix): Promise<Matrix> {
  const out = await engine.multiplyByLower(rows, lower)
  if (less === null || rows.cols === 0) return out
  const classes = less.means.length / rows.cols
  const means = await engine.multiplyByLower(matrix(classes, rows.cols, Float32Array.from(less.means)), lower)
  for (let i = 0; i < rows.rows; i++) takeRow(out.data, i * out.cols, means.data, less.of[i]! * out.cols, out.cols)
  return out
}

function takeRow(out: Float32Array, at: number, means: Float32Array, from: number, length: number): void {
  for (let j = 0; j < length; j++) out[at + j] = out[at + j]! - means[from + j]!
}

/** Some of the rows, written out. */
export function centredRows({ rows, less }: Centred, of: ArrayLike<number>): Matrix {
  const d = rows.cols
  const out = matrix(of.length, d)
  for (let r = 0; r < of.length; r++) {
    const i = of[r]!
    out.data.set(rows.data.subarray(i * d, (i + 1) * d), r * d)
    if (less !== null)
      for (let j = 0; j < d; j++) out.data[r * d + j] = out.data[r * d + j]! - less.means[less.of[i]! * d + j]!
  }
  return out
}
