import type { Neighbours } from '../view/window-view.ts'
import { type Kernels, sharedKernels } from './kernels/kernels.ts'
import { type Matrix, transpose } from './matrix.ts'

/** Points and records of one tile of products: small enough to stay near the processor. */
const TILE = 256
/** Candidates taken beyond k, so that rounding in the products cannot lose a true neighbour at the edge. */
const SPARE = 8
/** A queue of candidates has room for so many times what it keeps, as in `kernels/source/neighbours.as`. */
const ROOM = 3
/** Points whose queues are in memory at a time where the points are not the records that are searched. */
const POINTS = 4096

/**
 * The k nearest rows of `base` for each row of `points`, exactly, nearest first, ties by index; a point is not its own
 * neighbour when `base` is `points` itself. k shrinks to what there is. Blocked products find the candidates; their
 * distances are then recomputed from differences, so that near-copies come out near 0 and not as rounding noise.
 */
export function nearestNeighbours(points: Matrix, k: number, base = points): Neighbours {
  const own = base === points
  const size = Math.max(0, Math.min(k, base.rows - (own ? 1 : 0)))
  const index = new Int32Array(points.rows * size)
  const distance = new Float32Array(points.rows * size)
  if (size === 0) return { k: 0, index, distance }
  // Whoever searches a set for its own neighbours computes each product once for both.
  const some = own ? points.rows : POINTS
  const across = transpose(base)
  const zeros = Number(isMostlyZeros(points))
  for (let from = 0; from < points.rows; from += some) {
    const rows = Math.min(some, points.rows - from)
    const part = points.data.subarray(from * points.cols, (from + rows) * points.cols)
    const found = search(part, rows, base, across, own, size, zeros)
    index.set(found.index, from * size)
    distance.set(found.distance, from * size)
  }
  return { k: size, index, distance }
}

function search(
  points: Float32Array,
  m: number,
  base: Matrix,
  across: Matrix,
  own: boolean,
  size: number,
  zeros: number,
) {
  const { rows: n, cols: d } = base
  const kernels = sharedKernels()
  const keep = Math.min(n, size + SPARE)
  const at = reserved(kernels, m, n, d, keep, size, own)
  kernels.floats(at.base, n * d).set(base.data)
  kernels.floats(at.across, n * d).set(across.data)
  if (!own) kernels.floats(at.points, m * d).set(points)
  kernels.squares(at.base, n, d, at.norms)
  kernels.openQueues(m, at.bounds, at.counts)
  for (let first = 0; first < m; first += TILE) {
    const rows = Math.min(TILE, m - first)
    for (let from = own ? first : 0; from < n; from += TILE) {
      const cols = Math.min(TILE, n - from)
      const { across, norms, tile, scratch, bounds, counts, queues } = at
      const target = [norms, tile, scratch, bounds, counts, queues] as const
      kernels.offer(at.points, first, rows, across, n, d, from, cols, ...target, keep, Number(own), zeros)
    }
  }
  const { counts, queues, work, index, distance } = at
  kernels.settle(at.points, m, at.base, d, counts, queues, keep, size, work, index, distance)
  return { index: kernels.integers(index, m * size), distance: kernels.floats(distance, m * size) }
}

/** Rows of which at most this share is not zero, as levels of categories make them, are multiplied entry by entry. */
const FILLED = 0.2

/** Whether products skip zeros sooner than they multiply them. */
export function isMostlyZeros({ data }: Matrix): boolean {
  const most = FILLED * data.length
  let filled = 0
  for (let at = 0; at < data.length; at++) if (data[at] !== 0 && ++filled > most) return false
  return true
}

const BLOCKS = [
  'base',
  'across',
  'points',
  'norms',
  'tile',
  'scratch',
  'bounds',
  'counts',
  'queues',
  'work',
  'index',
  'distance',
] as const
type Places = Record<(typeof BLOCKS)[number], number>

/** Pointers to what a search of n records of d for the neighbours of m points needs. */
function reserved(kernels: Kernels, m: number, n: number, d: number, keep: number, size: number, own: boolean): Places {
  const sizes: Places = {
    base: 4 * n * d,
    across: 4 * n * d,
    points: own ? 0 : 4 * m * d,
    norms: 4 * n,
    tile: 4 * TILE * TILE,
    scratch: kernels.productScratch,
    bounds: 4 * m,
    counts: 4 * m,
    queues: 8 * m * keep * ROOM,
    work: 8 * keep * ROOM,
    index: 4 * m * size,
    distance: 4 * m * size,
  }
  const pointers = kernels.reserve(...BLOCKS.map((name) => sizes[name]))
  BLOCKS.forEach((name, slot) => (sizes[name] = pointers[slot] ?? 0))
  return own ? { ...sizes, points: sizes.base } : sizes
}
