import type { Engine } from './engine.ts'
import { sharedKernels } from './kernels/kernels.ts'
import { gatherRows, type Matrix, matrix, transpose } from './matrix.ts'

/** Projections below this many deviations do not pull; above the other they pull no harder: one outlier is not a group. */
const KNEE = 1.5
const CEILING = 5
/** Starts that climb together: their projections stay near the processor. */
const TOGETHER = 64

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
  const directions = unitRows(
    gatherRows(
      whitened,
      Array.from({ length: Math.floor(whitened.rows / stride) }, (_, s) => Math.floor(s * stride)),
    ),
  )
  climb(directions, whitened, rounds)
  const likeness = await engine.multiplyByTransposed(directions, directions)
  const chosen = peaks(likeness, most)
  const out = matrix(chosen.length, k)
  chosen.forEach((from, to) => out.data.set(directions.data.subarray(from * k, (from + 1) * k), to * k))
  return out
}

/** Overwrites directions by where `rounds` rounds from them lead. */
function climb(directions: Matrix, whitened: Matrix, rounds: number): void {
  const { rows: n, cols: k } = whitened
  const kernels = sharedKernels()
  const [scratch = 0, rows = 0, across = 0, starts = 0, next = 0, projected = 0] = kernels.reserve(
    kernels.productScratch,
    4 * n * k,
    4 * n * k,
    4 * TOGETHER * k,
    4 * TOGETHER * k,
    4 * TOGETHER * n,
  )
  kernels.floats(rows, n * k).set(whitened.data)
  kernels.floats(across, n * k).set(transpose(whitened).data)
  for (let from = 0; from < directions.rows; from += TOGETHER) {
    const some = Math.min(TOGETHER, directions.rows - from)
    const part = directions.data.subarray(from * k, (from + some) * k)
    kernels.floats(starts, some * k).set(part)
    kernels.climb(rows, across, n, k, starts, some, rounds, KNEE, CEILING - KNEE, projected, next, scratch)
    part.set(kernels.floats(starts, some * k))
  }
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
