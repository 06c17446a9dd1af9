import { seededRandom } from '#core/random.ts'
import type { Neighbours } from '../view/window-view.ts'
import type { Engine } from './engine.ts'
import { sharedKernels } from './kernels/kernels.ts'
import { gatherRows, type Matrix, matrix, row, transpose } from './matrix.ts'
import { isMostlyZeros, nearestNeighbours } from './neighbours.ts'
import { addRow } from './rows.ts'

/** The fewest records that each record is compared with unless it is said, and the records of a list on average. */
const COMPARED = 1500
const LISTED = 100
/** Below this many times those, records are searched exactly: an approximation would save nothing. */
const WORTH = 3
const SETTLINGS = 2
/**
 * How many candidates beyond k are kept, and the room of a queue in multiples of what it keeps, as in `neighbours.ts`.
 */
const SPARE = 8
const ROOM = 3
/** How many points are searched for together. */
const TOGETHER = 256

/**
 * The k nearest rows of x for each row, nearest first, in time linear in the rows: rows are put in lists by their
 * nearest centre, and those of a list are compared only with the rows of the nearest lists (inverted files: Sivic &
 * Zisserman 2003, Video Google). Distances are exact; some neighbours are missed. Few rows are searched exactly.
 * Deterministic for a seed.
 */
export async function approximateNeighbours(
  engine: Engine,
  x: Matrix,
  k: number,
  seed: number,
  compared = COMPARED,
): Promise<Neighbours> {
  if (x.rows < WORTH * compared || k >= compared / 2) return nearestNeighbours(x, k)
  const { centres, listOf } = await listed(engine, x, seed)
  const lists = centres.rows
  const starts = new Int32Array(lists + 1)
  for (const list of listOf) starts[list + 1]!++
  for (let list = 0; list < lists; list++) starts[list + 1]! += starts[list]!
  const order = new Int32Array(x.rows)
  const next = starts.slice()
  listOf.forEach((list, i) => (order[next[list]!++] = i))
  const near = nearestNeighbours(centres, lists - 1)
  const found = searchLists(gatherRows(x, order), k + 1, starts, near, compared)
  return withoutSelf(found, order, k)
}

/**
 * The centres, drawn from the rows and moved to the means of their lists, and the list of each row. Lists may be empty.
 */
async function listed(engine: Engine, x: Matrix, seed: number): Promise<{ centres: Matrix; listOf: Int32Array }> {
  const lists = Math.max(2, Math.floor(x.rows / LISTED))
  let centres = gatherRows(x, seededRandom(seed, 'lists of neighbours').permutation(x.rows).slice(0, lists).sort())
  let listOf: Int32Array = new Int32Array(0)
  for (let round = 0; round <= SETTLINGS; round++) {
    listOf = await nearestCentre(engine, x, centres)
    if (round < SETTLINGS) centres = means(x, listOf, centres)
  }
  return { centres, listOf }
}

/** How many rows are compared with all centres at a time, so that memory stays bounded. */
const BLOCK = 4096

async function nearestCentre(engine: Engine, x: Matrix, centres: Matrix): Promise<Int32Array> {
  const halves = Float64Array.from(
    { length: centres.rows },
    (_, c) => row(centres, c).reduce((s, v) => s + v * v, 0) / 2,
  )
  const of = new Int32Array(x.rows)
  for (let from = 0; from < x.rows; from += BLOCK) {
    const rows = Math.min(BLOCK, x.rows - from)
    const part = matrix(rows, x.cols, x.data.subarray(from * x.cols, (from + rows) * x.cols))
    const { data } = await engine.multiplyByTransposed(part, centres)
    for (let i = 0; i < rows; i++) {
      let [best, least] = [0, Infinity]
      for (let c = 0; c < centres.rows; c++) {
        const key = halves[c]! - data[i * centres.rows + c]!
        if (key >= least) continue
        best = c
        least = key
      }
      of[from + i] = best
    }
  }
  return of
}

/** The mean of each list; the old centre where a list is empty. */
function means(x: Matrix, listOf: Int32Array, centres: Matrix): Matrix {
  const { cols } = x
  const sums = new Float64Array(centres.data.length)
  const counts = new Int32Array(centres.rows)
  listOf.forEach((list, i) => {
    counts[list]!++
    addRow(sums, list * cols, x.data, i * cols, cols)
  })
  const out = centres.data.slice()
  for (let at = 0; at < out.length; at++) {
    const count = counts[Math.floor(at / cols)]!
    if (count > 0) out[at] = sums[at]! / count
  }
  return matrix(centres.rows, cols, out)
}

/**
 * Neighbours by place in `sorted`, whose rows are ordered by list, each list beginning at `starts`; a row is among its
 * own neighbours.
 */
function searchLists(sorted: Matrix, size: number, starts: Int32Array, near: Neighbours, compared: number): Neighbours {
  const { rows: n, cols: d } = sorted
  const kernels = sharedKernels()
  const keep = size + SPARE
  const [base = 0, across = 0, norms = 0, tile = 0, scratch = 0, bounds = 0, counts = 0, ...rest] = kernels.reserve(
    4 * n * d,
    4 * n * d,
    4 * n,
    4 * TOGETHER * TOGETHER,
    kernels.productScratch,
    4 * TOGETHER,
    4 * TOGETHER,
    8 * TOGETHER * keep * ROOM,
    8 * keep * ROOM,
    4 * TOGETHER * size,
    4 * TOGETHER * size,
  )
  const [queues = 0, work = 0, index = 0, distance = 0] = rest
  kernels.floats(base, n * d).set(sorted.data)
  kernels.floats(across, n * d).set(transpose(sorted).data)
  kernels.squares(base, n, d, norms)
  const zeros = Number(isMostlyZeros(sorted))
  const out = { k: size, index: new Int32Array(n * size), distance: new Float32Array(n * size) }
  for (let list = 0; list + 1 < starts.length; list++) {
    const asked = enough(list, starts, near, compared)
    for (let first = starts[list]!; first < starts[list + 1]!; first += TOGETHER) {
      const some = Math.min(TOGETHER, starts[list + 1]! - first)
      const points = base + 4 * first * d
      kernels.openQueues(some, bounds, counts)
      for (const other of asked) {
        for (let from = starts[other]!; from < starts[other + 1]!; from += TOGETHER) {
          const cols = Math.min(TOGETHER, starts[other + 1]! - from)
          const target = [norms, tile, scratch, bounds, counts, queues] as const
          kernels.offer(points, 0, some, across, n, d, from, cols, ...target, keep, 0, zeros, 0)
        }
      }
      kernels.settle(points, some, base, d, counts, queues, keep, size, work, index, distance)
      out.index.set(kernels.integers(index, some * size), first * size)
      out.distance.set(kernels.floats(distance, some * size), first * size)
    }
  }
  return out
}

/** A list and those nearest to it, until they have as many records as each is compared with. */
function enough(list: number, starts: Int32Array, near: Neighbours, compared: number): number[] {
  const asked = [list]
  let held = starts[list + 1]! - starts[list]!
  for (let r = list * near.k; r < (list + 1) * near.k && held < compared; r++) {
    const other = near.index[r]!
    asked.push(other)
    held += starts[other + 1]! - starts[other]!
  }
  return asked
}

/** Neighbours by window index, without each row itself. */
function withoutSelf({ k: size, index, distance }: Neighbours, order: Int32Array, k: number): Neighbours {
  const n = order.length
  const out = { k, index: new Int32Array(n * k), distance: new Float32Array(n * k) }
  for (let place = 0; place < n; place++) {
    const i = order[place]!
    let to = i * k
    for (let r = place * size; r < (place + 1) * size && to < (i + 1) * k; r++) {
      if (index[r] === place) continue
      out.index[to] = order[index[r]!]!
      out.distance[to++] = distance[r]!
    }
  }
  return out
}
