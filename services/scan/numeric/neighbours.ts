import type { Neighbours } from '../view/window-view.ts'
import { type Kernels, sharedKernels } from './kernels/kernels.ts'
import { type Apart, apart, type Tile } from './apart.ts'
import { gatherRows, type Matrix, transpose } from './matrix.ts'

/** How many points, and records, a tile of products has: few enough for the processor's cache. */
const TILE = 256
/** How many candidates beyond k are kept, so that rounding in the products loses no true neighbour. */
const SPARE = 8
/** A queue of candidates has room for this many times what it keeps, as in `kernels/source/neighbours.as`. */
const ROOM = 3
/** How many points' queues are in memory at a time, where the points are not the records themselves. */
const POINTS = 4096

/**
 * The k nearest rows of `base` for each row of `points`, exact, nearest first, ties by index; a point is not its own
 * neighbour where `base` is `points` itself. k is reduced where there are fewer rows. Blocked products find the
 * candidates; their distances are then recomputed from differences, so that near-copies have a distance near 0 and not
 * rounding noise. `across`, the base with rows and columns exchanged where somebody has it, and `labels`, which tell
 * sets that lie too far apart to be compared, change nothing of that.
 */
export function nearestNeighbours(
  points: Matrix,
  k: number,
  base = points,
  { across, labels = null }: { readonly across?: Matrix; readonly labels?: Int32Array | null } = {},
): Neighbours {
  const own = base === points
  const size = Math.max(0, Math.min(k, base.rows - (own ? 1 : 0)))
  const index = new Int32Array(points.rows * size)
  const distance = new Float32Array(points.rows * size)
  if (size === 0) return { k: 0, index, distance }
  // A search of a set for its own neighbours computes each product once for both points.
  const some = own ? points.rows : POINTS
  const zeros = Number(isMostlyZeros(points))
  const sets = own && labels !== null && zeros === 0 ? apart(points, labels, TILE) : null
  if (sets !== null) return { k: size, ...searchApart(points, sets, size) }
  const turned = across ?? transpose(base)
  for (let from = 0; from < points.rows; from += some) {
    const rows = Math.min(some, points.rows - from)
    const part = points.data.subarray(from * points.cols, (from + rows) * points.cols)
    const found = search(part, rows, base, turned, own, size, zeros)
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
      kernels.offer(at.points, first, rows, across, n, d, from, cols, ...target, keep, Number(own), zeros, 0)
    }
  }
  const { counts, queues, work, index, distance } = at
  kernels.settle(at.points, m, at.base, d, counts, queues, keep, size, work, index, distance)
  return { index: kernels.integers(index, m * size), distance: kernels.floats(distance, m * size) }
}

/**
 * The same among a set's own records, those of the sets one after another: tiles of one set first, then only those of two
 * that may be nearer to one another than the neighbours found by then.
 */
function searchApart(x: Matrix, { order, tiles, gap }: Apart, size: number): Omit<Neighbours, 'k'> {
  const { rows: n, cols: d } = x
  const kernels = sharedKernels()
  const keep = Math.min(n, size + SPARE)
  const at = reserved(kernels, n, n, d, keep, size, false)
  const sorted = gatherRows(x, order)
  kernels.floats(at.base, n * d).set(x.data)
  kernels.floats(at.points, n * d).set(sorted.data)
  kernels.floats(at.across, n * d).set(transpose(sorted).data)
  kernels.integers(at.ids, n).set(order)
  kernels.squares(at.points, n, d, at.norms)
  kernels.openQueues(n, at.bounds, at.counts)
  const [bounds, norms] = [kernels.floats(at.bounds, n), kernels.floats(at.norms, n)]
  const target = [at.norms, at.tile, at.scratch, at.bounds, at.counts, at.queues] as const
  const compare = (one: Tile, other: Tile) =>
    kernels.offer(at.points, one.from, one.size, at.across, n, d, other.from, other.size, ...target, keep, 1, 0, at.ids)
  for (let a = 0; a < tiles.length; a++)
    for (let b = a; b < tiles.length && tiles[b]!.set === tiles[a]!.set; b++) compare(tiles[a]!, tiles[b]!)
  /** The square of the distance within which all neighbours of a tile's records lie. */
  const within = Float64Array.from(tiles, ({ from, size: records }) => {
    let most = 0
    for (let i = from; i < from + records; i++) most = Math.max(most, bounds[i]! + norms[i]!)
    return most
  })
  for (let a = 0; a < tiles.length; a++) {
    for (let b = a + 1; b < tiles.length; b++) {
      const [one, other] = [tiles[a]!, tiles[b]!]
      if (one.set !== other.set && !(gap(a, b) > Math.max(within[a]!, within[b]!))) compare(one, other)
    }
  }
  kernels.settle(at.points, n, at.base, d, at.counts, at.queues, keep, size, at.work, at.index, at.distance)
  const found = kernels.integers(at.index, n * size)
  const apartBy = kernels.floats(at.distance, n * size)
  const [index, distance] = [new Int32Array(n * size), new Float32Array(n * size)]
  order.forEach((i, place) => {
    index.set(found.subarray(place * size, (place + 1) * size), i * size)
    distance.set(apartBy.subarray(place * size, (place + 1) * size), i * size)
  })
  return { index, distance }
}

/** Where at most this share of the entries is not zero, as for levels of categories, products skip the zeros. */
const FILLED = 0.2

/** Whether products are faster if they skip zeros. */
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
  'ids',
] as const
type Places = Record<(typeof BLOCKS)[number], number>

/** Pointers to the blocks for a search among n records of d columns for the neighbours of m points. */
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
    ids: 4 * n,
  }
  const pointers = kernels.reserve(...BLOCKS.map((name) => sizes[name]))
  BLOCKS.forEach((name, slot) => (sizes[name] = pointers[slot] ?? 0))
  return own ? { ...sizes, points: sizes.base } : sizes
}
