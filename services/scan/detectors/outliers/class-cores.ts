import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { cholesky, invertLower } from '../../numeric/cholesky.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { nth } from '../../numeric/select.ts'
import type { WindowView } from '../../view/window-view.ts'

/** Leading axes that distances are taken in. */
const AXES = 20
const CORE = 0.6
const ROUNDS = 5

/**
 * Log of the squared distance to the nearest class's core: the 60 % of the class nearest to their own median, found by
 * iteration, under their own covariance (Rousseeuw & Van Driessen 1999, A Fast Algorithm for the Minimum Covariance
 * Determinant Estimator). Far from every core is what belongs to no class: foreign data.
 */
export class ClassCores implements Detector {
  readonly info: DetectorInfo = { name: 'class-cores', family: 'outlier', version: 1 }
  readonly needs = []
  readonly tags = { role: 'supporting' } as const

  async score(view: WindowView): Promise<Detection> {
    const reduced = await view.reduced()
    const axes = Math.min(AXES, reduced.cols)
    const nearest = new Float64Array(view.n).fill(Infinity)
    const ridge = (0.01 * totalVariance(reduced, axes)) / axes + 1e-12
    for (const members of classes(view)) {
      if (members.length < 2 * axes) continue
      const distances = coreDistances(reduced, axes, members, ridge)
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

/** Squared distances of every record to the core of `members`, in units of the core's own median. */
function coreDistances(x: Matrix, d: number, members: Int32Array, ridge: number): Float64Array {
  let core = members
  let squared = new Float64Array(0)
  const all = Int32Array.from({ length: x.rows }, (_, i) => i)
  for (let round = 0; round < ROUNDS; round++) {
    const last = round === ROUNDS - 1
    const centre = mediansOf(x, d, core)
    // Only the last round is asked about records of other classes.
    squared = whitened(x, d, last ? all : members, centre, covarianceOf(x, d, core, ridge))
    if (last) break
    const bound = quantile(squared, CORE)
    core = members.filter((_, at) => squared[at]! <= bound)
  }
  const typical =
    quantile(
      Float64Array.from(members, (i) => squared[i]!),
      0.5,
    ) || 1
  return squared.map((value) => value / typical)
}

function covarianceOf(x: Matrix, d: number, members: Int32Array, ridge: number): Float64Array {
  const mean = new Float64Array(d)
  for (const i of members) for (let j = 0; j < d; j++) mean[j]! += x.data[i * x.cols + j]! / members.length
  const covariance = new Float64Array(d * d)
  const offset = new Float64Array(d)
  for (const i of members) {
    for (let a = 0; a < d; a++) offset[a] = x.data[i * x.cols + a]! - mean[a]!
    for (let a = 0; a < d; a++) {
      const u = offset[a]!
      for (let b = 0; b <= a; b++) covariance[a * d + b]! += (u * offset[b]!) / members.length
    }
  }
  for (let a = 0; a < d; a++) {
    covariance[a * d + a]! += ridge
    for (let b = 0; b < a; b++) covariance[b * d + a] = covariance[a * d + b]!
  }
  return covariance
}

/** The squared distance of each of the records `of` to the centre, under the covariance. */
function whitened(
  x: Matrix,
  d: number,
  of: Int32Array,
  centre: Float64Array,
  covariance: Float64Array,
): Float64Array<ArrayBuffer> {
  const inverse = invertLower(cholesky(covariance, d), d)
  const offset = new Float64Array(d)
  const out = new Float64Array(of.length)
  for (let at = 0; at < of.length; at++) {
    const start = of[at]! * x.cols
    for (let b = 0; b < d; b++) offset[b] = x.data[start + b]! - centre[b]!
    out[at] = squaredLength(inverse, offset)
  }
  return out
}

/** Of the lower triangle times the offset. */
function squaredLength(lower: Float64Array, offset: Float64Array): number {
  const d = offset.length
  let squared = 0
  for (let a = 0; a < d; a++) {
    let sum = 0
    for (let b = 0; b <= a; b++) sum += lower[a * d + b]! * offset[b]!
    squared += sum * sum
  }
  return squared
}

/** The medians of the first columns over some rows. */
function mediansOf(x: Matrix, d: number, of: Int32Array): Float64Array {
  const column = new Float64Array(of.length)
  const medians = new Float64Array(d)
  for (let j = 0; j < d; j++) {
    for (let at = 0; at < of.length; at++) column[at] = x.data[of[at]! * x.cols + j]!
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
