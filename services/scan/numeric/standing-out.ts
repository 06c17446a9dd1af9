import { backgroundOf } from './background.ts'
import type { Engine } from './engine.ts'
import { columnsThatVary, gatherColumns, gatherRows, type Matrix, matrix } from './matrix.ts'
import { addRow, addScaledRow, lessRow } from './rows.ts'

/** Rows of fewer columns are multiplied as they are: little is left out of them. */
const WIDE = 256

/** Deviations of a column that its mean may lie from its background. */
const FAR = 2

/** Rows less the background that most of them share, so that most of what is left is zeros, and their second moments. */
export interface StandingOut {
  /** n × d: the columns that vary, less the background. */
  readonly x: Matrix
  /** Which columns vary; null where all do. */
  readonly columns: Int32Array | null
  /** d × d: xᵀ · x. */
  readonly moments: Matrix
}

const known = new WeakMap<Matrix, Promise<StandingOut | null>>()

/**
 * What stands out of wide rows that are mostly background, as drawings are; null of any others, and of rows that are all the same. No column's background lies
 * farther than two deviations from its mean, so that products of what is left lose no more to rounding than those of centred rows, on whatever ground. Computed once for a matrix.
 */
export function standingOut(engine: Engine, rows: Matrix): Promise<StandingOut | null> {
  const before = known.get(rows)
  if (before !== undefined) return before
  const found = look(engine, rows)
  known.set(rows, found)
  return found
}

async function look(engine: Engine, rows: Matrix): Promise<StandingOut | null> {
  const background = rows.cols < WIDE ? null : backgroundOf(rows)
  if (background === null) return null
  const columns = columnsThatVary(rows)
  if (columns?.length === 0) return null
  const x = gatherColumns(rows, columns)
  const own = columns === null ? background : Float64Array.from(columns, (j) => background[j]!)
  const out = matrix(x.rows, x.cols)
  for (let i = 0; i < x.rows; i++) lessRow(out.data, x.data, i * x.cols, own, 0, x.cols)
  nearMeans(out)
  return { x: out, columns, moments: await engine.gram(out) }
}

/** Takes its mean from each column that lies farther than so many deviations from zero: its background was no value of most rows. */
function nearMeans({ rows, cols, data }: Matrix): void {
  const [sums, squares] = [new Float64Array(cols), new Float64Array(cols)]
  for (let i = 0; i < rows; i++) {
    addRow(sums, 0, data, i * cols, cols)
    addSquares(squares, data, i * cols)
  }
  const far = sums.map((sum, j) => {
    const mean = sum / rows
    return mean * mean > FAR * FAR * (squares[j]! / rows - mean * mean) ? mean : 0
  })
  if (far.some((mean) => mean !== 0)) for (let i = 0; i < rows; i++) lessRow(data, data, i * cols, far, 0, cols)
}

function addSquares(sums: Float64Array, data: Float32Array, from: number): void {
  for (let j = 0; j < sums.length; j++) sums[j] = sums[j]! + data[from + j]! * data[from + j]!
}

/** Rows less a row for each of some groups. */
export interface Grouped {
  /** Row-major, a row a group. */
  readonly means: Float64Array
  /** The group of each row; a row of group −1 is zeros. */
  readonly of: Int32Array
}

/** n × d: `x` less what `less` says, which products of mostly zeros take off last; null where nothing is to be taken. */
export interface Centred {
  readonly x: Matrix
  readonly less: Grouped | null
}

/** Centred rows times lowerᵀ. */
export async function centredByLower(engine: Engine, { x, less }: Centred, lower: Matrix): Promise<Matrix> {
  const out = await engine.multiplyByLower(x, lower)
  if (less === null) return out
  const groups = matrix(less.means.length / x.cols, x.cols, Float32Array.from(less.means))
  const means = Float64Array.from((await engine.multiplyByLower(groups, lower)).data)
  return take(out, { means, of: less.of })
}

/** Some centred rows, copied. */
export function gatherCentred({ x, less }: Centred, rows: Int32Array): Matrix {
  const out = gatherRows(x, rows)
  return less === null ? out : take(out, { means: less.means, of: rows.map((i) => less.of[i]!) })
}

function take(out: Matrix, { means, of }: Grouped): Matrix {
  const { rows, cols, data } = out
  for (let i = 0; i < rows; i++) {
    const group = of[i]!
    if (group < 0) data.fill(0, i * cols, (i + 1) * cols)
    else lessRow(data, data, i * cols, means, group * cols, cols)
  }
  return out
}

/** Second moments less `weights[g]` times the outer product of each row g of `means`, in double precision: those about these means. */
export function momentsAbout({ cols: d, data }: Matrix, means: Float64Array, weights: ArrayLike<number>): Matrix {
  const out = matrix(d, d)
  const row = new Float64Array(d)
  for (let a = 0; a < d; a++) {
    for (let b = 0; b <= a; b++) row[b] = data[a * d + b]!
    for (let g = 0; g < weights.length; g++) addScaledRow(row, means, g * d, -weights[g]! * means[g * d + a]!, a + 1)
    for (let b = 0; b <= a; b++) {
      out.data[a * d + b] = row[b]!
      out.data[b * d + a] = row[b]!
    }
  }
  return out
}

/** centredᵀ · centred of rows less their mean, in all their columns; null where they are not mostly background. */
export async function scatterOf(engine: Engine, rows: Matrix): Promise<Matrix | null> {
  const found = await standingOut(engine, rows)
  if (found === null) return null
  const { x, columns, moments } = found
  const mean = new Float64Array(x.cols)
  for (let i = 0; i < x.rows; i++) addRow(mean, 0, x.data, i * x.cols, x.cols)
  for (let j = 0; j < mean.length; j++) mean[j] = mean[j]! / Math.max(1, x.rows)
  const scatter = momentsAbout(moments, mean, [x.rows])
  if (columns === null) return scatter
  const out = matrix(rows.cols, rows.cols)
  for (let a = 0; a < x.cols; a++)
    for (let b = 0; b < x.cols; b++) out.data[columns[a]! * rows.cols + columns[b]!] = scatter.data[a * x.cols + b]!
  return out
}
