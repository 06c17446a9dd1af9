import type { Neighbours } from '../view/window-view.ts'
import type { Engine } from './engine.ts'
import { type Matrix, matrix } from './matrix.ts'

/** Rows of one block of the distance matrix: small enough that a block stays near the processor. */
const BLOCK = 256
/** Candidates taken beyond k, so that rounding in the products cannot lose a true neighbour at the edge. */
const SPARE = 8

/**
 * The k nearest rows of `base` for each row of `points`, exactly, nearest first, ties by index; a point is not its own
 * neighbour when `base` is `points` itself. k shrinks to what there is. Blocked products find the candidates; their
 * distances are then recomputed from differences, so that near-copies come out near 0 and not as rounding noise.
 */
export async function nearestNeighbours(engine: Engine, points: Matrix, k: number, base = points): Promise<Neighbours> {
  const own = base === points
  const size = Math.max(0, Math.min(k, base.rows - (own ? 1 : 0)))
  const index = new Int32Array(points.rows * size)
  const distance = new Float32Array(points.rows * size)
  if (size === 0) return { k: 0, index, distance }
  const norms = squaredNorms(base)
  const smallest = new SmallestOf(Math.min(base.rows, size + SPARE))
  for (let from = 0; from < points.rows; from += BLOCK) {
    const rows = Math.min(BLOCK, points.rows - from)
    const block = matrix(rows, points.cols, points.data.subarray(from * points.cols, (from + rows) * points.cols))
    const dots = (await engine.multiplyByTransposed(block, base)).data
    for (let r = 0; r < rows; r++) {
      const i = from + r
      smallest.clear()
      const start = r * base.rows
      let threshold = Infinity
      for (let j = 0; j < base.rows; j++) {
        const key = norms[j]! - 2 * dots[start + j]!
        if (key < threshold && !(own && j === i)) threshold = smallest.add(key, j)
      }
      writeNearest(smallest.take(), points, i, base, size, index, distance)
    }
  }
  return { k: size, index, distance }
}

function writeNearest(
  candidates: Int32Array,
  points: Matrix,
  i: number,
  base: Matrix,
  size: number,
  index: Int32Array,
  distance: Float32Array,
): void {
  const squared = Float64Array.from(candidates, (j) => squaredDistance(points, i, base, j))
  const order = Uint16Array.from(candidates, (_, slot) => slot)
  order.sort((a, b) => squared[a]! - squared[b]! || candidates[a]! - candidates[b]!)
  for (let r = 0; r < size; r++) {
    index[i * size + r] = candidates[order[r]!]!
    distance[i * size + r] = Math.sqrt(squared[order[r]!]!)
  }
}

function squaredNorms(m: Matrix): Float64Array {
  const out = new Float64Array(m.rows)
  for (let i = 0; i < m.rows; i++) {
    let sum = 0
    for (let j = i * m.cols; j < (i + 1) * m.cols; j++) sum += m.data[j]! * m.data[j]!
    out[i] = sum
  }
  return out
}

function squaredDistance(a: Matrix, i: number, b: Matrix, j: number): number {
  const cols = a.cols
  let sum = 0
  for (let c = 0; c < cols; c++) {
    const difference = a.data[i * cols + c]! - b.data[j * cols + c]!
    sum += difference * difference
  }
  return sum
}

/** Keeps the `size` smallest keys of a stream offered in index order; of equal keys the earlier ones stay. */
class SmallestOf {
  threshold = Infinity
  readonly #size: number
  readonly #keys: Float64Array
  readonly #ids: Int32Array
  #count = 0

  constructor(size: number) {
    this.#size = size
    this.#keys = new Float64Array(size * 3)
    this.#ids = new Int32Array(size * 3)
  }

  clear(): void {
    this.threshold = Infinity
    this.#count = 0
  }

  /** Takes a key below the threshold; returns the threshold from now on. */
  add(key: number, id: number): number {
    this.#keys[this.#count] = key
    this.#ids[this.#count++] = id
    if (this.#count === this.#keys.length) this.#shrink()
    return this.threshold
  }

  /** The ids of the smallest keys, in no order. */
  take(): Int32Array {
    if (this.#count > this.#size) this.#shrink()
    return this.#ids.subarray(0, this.#count)
  }

  /** Drops all but the smallest `size` by quickselect; the largest of them is the threshold from now on. */
  #shrink(): void {
    const last = this.#size - 1
    let [low, high] = [0, this.#count - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      const [key, id] = [this.#keys[middle]!, this.#ids[middle]!]
      let [left, right] = [low, high]
      while (left <= right) {
        while (this.#isBelow(left, key, id)) left++
        while (this.#isAbove(right, key, id)) right--
        if (left <= right) this.#swap(left++, right--)
      }
      if (last <= right) high = right
      else if (last >= left) low = left
      else break
    }
    this.#count = this.#size
    this.threshold = this.#keys[last]!
  }

  #isBelow(slot: number, key: number, id: number): boolean {
    const own = this.#keys[slot]!
    return own < key || (own === key && this.#ids[slot]! < id)
  }

  #isAbove(slot: number, key: number, id: number): boolean {
    const own = this.#keys[slot]!
    return own > key || (own === key && this.#ids[slot]! > id)
  }

  #swap(a: number, b: number): void {
    const [key, id] = [this.#keys[a]!, this.#ids[a]!]
    this.#keys[a] = this.#keys[b]!
    this.#ids[a] = this.#ids[b]!
    this.#keys[b] = key
    this.#ids[b] = id
  }
}
