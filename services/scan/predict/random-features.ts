import { type Random, seededRandom } from '#core/random.ts'
import { cholesky, invertLower } from '../numeric/cholesky.ts'
import type { Engine } from '../numeric/engine.ts'
import { gatherRows, type Matrix, matrix, row } from '../numeric/matrix.ts'
import { squaresOfRows, sumOfSquares } from '../numeric/rows.ts'
import { cosines } from '../numeric/sweeps.ts'
import { learners } from './learners.ts'
import type { Grouping } from '../view/samples.ts'

const FEATURES = 512
const RIDGE = 1e-4
/** Width of the kernel, in units of the inputs' root mean square. */
const SCALE = 1
/** The highest leverage: a record with a leverage of 1 would divide by zero. */
const HIGHEST_LEVERAGE = 0.999

/** How many records that are not fitted are scored at a time, so that memory stays bounded. */
const BLOCK = 4096

/**
 * n × K: the score of every class by kernel ridge regression on class indicators with random Fourier features (Rahimi &
 * Recht 2007, Random Features for Large-Scale Kernel Machines). Each record's score is by the fit without it, in closed
 * form from its leverage (Allen 1974, the PRESS statistic). `weights` (n) are how far each record's label is relied on;
 * records without a label have weight 0, and still have scores. In a large window only `learners` are fitted, and the
 * others are scored by that fit.
 */
export async function leaveOneOutScores(
  engine: Engine,
  inputs: Matrix,
  labels: Grouping,
  weights: Float64Array,
  seed: number,
): Promise<Matrix> {
  const n = inputs.rows
  const classes = labels.names.length
  const size = Math.max(1, Math.min(FEATURES, Math.floor(n / 2)))
  const featuresOf = cosineFeatures(engine, inputs, size, seed)
  const fitted = fittedOf(labels, seed)
  const features = await featuresOf(fitted.length < n ? gatherRows(inputs, fitted) : inputs)
  const weight = Float64Array.from(fitted, (i) => (labels.of[i]! < 0 ? 0 : weights[i]!))

  const halves = weight.map((w) => Math.sqrt(w))
  const gram = Float64Array.from((await engine.gram(features, halves)).data)
  for (let j = 0; j < size; j++) gram[j * size + j] = gram[j * size + j]! + RIDGE * fitted.length
  const whitener = matrix(size, size, Float32Array.from(invertLower(cholesky(gram, size), size)))
  const white = await engine.multiplyByLower(features, whitener)

  const wanted = matrix(fitted.length, classes)
  fitted.forEach((i, at) => {
    const label = labels.of[i]!
    if (label >= 0) wanted.data[at * classes + label] = 1
  })
  const coefficients = await engine.multiplyTransposed(white, wanted, weight)
  const scores = await engine.multiply(white, coefficients)
  const squares = squaresOfRows(white.data, fitted.length, size)
  for (let i = 0; i < fitted.length; i++) {
    const leverage = Math.min(HIGHEST_LEVERAGE, squares[i]! * weight[i]!)
    for (let at = i * classes; at < (i + 1) * classes; at++) {
      scores.data[at] = (scores.data[at]! - leverage * wanted.data[at]!) / (1 - leverage)
    }
  }
  if (fitted.length === n) return scores
  const all = matrix(n, classes)
  fitted.forEach((i, at) => all.data.set(row(scores, at), i * classes))
  const others = without(n, fitted)
  const byFeature = await engine.multiplyTransposed(whitener, coefficients)
  for (let from = 0; from < others.length; from += BLOCK) {
    const block = others.subarray(from, from + BLOCK)
    const theirs = await engine.multiply(await featuresOf(gatherRows(inputs, block)), byFeature)
    block.forEach((i, at) => all.data.set(row(theirs, at), i * classes))
  }
  return all
}

/** The records that are fitted: all, or of more labelled records than a predictor learns from those that are drawn. */
function fittedOf({ of }: Grouping, seed: number): Int32Array {
  const all = Int32Array.from(of.keys())
  const labelled = all.filter((i) => of[i]! >= 0)
  const drawn = learners(labelled, seed)
  return drawn.length < labelled.length ? drawn : all
}

/** The numbers below n that are not `taken`. */
function without(n: number, taken: Int32Array): Int32Array {
  const isTaken = new Uint8Array(n)
  for (const i of taken) isTaken[i] = 1
  return Int32Array.from(isTaken.keys()).filter((i) => isTaken[i] === 0)
}

/** The random features of rows, in units of the spread of all `inputs`. */
function cosineFeatures(engine: Engine, inputs: Matrix, size: number, seed: number): (rows: Matrix) => Promise<Matrix> {
  const random = seededRandom(seed, 'random features')
  const squares = sumOfSquares(inputs.data)
  const spread = Math.sqrt(squares / Math.max(1, inputs.rows)) || 1
  const frequencies = matrix(inputs.cols, size)
  drawNormals(frequencies.data, random, SCALE, spread)
  const phases = Float32Array.from({ length: size }, () => random.next() * 2 * Math.PI)
  return async (rows) => {
    const features = await engine.multiply(rows, frequencies)
    cosines(features, phases)
    return features
  }
}

function drawNormals(to: Float32Array, random: Random, scale: number, spread: number): void {
  for (let at = 0; at < to.length; at++) to[at] = (random.normal() * scale) / spread
}
