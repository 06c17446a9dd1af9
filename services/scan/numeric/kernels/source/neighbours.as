/**
 * Nearest neighbours. Products give keys (a squared distance less the point's own square), the smallest keys of each
 * point are kept in its queue, and what is left in the end is put in order by distances from differences.
 *
 * A queue has room for three times what it keeps: it is filled, cut to the smallest, filled again. Its bound is the
 * largest key kept at the last cut. Of equal keys those offered first stay: records are offered in the order of their ids.
 */
import { product } from './product'
import { productOfZeros } from './sparse'

const ROOM: i32 = 3
/** Every product is computed in full. */
const WHOLE: i32 = 0

/** Sums of squares of n rows of d, as floats. */
export function squares(x: usize, n: i32, d: i32, out: usize): void {
  for (let i = 0; i < n; i++, out += 4) {
    let sum: f64 = 0
    for (let j = 0; j < d; j++, x += 4) {
      const v = <f64>load<f32>(x)
      sum += v * v
    }
    store<f32>(out, <f32>sum)
  }
}

/** The queues of n points: bounds (n floats), then counts, and n × 3 × keep keys and ids. */
export function openQueues(n: i32, bounds: usize, counts: usize): void {
  memory.fill(counts, 0, <usize>n << 2)
  for (let i = 0; i < n; i++) store<f32>(bounds + (<usize>i << 2), Infinity)
}

/**
 * Offers columns `from` … `from + cols` of the base to the points `first` … `first + rows`, by a tile of products
 * (rows × cols): the base is d × n, column by column a record, and `zeros` says that most elements of points are none. With
 * `both`, the points are records of the base too, and are offered to those columns in turn; where the two ranges are one, no
 * point to itself.
 */
export function offer(
  points: usize,
  first: i32,
  rows: i32,
  base: usize,
  n: i32,
  d: i32,
  from: i32,
  cols: i32,
  norms: usize,
  tile: usize,
  scratch: usize,
  bounds: usize,
  counts: usize,
  keys: usize,
  ids: usize,
  keep: i32,
  both: bool,
  zeros: bool,
): void {
  memory.fill(tile, 0, (<usize>rows * <usize>cols) << 2)
  const start = points + ((<usize>first * <usize>d) << 2)
  const across = base + (<usize>from << 2)
  if (zeros) productOfZeros(rows, cols, d, start, across, n, tile)
  else product(rows, cols, d, start, d, 1, across, n, 1, tile, scratch, WHOLE)
  const own = both && first == from
  if (own) for (let r = 0; r < rows; r++) store<f32>(tile + (<usize>(r * cols + r) << 2), -Infinity)
  for (let r = 0; r < rows; r++) {
    const point = first + r
    const row = tile + (<usize>(r * cols) << 2)
    let bound = load<f32>(bounds + (<usize>point << 2))
    let c = 0
    for (; c + 4 <= cols; c += 4) {
      const key = keyOf(v128.load(norms + (<usize>(from + c) << 2)), v128.load(row + (<usize>c << 2)))
      if (!v128.any_true(f32x4.lt(key, f32x4.splat(bound)))) continue
      bound = add(point, from + c, f32x4.extract_lane(key, 0), bound, bounds, counts, keys, ids, keep)
      bound = add(point, from + c + 1, f32x4.extract_lane(key, 1), bound, bounds, counts, keys, ids, keep)
      bound = add(point, from + c + 2, f32x4.extract_lane(key, 2), bound, bounds, counts, keys, ids, keep)
      bound = add(point, from + c + 3, f32x4.extract_lane(key, 3), bound, bounds, counts, keys, ids, keep)
    }
    for (; c < cols; c++) {
      const key = load<f32>(norms + (<usize>(from + c) << 2)) - 2 * load<f32>(row + (<usize>c << 2))
      bound = add(point, from + c, key, bound, bounds, counts, keys, ids, keep)
    }
  }
  if (!both || own) return
  for (let r = 0; r < rows; r++) {
    const id = first + r
    const norm = load<f32>(norms + (<usize>id << 2))
    const row = tile + (<usize>(r * cols) << 2)
    let c = 0
    for (; c + 4 <= cols; c += 4) {
      const at = bounds + (<usize>(from + c) << 2)
      const key = keyOf(f32x4.splat(norm), v128.load(row + (<usize>c << 2)))
      if (!v128.any_true(f32x4.lt(key, v128.load(at)))) continue
      add(from + c, id, f32x4.extract_lane(key, 0), load<f32>(at), bounds, counts, keys, ids, keep)
      add(from + c + 1, id, f32x4.extract_lane(key, 1), load<f32>(at, 4), bounds, counts, keys, ids, keep)
      add(from + c + 2, id, f32x4.extract_lane(key, 2), load<f32>(at, 8), bounds, counts, keys, ids, keep)
      add(from + c + 3, id, f32x4.extract_lane(key, 3), load<f32>(at, 12), bounds, counts, keys, ids, keep)
    }
    for (; c < cols; c++) {
      const at = bounds + (<usize>(from + c) << 2)
      const key = norm - 2 * load<f32>(row + (<usize>c << 2))
      add(from + c, id, key, load<f32>(at), bounds, counts, keys, ids, keep)
    }
  }
}

// @ts-ignore: decorator
@inline
function keyOf(norms: v128, dots: v128): v128 {
  return f32x4.sub(norms, f32x4.mul(f32x4.splat(2), dots))
}

/** Takes a key below the bound; returns the bound from now on. */
function add(
  point: i32,
  id: i32,
  key: f32,
  bound: f32,
  bounds: usize,
  counts: usize,
  keys: usize,
  ids: usize,
  keep: i32,
): f32 {
  if (!(key < bound)) return bound
  const room = keep * ROOM
  const at = counts + (<usize>point << 2)
  const own = (<usize>point * <usize>room) << 2
  const count = load<i32>(at)
  store<f32>(keys + own + (<usize>count << 2), key)
  store<i32>(ids + own + (<usize>count << 2), id)
  if (count + 1 < room) {
    store<i32>(at, count + 1)
    return bound
  }
  cut(keys + own, ids + own, room, keep)
  store<i32>(at, keep)
  const largest = load<f32>(keys + own + (<usize>(keep - 1) << 2))
  store<f32>(bounds + (<usize>point << 2), largest)
  return largest
}

/**
 * Brings the smallest `keep` of `count` keys to the front, the largest of them last (quickselect, Hoare 1961). Which side of
 * the pivot a key is on is added, not branched on, for no processor foresees it.
 */
function cut(keys: usize, ids: usize, count: i32, keep: i32): void {
  const last = (<usize>keep - 1) << 2
  let low: usize = 0
  let high = (<usize>count - 1) << 2
  while (low < high) {
    const middle = ((low + high) >> 1) & ~3
    swap(keys + middle, keys + high)
    swap(ids + middle, ids + high)
    const key = load<f32>(keys + high)
    const id = load<i32>(ids + high)
    let left = low
    for (let at = low; at < high; at += 4) {
      const before = <usize>isBefore(load<f32>(keys + at), load<i32>(ids + at), key, id)
      swap(keys + at, keys + left)
      swap(ids + at, ids + left)
      left += before << 2
    }
    swap(keys + left, keys + high)
    swap(ids + left, ids + high)
    if (left == last) break
    if (left < last) low = left + 4
    else high = left - 4
  }
}

// @ts-ignore: decorator
@inline
function isBefore(key: f32, id: i32, other: f32, otherId: i32): i32 {
  return i32(key < other) | (i32(key == other) & i32(id < otherId))
}

// @ts-ignore: decorator
@inline
function swap(a: usize, b: usize): void {
  const held = load<i32>(a)
  store<i32>(a, load<i32>(b))
  store<i32>(b, held)
}

/**
 * Writes the `size` nearest of what the queues of `n` points hold, nearest first, ties by id: ids to `index` and distances
 * to `distance` (n × size). `rows` is the base, a record a row; `work` holds 3 × keep doubles. Queues are used up.
 */
export function settle(
  points: usize,
  n: i32,
  rows: usize,
  d: i32,
  counts: usize,
  keys: usize,
  ids: usize,
  keep: i32,
  size: i32,
  work: usize,
  index: usize,
  distance: usize,
): void {
  const room = keep * ROOM
  const length = (<usize>d) << 2
  for (let i = 0; i < n; i++) {
    const own = (<usize>i * <usize>room) << 2
    const held = ids + own
    let count = load<i32>(counts + (<usize>i << 2))
    if (count > keep) {
      cut(keys + own, held, count, keep)
      count = keep
    }
    const point = points + <usize>i * length
    for (let at = 0; at < count; at += 4) {
      // Four sums at a time, each in the order of the columns: one alone waits for itself.
      const a = rows + <usize>load<i32>(held + (<usize>at << 2)) * length
      const b = rows + <usize>load<i32>(held + (<usize>min(at + 1, count - 1) << 2)) * length
      const c = rows + <usize>load<i32>(held + (<usize>min(at + 2, count - 1) << 2)) * length
      const e = rows + <usize>load<i32>(held + (<usize>min(at + 3, count - 1) << 2)) * length
      let sa: f64 = 0
      let sb: f64 = 0
      let sc: f64 = 0
      let se: f64 = 0
      for (let j: usize = 0; j < length; j += 4) {
        const v = <f64>load<f32>(point + j)
        const da = v - <f64>load<f32>(a + j)
        const db = v - <f64>load<f32>(b + j)
        const dc = v - <f64>load<f32>(c + j)
        const de = v - <f64>load<f32>(e + j)
        sa += da * da
        sb += db * db
        sc += dc * dc
        se += de * de
      }
      const to = work + (<usize>at << 3)
      store<f64>(to, sa)
      store<f64>(to, sb, 8)
      store<f64>(to, sc, 16)
      store<f64>(to, se, 24)
    }
    sort(work, held, count)
    for (let r = 0; r < size; r++) {
      const to = (<usize>i * <usize>size + <usize>r) << 2
      store<i32>(index + to, load<i32>(held + (<usize>r << 2)))
      store<f32>(distance + to, <f32>sqrt(load<f64>(work + (<usize>r << 3))))
    }
  }
}

/** By insertion: they are few. */
function sort(squared: usize, ids: usize, count: i32): void {
  for (let at = 1; at < count; at++) {
    const value = load<f64>(squared + (<usize>at << 3))
    const id = load<i32>(ids + (<usize>at << 2))
    let to = at
    for (; to > 0; to--) {
      const other = load<f64>(squared + (<usize>(to - 1) << 3))
      const otherId = load<i32>(ids + (<usize>(to - 1) << 2))
      if (other < value || (other == value && otherId < id)) break
      store<f64>(squared + (<usize>to << 3), other)
      store<i32>(ids + (<usize>to << 2), otherId)
    }
    store<f64>(squared + (<usize>to << 3), value)
    store<i32>(ids + (<usize>to << 2), id)
  }
}
