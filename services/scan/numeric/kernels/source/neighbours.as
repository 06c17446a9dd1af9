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

/** The queues of n points: bounds (n floats), then counts, and n × 3 × keep candidates of eight bytes. */
export function openQueues(n: i32, bounds: usize, counts: usize): void {
  memory.fill(counts, 0, <usize>n << 2)
  for (let i = 0; i < n; i++) store<f32>(bounds + (<usize>i << 2), Infinity)
}

/**
 * Offers columns `from` … `from + cols` of the base to the points `first` … `first + rows`, by a tile of products
 * (rows × cols): the base is d × n, column by column a record, and `zeros` says that most elements of points are none. With
 * `both`, the points are records of the base too, and are offered to those columns in turn; where the two ranges are one, no
 * point to itself. `ids` are the numbers of the columns, where these are in another order (0 where they are not).
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
  queues: usize,
  keep: i32,
  both: bool,
  zeros: bool,
  ids: usize,
): void {
  memory.fill(tile, 0, (<usize>rows * <usize>cols) << 2)
  const start = points + ((<usize>first * <usize>d) << 2)
  const across = base + (<usize>from << 2)
  if (zeros) productOfZeros(rows, cols, d, start, across, n, tile, scratch)
  else product(rows, cols, d, start, d, 1, across, n, 1, tile, scratch, WHOLE)
  const own = both && first == from
  if (own) for (let r = 0; r < rows; r++) store<f32>(tile + (<usize>(r * cols + r) << 2), -Infinity)
  for (let r = 0; r < rows; r++) {
    const point = first + r
    const row = tile + (<usize>(r * cols) << 2)
    let bound = load<f32>(bounds + (<usize>point << 2))
    let c = 0
    for (; c + 8 <= cols; c += 8) {
      const norm = norms + (<usize>(from + c) << 2)
      const dot = row + (<usize>c << 2)
      const least = f32x4.splat(bound)
      const left = f32x4.lt(keyOf(v128.load(norm), v128.load(dot)), least)
      const right = f32x4.lt(keyOf(v128.load(norm, 16), v128.load(dot, 16)), least)
      if (!v128.any_true(v128.or(left, right))) continue
      for (let near = i32x4.bitmask(left) | (i32x4.bitmask(right) << 4); near != 0; near &= near - 1) {
        const lane = ctz(near)
        const key = load<f32>(norm + (<usize>lane << 2)) - 2 * load<f32>(dot + (<usize>lane << 2))
        bound = add(point, from + c + lane, key, bound, bounds, counts, queues, keep, ids)
      }
    }
    for (; c < cols; c++) {
      const key = load<f32>(norms + (<usize>(from + c) << 2)) - 2 * load<f32>(row + (<usize>c << 2))
      bound = add(point, from + c, key, bound, bounds, counts, queues, keep, ids)
    }
  }
  if (!both || own) return
  for (let r = 0; r < rows; r++) {
    const id = first + r
    const norm = load<f32>(norms + (<usize>id << 2))
    const row = tile + (<usize>(r * cols) << 2)
    let c = 0
    const norms = f32x4.splat(norm)
    for (; c + 8 <= cols; c += 8) {
      const at = bounds + (<usize>(from + c) << 2)
      const dot = row + (<usize>c << 2)
      const left = f32x4.lt(keyOf(norms, v128.load(dot)), v128.load(at))
      const right = f32x4.lt(keyOf(norms, v128.load(dot, 16)), v128.load(at, 16))
      if (!v128.any_true(v128.or(left, right))) continue
      for (let near = i32x4.bitmask(left) | (i32x4.bitmask(right) << 4); near != 0; near &= near - 1) {
        const lane = ctz(near)
        const key = norm - 2 * load<f32>(dot + (<usize>lane << 2))
        add(from + c + lane, id, key, load<f32>(at + (<usize>lane << 2)), bounds, counts, queues, keep, ids)
      }
    }
    for (; c < cols; c++) {
      const at = bounds + (<usize>(from + c) << 2)
      const key = norm - 2 * load<f32>(row + (<usize>c << 2))
      add(from + c, id, key, load<f32>(at), bounds, counts, queues, keep, ids)
    }
  }
}

// @ts-ignore: decorator
@inline
function keyOf(norms: v128, dots: v128): v128 {
  return f32x4.sub(norms, f32x4.mul(f32x4.splat(2), dots))
}

/**
 * Takes a key below the bound; returns the bound from now on. Records in another order than that of their ids may bring a
 * smaller id with the same key, and are cut by both: their bound is the next number above the largest key kept.
 */
function add(
  point: i32,
  place: i32,
  key: f32,
  bound: f32,
  bounds: usize,
  counts: usize,
  queues: usize,
  keep: i32,
  ids: usize,
): f32 {
  if (!(key < bound)) return bound
  const room = keep * ROOM
  const id = ids == 0 ? place : load<i32>(ids + (<usize>place << 2))
  const at = counts + (<usize>point << 2)
  const own = queues + ((<usize>point * <usize>room) << 3)
  const count = load<i32>(at)
  store<u64>(own + (<usize>count << 3), candidateOf(key, id))
  if (count + 1 < room) {
    store<i32>(at, count + 1)
    return bound
  }
  cut(own, room, keep)
  store<i32>(at, keep)
  let largest = keyIn(load<u64>(own + (<usize>(keep - 1) << 3)))
  if (ids != 0) largest = above(largest)
  store<f32>(bounds + (<usize>point << 2), largest)
  return largest
}

/** A key and an id as one number, in their order: of equal keys the smaller id comes first. */
// @ts-ignore: decorator
@inline
function candidateOf(key: f32, id: i32): u64 {
  // Zero is one number, whatever its sign.
  const bits = reinterpret<u32>(key + 0)
  return (<u64>(bits ^ ((<u32>(<i32>bits >> 31)) | 0x80000000)) << 32) | <u64>(<u32>id)
}

// @ts-ignore: decorator
@inline
function keyIn(candidate: u64): f32 {
  const key = <u32>(candidate >> 32)
  return reinterpret<f32>(key ^ ((<u32>(<i32>~key >> 31)) | 0x80000000))
}

/** The next number. */
// @ts-ignore: decorator
@inline
function above(key: f32): f32 {
  const bits = reinterpret<i32>(key)
  return reinterpret<f32>(bits >= 0 ? bits + 1 : bits - 1)
}

/**
 * Brings the smallest `keep` of `count` candidates to the front, the largest of them last (quickselect, Hoare 1961). Which side of
 * the pivot one is on is added, not branched on, for no processor foresees it.
 */
function cut(queue: usize, count: i32, keep: i32): void {
  const last = queue + ((<usize>keep - 1) << 3)
  let low = queue
  let high = queue + ((<usize>count - 1) << 3)
  while (low < high) {
    const middle = low + (((high - low) >> 1) & ~7)
    const pivot = load<u64>(middle)
    store<u64>(middle, load<u64>(high))
    let left = low
    for (let at = low; at < high; at += 8) {
      const candidate = load<u64>(at)
      store<u64>(at, load<u64>(left))
      store<u64>(left, candidate)
      left += <usize>i32(candidate < pivot) << 3
    }
    store<u64>(high, load<u64>(left))
    store<u64>(left, pivot)
    if (left == last) break
    if (left < last) low = left + 8
    else high = left - 8
  }
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
  queues: usize,
  keep: i32,
  size: i32,
  work: usize,
  index: usize,
  distance: usize,
): void {
  const room = keep * ROOM
  const length = (<usize>d) << 2
  for (let i = 0; i < n; i++) {
    const held = queues + ((<usize>i * <usize>room) << 3)
    let count = load<i32>(counts + (<usize>i << 2))
    if (count > keep) {
      cut(held, count, keep)
      count = keep
    }
    for (let at = 0; at < count; at++) store<i32>(held + (<usize>at << 2), load<i32>(held + (<usize>at << 3)))
    const point = points + <usize>i * length
    for (let at = 0; at < count; at += 2) {
      const left = rows + <usize>load<i32>(held + (<usize>at << 2)) * length
      const right = rows + <usize>load<i32>(held + (<usize>min(at + 1, count - 1) << 2)) * length
      squaredApart(point, left, right, length, work + (<usize>at << 3))
    }
    sort(work, held, count)
    for (let r = 0; r < size; r++) {
      const to = (<usize>i * <usize>size + <usize>r) << 2
      store<i32>(index + to, load<i32>(held + (<usize>r << 2)))
      store<f32>(distance + to, <f32>sqrt(load<f64>(work + (<usize>r << 3))))
    }
  }
}

/** Squared distances of a point from two records, as doubles: of four columns each has a sum of its own, for one sum alone waits for itself. */
function squaredApart(point: usize, left: usize, right: usize, length: usize, to: usize): void {
  let a = f64x2.splat(0)
  let b = f64x2.splat(0)
  let c = f64x2.splat(0)
  let e = f64x2.splat(0)
  let j: usize = 0
  for (; j + 16 <= length; j += 16) {
    const v = v128.load(point + j)
    const l = v128.load(left + j)
    const r = v128.load(right + j)
    const low = f64x2.promote_low_f32x4(v)
    const high = f64x2.promote_low_f32x4(upper(v))
    const da = f64x2.sub(low, f64x2.promote_low_f32x4(l))
    const db = f64x2.sub(high, f64x2.promote_low_f32x4(upper(l)))
    const dc = f64x2.sub(low, f64x2.promote_low_f32x4(r))
    const de = f64x2.sub(high, f64x2.promote_low_f32x4(upper(r)))
    a = f64x2.add(a, f64x2.mul(da, da))
    b = f64x2.add(b, f64x2.mul(db, db))
    c = f64x2.add(c, f64x2.mul(dc, dc))
    e = f64x2.add(e, f64x2.mul(de, de))
  }
  a = f64x2.add(a, b)
  c = f64x2.add(c, e)
  let first: f64 = f64x2.extract_lane(a, 0) + f64x2.extract_lane(a, 1)
  let second: f64 = f64x2.extract_lane(c, 0) + f64x2.extract_lane(c, 1)
  for (; j < length; j += 4) {
    const v = <f64>load<f32>(point + j)
    const da = v - <f64>load<f32>(left + j)
    const dc = v - <f64>load<f32>(right + j)
    first += da * da
    second += dc * dc
  }
  store<f64>(to, first)
  store<f64>(to, second, 8)
}

/** The last two of four, first. */
// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 2, 3, 2, 3)
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
