import { cholesky, invertLower } from '../../../numeric/cholesky.ts'
import type { Engine } from '../../../numeric/engine.ts'
import { type Matrix, matrix, varyingColumns } from '../../../numeric/matrix.ts'
import { addRow, lessRow } from '../../../numeric/rows.ts'
import type { Grouping } from '../../../view/samples.ts'

export interface Whitened {
  /** n × d: each record less its class mean, in coordinates where the pooled within-class covariance is the identity. */
  readonly rows: Matrix
  /** K × d: the class means less the grand mean of classes, in the same coordinates. */
  readonly means: Matrix
}

/** Features less their class means, and how they vary. */
export interface WithinClasses {
  /** n × d; zeros for records without a label. */
  readonly centred: Matrix
  /** d × d: centredᵀ · centred. */
  readonly scatter: Matrix
  /** d × d: the pooled covariance within classes. */
  readonly covariance: Float64Array
  /** K × d: the class means; zeros for a class without records. */
  readonly means: Float64Array
  /** K × d: the class means less the grand mean of classes. */
  readonly offsets: Matrix
}

async function withinClasses(engine: Engine, features: Matrix, labels: Grouping): Promise<WithinClasses> {
  const { rows: n, cols: d } = features
  const classes = labels.names.length
  const means = classMeans(features, labels)
  const centred = matrix(n, d)
  let labelled = 0
  for (let i = 0; i < n; i++) {
    const c = labels.of[i]!
    if (c < 0) continue
    labelled++
    lessRow(centred.data, features.data, i * d, means, c * d, d)
  }
  const scatter = await engine.gram(centred)
  const covariance = new Float64Array(scatter.data)
  for (let at = 0; at < covariance.length; at++) covariance[at]! /= Math.max(1, labelled)
  const offsets = matrix(classes, d)
  for (let j = 0; j < d; j++) {
    let grand = 0
    for (let c = 0; c < classes; c++) grand += means[c * d + j]! / classes
    for (let c = 0; c < classes; c++) offsets.data[c * d + j] = means[c * d + j]! - grand
  }
  return { centred, scatter, covariance, means, offsets }
}

interface Varying {
  /** The columns that are not the same in every row. */
  readonly x: Matrix
  readonly within: WithinClasses
}

/** Two detectors ask for the same features by the same labels. */
const known = new WeakMap<Matrix, { readonly labels: Grouping; readonly found: Promise<Varying> }>()

/** What varies of features, and how it does within classes: computed once for all who ask it of the same matrix and labels. */
export function varyingWithinClasses(engine: Engine, features: Matrix, labels: Grouping): Promise<Varying> {
  const before = known.get(features)
  if (before?.labels === labels) return before.found
  const x = varyingColumns(features)
  const found = withinClasses(engine, x, labels).then((within) => ({ x, within }))
  known.set(features, { labels, found })
  return found
}

/**
 * Whitens features by their pooled within-class covariance plus `ridge` on its diagonal. Whitening by the *other* classes
 * of class c, as the cross-class spectrum wants, needs no covariance of its own for each class: with W = I the pooled and
 * C the class's covariance, that of the others is (nI − n_c C)/(n − n_c), which shares C's eigenvectors.
 * Records without a label come out as zeros.
 */
export async function whiten(engine: Engine, within: WithinClasses, ridge: number): Promise<Whitened> {
  const d = within.centred.cols
  const covariance = within.covariance.slice()
  for (let i = 0; i < d; i++) covariance[i * d + i]! += ridge
  const whitening = matrix(d, d, new Float32Array(invertLower(cholesky(covariance, d), d)))
  return {
    rows: await engine.multiplyByLower(within.centred, whitening),
    means: await engine.multiplyByLower(within.offsets, whitening),
  }
}

/** K × d, row-major; zeros for a class without records. */
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

/** Mean variance within classes over all dimensions: the unit in which a ridge is chosen where features have no scale. */
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
