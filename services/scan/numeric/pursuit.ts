import type { Engine } from './engine.ts'
import { sharedKernels } from './kernels/kernels.ts'
import { gatherRows, type Matrix, matrix, transpose } from './matrix.ts'

/** Projections below KNEE deviations do not pull; above CEILING they pull no harder, since one outlier is no group. */
const KNEE = 1.5
const CEILING = 5
/**
 * After this many rounds starts are compared; one with at least this cosine to an earlier one is dropped in its favour.
 */
const LOOK = 3
const SAME_WAY = 0.99
/** A start with fewer than FEWEST starts of at least this cosine, itself among them, has no group near it. */
const TOWARD_GROUP = 0.6
const FEWEST = 3
/** How many starts climb together: few enough that their projections fit the processor's cache. */
const TOGETHER = 64

/**
 * Directions toward small compact groups: projection pursuit (Friedman & Tukey 1974) from many records at once.
 * `starts` of the n rows of `whitened` (n × k, zero mean, unit covariance), evenly drawn, each start a direction at
 * themselves and climb the mean of a ramp of its projection; a group of records pulls its members' directions together.
 * After a few rounds, one direction continues for all that are about to arrive at the same place, and those with hardly
 * another one near them are dropped. Returns at most `most` unit rows, m × k, those at which most starts arrived first,
 * without near-repeats.
 */
export async function pursueGroups(
  engine: Engine,
  whitened: Matrix,
  { most = 40, starts = whitened.rows, rounds = 10 } = {},
): Promise<Matrix> {
  const stride = Math.max(1, whitened.rows / starts)
  const directions = unitRows(
    gatherRows(
      whitened,
      Array.from({ length: Math.floor(whitened.rows / stride) }, (_, s) => Math.floor(s * stride)),
    ),
  )
  const look = Math.min(LOOK, rounds)
  climb(directions, whitened, look)
  const { kept, counts } = apart(await engine.multiplyByTransposed(directions, directions))
  const some = gatherRows(directions, kept)
  climb(some, whitened, rounds - look)
  return gatherRows(some, peaks(await engine.multiplyByTransposed(some, some), counts, most))
}

/** The starts that continue, and how many starts each stands for. */
function apart(likeness: Matrix): { readonly kept: number[]; readonly counts: number[] } {
  const n = likeness.rows
  const kept: number[] = []
  const counts: number[] = []
  for (let i = 0; i < n; i++) {
    const to = likeness.data.subarray(i * n, (i + 1) * n)
    if (countAbove(to, TOWARD_GROUP) < FEWEST) continue
    const same = kept.findIndex((j) => to[j]! > SAME_WAY)
    if (same < 0) {
      kept.push(i)
      counts.push(1)
    } else counts[same]!++
  }
  return { kept, counts }
}

function countAbove(values: Float32Array, least: number): number {
  let count = 0
  for (let j = 0; j < values.length; j++) if (values[j]! > least) count++
  return count
}

/** Moves directions by `rounds` rounds of climbing, in place. */
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

/**
 * The chosen rows' indices, by how many starts point the same way, greedily, each group counted once; row i stands for
 * `of[i]` starts.
 */
function peaks(likeness: Matrix, of: readonly number[], most: number): number[] {
  const n = likeness.rows
  const free = new Uint8Array(n).fill(1)
  const starts = Int32Array.from(of)
  const counts = Array.from({ length: n }, (_, i) =>
    startsAbove(likeness.data.subarray(i * n, (i + 1) * n), 0.95, starts),
  )
  const order = counts.map((_, i) => i).sort((i, j) => counts[j]! - counts[i]! || i - j)
  const chosen: number[] = []
  for (const i of order) {
    if (!free[i] || counts[i]! < FEWEST) continue
    chosen.push(i)
    if (chosen.length === most) break
    for (let j = 0; j < n; j++) if (likeness.data[i * n + j]! > 0.9) free[j] = 0
  }
  return chosen
}

function startsAbove(values: Float32Array, least: number, starts: Int32Array): number {
  let count = 0
  for (let j = 0; j < values.length; j++) if (values[j]! > least) count += starts[j]!
  return count
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
