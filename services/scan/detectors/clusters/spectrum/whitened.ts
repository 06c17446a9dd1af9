import { cholesky, invertLower } from '../../../numeric/cholesky.ts'
import type { Engine } from '../../../numeric/engine.ts'
import { gatherRows, type Matrix, matrix, trace, varyingColumns } from '../../../numeric/matrix.ts'
import { addRow, divide, lessRow } from '../../../numeric/rows.ts'
import {
  type Centred,
  centredByLower,
  momentsAbout,
  type StandingOut,
  standingOut,
} from '../../../numeric/standing-out.ts'
import type { Grouping } from '../../../view/samples.ts'

export interface Whitened {
  /**
   * n × d: each record less its class mean, in coordinates where the pooled within-class covariance is the identity.
   */
  readonly rows: Matrix
  /** K × d: the class means less the grand mean of classes, in the same coordinates. */
  readonly means: Matrix
}

/** Features less their class means, and their scatter. */
export interface WithinClasses {
  /** n × d; zeros for records without a label. */
  readonly centred: Centred
  /** d × d: centredᵀ · centred. */
  readonly scatter: Matrix
  /** d × d: the pooled covariance within classes. */
  readonly covariance: Float64Array
  /** K × d: the class means of what is centred; zeros for a class without records. */
  readonly means: Float64Array
  /** K × d: the class means less the grand mean of classes. */
  readonly offsets: Matrix
}

async function withinClasses(engine: Engine, features: Matrix, labels: Grouping): Promise<WithinClasses> {
  const { rows: n, cols: d } = features
  const means = classMeans(features, labels)
  const centred = matrix(n, d)
  for (let i = 0; i < n; i++) {
    const c = labels.of[i]!
    if (c >= 0) lessRow(centred.data, features.data, i * d, means, c * d, d)
  }
  return spreadAbout(means, { x: centred, less: null }, await engine.gram(centred), labels)
}

/** The same of what stands out of a background: its class means are taken from the products. */
async function withinClassesOf(engine: Engine, { x, moments }: StandingOut, labels: Grouping): Promise<WithinClasses> {
  const means = classMeans(x, labels)
  const scatter = momentsAbout(moments, means, labels.counts)
  const strays = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! < 0)
  if (strays.length > 0) {
    const theirs = await engine.gram(gatherRows(x, strays))
    for (let at = 0; at < theirs.data.length; at++) scatter.data[at]! -= theirs.data[at]!
  }
  return spreadAbout(means, { x, less: { means, of: labels.of } }, scatter, labels)
}

function spreadAbout(means: Float64Array, centred: Centred, scatter: Matrix, labels: Grouping): WithinClasses {
  const d = scatter.cols
  const classes = labels.names.length
  const labelled = labels.of.reduce((count, c) => count + Number(c >= 0), 0)
  const covariance = new Float64Array(scatter.data)
  divide(covariance, Math.max(1, labelled))
  const offsets = matrix(classes, d)
  for (let j = 0; j < d; j++) {
    let grand = 0
    for (let c = 0; c < classes; c++) grand += means[c * d + j]! / classes
    for (let c = 0; c < classes; c++) offsets.data[c * d + j] = means[c * d + j]! - grand
  }
  return { centred, scatter, covariance, means, offsets }
}

/**
 * The share of the second moments that is left within classes at least: of less, rounding in single precision leaves a
 * scatter that is not positive definite.
 */
const LEAST_LEFT = 0.02

interface Varying {
  /** The columns that are not the same in every row, less the background where there is one. */
  readonly x: Matrix
  readonly within: WithinClasses
}

/** Results by matrix: two detectors need the same features by the same labels. */
const known = new WeakMap<Matrix, { readonly labels: Grouping; readonly found: Promise<Varying> }>()

/** The columns that vary, and their scatter within classes; computed once for the same matrix and labels. */
export function varyingWithinClasses(engine: Engine, features: Matrix, labels: Grouping): Promise<Varying> {
  const before = known.get(features)
  if (before?.labels === labels) return before.found
  const found = vary(engine, features, labels)
  known.set(features, { labels, found })
  return found
}

async function vary(engine: Engine, features: Matrix, labels: Grouping): Promise<Varying> {
  const apart = await standingOut(engine, features)
  if (apart !== null) {
    const within = await withinClassesOf(engine, apart, labels)
    if (trace(within.scatter) > LEAST_LEFT * trace(apart.moments)) return { x: apart.x, within }
  }
  const x = varyingColumns(features)
  return { x, within: await withinClasses(engine, x, labels) }
}

/**
 * Whitens features by their pooled within-class covariance plus `ridge` on its diagonal. The cross-class spectrum
 * whitens by the *other* classes of class c, which needs no second covariance for each class: with W = I the pooled
 * covariance and C the class's, the other classes have (nI − n_c C)/(n − n_c), which shares C's eigenvectors. Records
 * without a label become zeros.
 */
export async function whiten(engine: Engine, within: WithinClasses, ridge: number): Promise<Whitened> {
  const d = within.scatter.cols
  const covariance = within.covariance.slice()
  for (let i = 0; i < d; i++) covariance[i * d + i]! += ridge
  const whitening = matrix(d, d, new Float32Array(invertLower(cholesky(covariance, d), d)))
  return {
    rows: await centredByLower(engine, within.centred, whitening),
    means: await engine.multiplyByLower(within.offsets, whitening),
  }
}

/** The class means: K × d, row-major; zeros for a class without records. */
function classMeans(features: Matrix, labels: Grouping): Float64Array {
  const { rows: n, cols: d } = features
  const means = new Float64Array(labels.names.length * d)
  for (let i = 0; i < n; i++) {
    const c = labels.of[i]!
    if (c >= 0) addRow(means, c * d, features.data, i * d, d)
  }
  labels.counts.forEach((count, c) => {
    for (let j = c * d; j < (c + 1) * d; j++) means[j]! /= Math.max(1, count)
  })
  return means
}

/** Mean variance within classes over all dimensions: the unit of a ridge for features without a scale of their own. */
export function withinVariance(features: Matrix, labels: Grouping): number {
  const { rows: n, cols: d } = features
  const means = classMeans(features, labels)
  let sum = 0
  let count = 0
  for (let i = 0; i < n; i++) {
    const c = labels.of[i]!
    if (c < 0) continue
    count++
    for (let j = 0; j < d; j++) sum += (features.data[i * d + j]! - means[c * d + j]!) ** 2
  }
  return sum / Math.max(1, count * d)
}
