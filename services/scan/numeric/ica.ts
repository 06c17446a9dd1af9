import { seededRandom } from '#core/random.ts'
import type { Engine } from './engine.ts'
import { type Matrix, matrix } from './matrix.ts'
import { orthonormalRows } from './subspace.ts'
import { tanhs } from './sweeps.ts'

/**
 * Symmetric FastICA with the log-cosh contrast (Hyvärinen 1999, Fast and robust fixed-point algorithms for independent
 * component analysis). `whitened` is n × k with zero mean and unit covariance. Returns k × k: row j is the unit direction
 * of component j. Deterministic for a seed; stops after `rounds` or once every direction turns by less than `tolerance`.
 */
export async function fastIca(
  engine: Engine,
  whitened: Matrix,
  seed: number,
  { rounds = 40, tolerance = 1e-3 } = {},
): Promise<Matrix> {
  const { rows: n, cols: k } = whitened
  const random = seededRandom(seed, 'ica')
  let w = matrix(k, k)
  for (let i = 0; i < w.data.length; i++) w.data[i] = random.normal()
  w = orthonormalRows(w)
  for (let round = 0; round < rounds; round++) {
    const projected = await engine.multiplyByTransposed(w, whitened)
    const slopes = tanhs(projected)
    const next = await engine.multiply(projected, whitened)
    for (let j = 0; j < k; j++) {
      for (let i = 0; i < k; i++) next.data[j * k + i] = next.data[j * k + i]! / n - slopes[j]! * w.data[j * k + i]!
    }
    const turned = await nearestOrthogonal(engine, next)
    const change = largestTurn(w, turned)
    w = turned
    if (change < tolerance) break
  }
  return w
}

/** (W Wᵀ)^(−1/2) W by Newton–Schulz: the orthogonal matrix closest to `w`. */
async function nearestOrthogonal(engine: Engine, w: Matrix): Promise<Matrix> {
  const k = w.rows
  // Converges for a spectral norm below √3; the largest absolute row sum of W Wᵀ bounds its square.
  const outer = await engine.multiplyByTransposed(w, w)
  let bound = 0
  for (let i = 0; i < k; i++) {
    let sum = 0
    for (let j = 0; j < k; j++) sum += Math.abs(outer.data[i * k + j]!)
    bound = Math.max(bound, sum)
  }
  let x = matrix(
    k,
    k,
    w.data.map((v) => v / Math.sqrt(bound || 1)),
  )
  for (let step = 0; step < 30; step++) {
    const gram = await engine.multiplyByTransposed(x, x)
    let away = 0
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) away = Math.max(away, Math.abs(gram.data[i * k + j]! - (i === j ? 1 : 0)))
    }
    if (away < 1e-4) break
    const cubed = await engine.multiply(gram, x)
    x = matrix(
      k,
      k,
      x.data.map((v, at) => 1.5 * v - 0.5 * cubed.data[at]!),
    )
  }
  return x
}

function largestTurn(a: Matrix, b: Matrix): number {
  let turn = 0
  for (let j = 0; j < a.rows; j++) {
    let along = 0
    for (let i = 0; i < a.cols; i++) along += a.data[j * a.cols + i]! * b.data[j * a.cols + i]!
    turn = Math.max(turn, 1 - Math.abs(along))
  }
  return turn
}
