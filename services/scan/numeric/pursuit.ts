import type { Engine } from './engine.ts'
import { gatherRows, type Matrix, matrix } from './matrix.ts'
import { ramp } from './sweeps.ts'

/** Projections below this many deviations do not pull; above the other they pull no harder: one outlier is not a group. */
const KNEE = 1.5
const CEILING = 5

/**
 * Directions toward small compact groups: projection pursuit (Friedman & Tukey 1974) from many records at once. Of the
 * n rows of `whitened` (n × k, zero mean, unit covariance) `starts`, evenly spread, each start a direction at themselves and climb the mean of a
 * ramp of its projection; a group of records pulls its members' directions together. Returns m × k unit rows, those that
 * most starts arrived at first, without near-repeats; at most `most`.
 */
export async function pursueGroups(
  engine: Engine,
  whitened: Matrix,
  { most = 40, starts = whitened.rows, rounds = 10 } = {},
): Promise<Matrix> {
  const k = whitened.cols
  const stride = Math.max(1, whitened.rows / starts)
  let directions = unitRows(
    gatherRows(
      whitened,
      Array.from({ length: Math.floor(whitened.rows / stride) }, (_, s) => Math.floor(s * stride)),
    ),
  )
  for (let round = 0; round < rounds; round++) {
    const projected = await engine.multiplyByTransposed(directions, whitened)
    ramp(projected, KNEE, CEILING - KNEE)
    directions = unitRows(await engine.multiply(projected, whitened))
  }
  const likeness = await engine.multiplyByTransposed(directions, directions)
  const chosen = peaks(likeness, most)
  const out = matrix(chosen.length, k)
  chosen.forEach((from, to) => out.data.set(directions.data.subarray(from * k, (from + 1) * k), to * k))
  return out
}

/** Row indices by how many rows point the same way, greedily, each group counted once. */
function peaks(likeness: Matrix, most: number): number[] {
  const n = likeness.rows
  const free = new Uint8Array(n).fill(1)
  const counts = Array.from({ length: n }, (_, i) => {
    let count = 0
    for (let j = 0; j < n; j++) if (likeness.data[i * n + j]! > 0.95) count++
    return count
  })
  const order = counts.map((_, i) => i).sort((i, j) => counts[j]! - counts[i]! || i - j)
  const chosen: number[] = []
  for (const i of order) {
    if (!free[i] || counts[i]! < 3) continue
    chosen.push(i)
    if (chosen.length === most) break
    for (let j = 0; j < n; j++) if (likeness.data[i * n + j]! > 0.9) free[j] = 0
  }
  return chosen
}

function unitRows(m: Matrix): Matrix {
  const out = matrix(m.rows, m.cols, m.data.slice())
  for (let i = 0; i < m.rows; i++) {
    let sum = 0
    for (let j = i * m.cols; j < (i + 1) * m.cols; j++) sum += out.data[j]! ** 2
    const scale = sum > 0 ? 1 / Math.sqrt(sum) : 0
    for (let j = i * m.cols; j < (i + 1) * m.cols; j++) out.data[j]! *= scale
  }
  return out
}
