import { type Random, seededRandom } from '#core/random.ts'
import { cholesky, invertLower } from '../numeric/cholesky.ts'
import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { squaresOf, sumOfSquares } from '../numeric/rows.ts'
import { cosines } from '../numeric/sweeps.ts'
import type { Grouping } from '../view/samples.ts'

const FEATURES = 512
const RIDGE = 1e-4
/** Width of the kernel, in units of the inputs' root mean square. */
const SCALE = 1
/** The highest leverage: a record with a leverage of 1 would divide by zero. */
const HIGHEST_LEVERAGE = 0.999

/**
 * n × K: the score of every class by kernel ridge regression on class indicators with random Fourier features (Rahimi &
 * Recht 2007, Random Features for Large-Scale Kernel Machines). Each record's score is by the fit without it, in closed
 * form from its leverage (Allen 1974, the PRESS statistic). `weights` (n) are how far each record's label is relied on;
 * records without a label have weight 0, and still have scores.
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
  const features = await cosineFeatures(engine, inputs, size, seed)
  const weight = weights.map((w, i) => (labels.of[i]! < 0 ? 0 : w))

  const halves = weight.map((w) => Math.sqrt(w))
  const gram = Float64Array.from((await engine.gram(features, halves)).data)
  for (let j = 0; j < size; j++) gram[j * size + j] = gram[j * size + j]! + RIDGE * n
  const whitener = matrix(size, size, Float32Array.from(invertLower(cholesky(gram, size), size)))
  const white = await engine.multiplyByLower(features, whitener)

  const wanted = matrix(n, classes)
  labels.of.forEach((label, i) => {
    if (label >= 0) wanted.data[i * classes + label] = 1
  })
  const coefficients = await engine.multiplyTransposed(white, wanted, weight)
  const scores = await engine.multiply(white, coefficients)
  for (let i = 0; i < n; i++) {
    const leverage = Math.min(HIGHEST_LEVERAGE, squaresOf(white.data, i * size, size) * weight[i]!)
    for (let at = i * classes; at < (i + 1) * classes; at++) {
      scores.data[at] = (scores.data[at]! - leverage * wanted.data[at]!) / (1 - leverage)
    }
  }
  return scores
}

async function cosineFeatures(engine: Engine, inputs: Matrix, size: number, seed: number): Promise<Matrix> {
  const random = seededRandom(seed, 'random features')
  const squares = sumOfSquares(inputs.data)
  const spread = Math.sqrt(squares / Math.max(1, inputs.rows)) || 1
  const frequencies = matrix(inputs.cols, size)
  drawNormals(frequencies.data, random, SCALE, spread)
  const phases = Float32Array.from({ length: size }, () => random.next() * 2 * Math.PI)
  const features = await engine.multiply(inputs, frequencies)
  cosines(features, phases)
  return features
}

function drawNormals(to: Float32Array, random: Random, scale: number, spread: number): void {
  for (let at = 0; at < to.length; at++) to[at] = (random.normal() * scale) / spread
}
