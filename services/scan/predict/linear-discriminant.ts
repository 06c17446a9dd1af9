import { cholesky, invertLower } from '../numeric/cholesky.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'

/** Added to the covariance's diagonal, as a share of its mean. */
const RIDGE = 1e-2
/** The fewest records from which a class's mean is estimated. */
const LEAST_RECORDS = 5
const LEAST_VARIANCE = 1e-9
const NOT_LEARNT = -1

/**
 * n × K: each label's probability by Gaussians with one covariance and a mean per class (Fisher 1936, The Use of
 * Multiple Measurements in Taxonomic Problems; Rao 1948), learnt from the records `from` alone. A class with fewer than
 * five of them has probability 0. Null where nothing can be learnt.
 */
export function linearDiscriminant(x: Matrix, labels: Grouping, from: Int32Array): Matrix | null {
  const { rows: n, cols: d } = x
  const kinds = labels.names.length
  const counts = new Int32Array(kinds)
  for (const i of from) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
  const classOf = (i: number) => {
    const label = labels.of[i]!
    return label >= 0 && counts[label]! >= LEAST_RECORDS ? label : NOT_LEARNT
  }
  const learnt = from.filter((i) => classOf(i) !== NOT_LEARNT)
  if (learnt.length <= d) return null
  const means = meansOf(x, learnt, classOf, counts)
  const whitener = invertLower(cholesky(covarianceOf(x, learnt, classOf, means), d), d)
  const white = (data: ArrayLike<number>, at: number) => whitened(whitener, data, at, d)
  const centres = Array.from(counts, (count, c) => (count >= LEAST_RECORDS ? white(means, c * d) : null))
  const out = matrix(n, kinds)
  for (let i = 0; i < n; i++) {
    const z = white(x.data, i * d)
    const odds = centres.map((centre, c) =>
      centre === null ? -Infinity : Math.log(counts[c]! / learnt.length) - squaredDistance(z, centre) / 2,
    )
    const highest = Math.max(...odds)
    const total = odds.reduce((sum, l) => sum + Math.exp(l - highest), 0)
    odds.forEach((l, c) => (out.data[i * kinds + c] = Math.exp(l - highest) / total))
  }
  return out
}

function meansOf(x: Matrix, learnt: Int32Array, classOf: (i: number) => number, counts: Int32Array): Float64Array {
  const d = x.cols
  const means = new Float64Array(counts.length * d)
  for (const i of learnt) {
    const c = classOf(i)
    for (let j = 0; j < d; j++) means[c * d + j]! += x.data[i * d + j]! / counts[c]!
  }
  return means
}

/** d × d, within classes, with a ridge. */
function covarianceOf(
  x: Matrix,
  learnt: Int32Array,
  classOf: (i: number) => number,
  means: Float64Array,
): Float64Array {
  const d = x.cols
  const covariance = new Float64Array(d * d)
  const offset = new Float64Array(d)
  for (const i of learnt) {
    const c = classOf(i)
    for (let j = 0; j < d; j++) offset[j] = x.data[i * d + j]! - means[c * d + j]!
    for (let a = 0; a < d; a++) addScaled(covariance, a * d, offset, offset[a]!, a + 1)
  }
  let trace = 0
  for (let a = 0; a < d; a++) trace += covariance[a * d + a]!
  for (let a = 0; a < d; a++) {
    covariance[a * d + a]! += (RIDGE * trace) / d + LEAST_VARIANCE
    for (let b = 0; b <= a; b++) {
      covariance[a * d + b]! /= learnt.length
      covariance[b * d + a] = covariance[a * d + b]!
    }
  }
  return covariance
}

function whitened(whitener: Float64Array, data: ArrayLike<number>, at: number, d: number): Float64Array {
  const z = new Float64Array(d)
  for (let a = 0; a < d; a++) z[a] = dotOf(whitener, a * d, data, at, a + 1)
  return z
}

// Loops over one row are functions of their own, which V8 compiles sooner, and once.

function addScaled(sums: Float64Array, at: number, row: Float64Array, factor: number, length: number): void {
  for (let j = 0; j < length; j++) sums[at + j] = sums[at + j]! + factor * row[j]!
}

function dotOf(a: Float64Array, at: number, b: ArrayLike<number>, from: number, length: number): number {
  let sum = 0
  for (let j = 0; j < length; j++) sum += a[at + j]! * b[from + j]!
  return sum
}

function squaredDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let j = 0; j < a.length; j++) sum += (a[j]! - b[j]!) ** 2
  return sum
}
