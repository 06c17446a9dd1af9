import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { cholesky, invertLower } from '../../numeric/cholesky.ts'
import type { Engine } from '../../numeric/engine.ts'
import { gatherColumns, gatherRows, type Matrix, matrix } from '../../numeric/matrix.ts'
import { columnMeans, subtractRow } from '../../numeric/pca.ts'
import { nth } from '../../numeric/select.ts'
import type { WindowView } from '../../view/window-view.ts'

/** Leading axes in which distances are measured. */
const AXES = 20
const CORE = 0.6
const ROUNDS = 5

/**
 * Log of the squared distance to the nearest class's core: the 60 % of the class nearest to their own median, found by
 * iteration, under their own covariance (Rousseeuw & Van Driessen 1999, A Fast Algorithm for the Minimum Covariance
 * Determinant Estimator). A record far from every core belongs to no class: it is foreign data.
 */
export class ClassCores implements Detector {
  readonly info: DetectorInfo = { name: 'class-cores', family: 'outlier', version: 1 }
  readonly needs = []
  readonly tags = { role: 'supporting' } as const

  async score(view: WindowView): Promise<Detection> {
    const reduced = await view.reduced()
    const axes = Math.min(AXES, reduced.cols)
    const leading = leadingColumns(reduced, axes)
    const nearest = new Float64Array(view.n).fill(Infinity)
    const ridge = (0.01 * totalVariance(reduced, axes)) / axes + 1e-12
    for (const members of classes(view)) {
      if (members.length < 2 * axes) continue
      const distances = await coreDistances(view.engine, leading, members, ridge)
      for (let i = 0; i < view.n; i++) nearest[i] = Math.min(nearest[i]!, distances[i]!)
    }
    const scores = nearest.map((squared) => (squared < Infinity ? Math.log(squared + 1e-6) : 0))
    const [core, own] =
      view.labels === null ? ['their core', 'most records'] : ['the core of every class', "a class's own records"]
    const why = (i: number) => `It lies ${Math.exp(scores[i]! / 2).toFixed(1)} times as far from ${core} as ${own} do.`
    return { scores, scale: 'relative', groups: [], why }
  }
}

function classes(view: WindowView): Int32Array[] {
  const all = Int32Array.from({ length: view.n }, (_, i) => i)
  const { labels } = view
  return labels === null ? [all] : labels.names.map((_, c) => all.filter((i) => labels.of[i] === c))
}

function leadingColumns(x: Matrix, d: number): Matrix {
  return gatherColumns(x, d === x.cols ? null : Int32Array.from({ length: d }, (_, j) => j))
}

/** Squared distances of every record to the core of `members`, in units of the core's own median. */
async function coreDistances(engine: Engine, x: Matrix, members: Int32Array, ridge: number): Promise<Float64Array> {
  const own = gatherRows(x, members)
  let core = own
  for (let round = 1; round < ROUNDS; round++) {
    const squared = await whitened(engine, own, core, ridge)
    const bound = quantile(squared, CORE)
    core = gatherRows(
      own,
      Int32Array.from(members.keys()).filter((at) => squared[at]! <= bound),
    )
  }
  // Only the last round measures records of other classes, too.
  const squared = await whitened(engine, x, core, ridge)
  const typical =
    quantile(
      Float64Array.from(members, (i) => squared[i]!),
      0.5,
    ) || 1
  return squared.map((value) => value / typical)
}

/** The squared distance of each row of x to the medians of the core, under the core's covariance. */
async function whitened(engine: Engine, x: Matrix, core: Matrix, ridge: number): Promise<Float64Array> {
  const d = x.cols
  const scatter = await engine.gram(subtractRow(core, columnMeans(core)))
  const covariance = Float64Array.from(scatter.data)
  for (let at = 0; at < covariance.length; at++) covariance[at]! /= core.rows
  for (let j = 0; j < d; j++) covariance[j * d + j]! += ridge
  const inverse = matrix(d, d, Float32Array.from(invertLower(cholesky(covariance, d), d)))
  return squaredLengths(await engine.multiplyByLower(subtractRow(x, mediansOf(core)), inverse))
}

function squaredLengths({ rows, cols, data }: Matrix): Float64Array {
  const out = new Float64Array(rows)
  for (let i = 0; i < rows; i++) {
    let sum = 0
    for (let at = i * cols; at < (i + 1) * cols; at++) sum += data[at]! * data[at]!
    out[i] = sum
  }
  return out
}

/** The median of each column. */
function mediansOf({ rows, cols, data }: Matrix): Float64Array {
  const column = new Float64Array(rows)
  const medians = new Float64Array(cols)
  for (let j = 0; j < cols; j++) {
    for (let i = 0; i < rows; i++) column[i] = data[i * cols + j]!
    medians[j] = quantile(column, 0.5)
  }
  return medians
}

function totalVariance(x: Matrix, d: number): number {
  let total = 0
  for (let j = 0; j < d; j++) {
    let [sum, squares] = [0, 0]
    for (let i = 0; i < x.rows; i++) {
      const value = x.data[i * x.cols + j]!
      sum += value
      squares += value * value
    }
    total += squares / x.rows - (sum / x.rows) ** 2
  }
  return total
}

function quantile(values: Float64Array, q: number): number {
  return nth(values.slice(), Math.min(values.length - 1, Math.floor(q * values.length))) ?? 0
}
