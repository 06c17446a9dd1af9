/** Searches for telling directions of whitened rows, which stay in memory from round to round: n × k, and across, k × n. */
import { mirror, product } from './product'
import { ramp, tanhs } from './sweeps'

/** Every product is computed in full. */
const WHOLE: i32 = 0
/** Of a symmetric product half is, as in product.as. */
const SYMMETRIC: i32 = 1

/** Newton–Schulz steps, and how near to orthogonal is enough. */
const STEPS: i32 = 30
const NEAR: f64 = 1e-4

/**
 * Up to `rounds` rounds of symmetric FastICA on `w` (k × k), in place; ends once no row turns by `tolerance`. `projected`
 * holds k × n floats, `next`, `gram` and `cubed` k × k each, `slopes` k.
 */
export function independent(
  rows: usize,
  across: usize,
  n: i32,
  k: i32,
  w: usize,
  rounds: i32,
  tolerance: f64,
  projected: usize,
  next: usize,
  gram: usize,
  cubed: usize,
  slopes: usize,
  scratch: usize,
): void {
  const length = (<usize>(k * k)) << 2
  for (let round = 0; round < rounds; round++) {
    memory.fill(projected, 0, (<usize>k * <usize>n) << 2)
    product(k, n, k, w, k, 1, across, n, 1, projected, scratch, WHOLE)
    tanhs(projected, k, n, slopes)
    memory.fill(next, 0, length)
    product(k, k, n, projected, n, 1, rows, k, 1, next, scratch, WHOLE)
    for (let j = 0; j < k; j++) {
      const slope = <f64><f32>(<f64>load<f32>(slopes + (<usize>j << 2)) / <f64>n)
      for (let i = 0; i < k; i++) {
        const at = (<usize>(j * k + i)) << 2
        store<f32>(next + at, <f32>(<f64>load<f32>(next + at) / <f64>n - slope * <f64>load<f32>(w + at)))
      }
    }
    orthogonalise(next, k, gram, cubed, scratch)
    const turn = largestTurn(w, next, k)
    memory.copy(w, next, length)
    if (turn < tolerance) return
  }
}

/** (W Wᵀ)^(−1/2) W in place by Newton–Schulz: the orthogonal matrix closest to W. */
function orthogonalise(w: usize, k: i32, gram: usize, cubed: usize, scratch: usize): void {
  const length = (<usize>(k * k)) << 2
  multiplyByOwn(w, k, gram, scratch)
  // Converges for a spectral norm below √3; the largest absolute row sum of W Wᵀ bounds its square.
  let bound: f64 = 0
  for (let i = 0; i < k; i++) {
    let sum: f64 = 0
    for (let j = 0; j < k; j++) sum += abs(<f64>load<f32>(gram + ((<usize>(i * k + j)) << 2)))
    bound = max(bound, sum)
  }
  const scale = sqrt(bound > 0 ? bound : 1)
  for (let at: usize = 0; at < length; at += 4) store<f32>(w + at, <f32>(<f64>load<f32>(w + at) / scale))
  for (let step = 0; step < STEPS; step++) {
    multiplyByOwn(w, k, gram, scratch)
    let away: f64 = 0
    for (let i = 0; i < k; i++) {
      for (let j = 0; j < k; j++) {
        const value = <f64>load<f32>(gram + ((<usize>(i * k + j)) << 2))
        away = max(away, abs(value - (i == j ? 1 : 0)))
      }
    }
    if (away < NEAR) break
    memory.fill(cubed, 0, length)
    product(k, k, k, gram, k, 1, w, k, 1, cubed, scratch, WHOLE)
    for (let at: usize = 0; at < length; at += 4) {
      store<f32>(w + at, <f32>(1.5 * <f64>load<f32>(w + at) - 0.5 * <f64>load<f32>(cubed + at)))
    }
  }
}

function multiplyByOwn(w: usize, k: i32, gram: usize, scratch: usize): void {
  memory.fill(gram, 0, (<usize>(k * k)) << 2)
  product(k, k, k, w, k, 1, w, 1, k, gram, scratch, SYMMETRIC)
  mirror(k, gram)
}

function largestTurn(a: usize, b: usize, k: i32): f64 {
  let turn: f64 = 0
  for (let j = 0; j < k; j++) {
    let along: f64 = 0
    for (let i = 0; i < k; i++) {
      const at = (<usize>(j * k + i)) << 2
      along += <f64>load<f32>(a + at) * <f64>load<f32>(b + at)
    }
    turn = max(turn, 1 - abs(along))
  }
  return turn
}

/**
 * `rounds` rounds of climbing from the unit rows of `starts` (s × k), in place: each becomes the mean of the rows, weighted by
 * a ramp of their projections on it, at unit length. `projected` holds s × n floats up to a multiple of four, `next` s × k.
 */
export function climb(
  rows: usize,
  across: usize,
  n: i32,
  k: i32,
  starts: usize,
  s: i32,
  rounds: i32,
  knee: f32,
  height: f32,
  projected: usize,
  next: usize,
  scratch: usize,
): void {
  for (let round = 0; round < rounds; round++) {
    memory.fill(projected, 0, (<usize>s * <usize>n) << 2)
    product(s, n, k, starts, k, 1, across, n, 1, projected, scratch, WHOLE)
    ramp(projected, s * n, knee, height)
    memory.fill(next, 0, (<usize>s * <usize>k) << 2)
    for (let i = 0; i < s; i++) {
      const from = next + ((<usize>(i * k)) << 2)
      const to = starts + ((<usize>(i * k)) << 2)
      const length = (<usize>k) << 2
      pull(projected + ((<usize>i * <usize>n) << 2), n, rows, k, from, scratch)
      let sum: f64 = 0
      for (let at: usize = 0; at < length; at += 4) {
        const value = <f64>load<f32>(from + at)
        sum += value * value
      }
      const scale: f64 = sum > 0 ? 1 / sqrt(sum) : 0
      for (let at: usize = 0; at < length; at += 4) store<f32>(to + at, <f32>(<f64>load<f32>(from + at) * scale))
    }
  }
}

/** Terms that are summed before they are added to the rest, as in product.as. */
const TERMS: i32 = 256

/**
 * sum (k) += weights (n) · rows (n × k), of which most weights are 0 and passed over: the same bits as the product has.
 * `list` holds 512 words.
 */
function pull(weights: usize, n: i32, rows: usize, k: i32, sum: usize, list: usize): void {
  const length = (<usize>k) << 2
  for (let from = 0; from < n; from += TERMS) {
    const to = min(n, from + TERMS)
    let end = list
    for (let p = from; p < to; p++) {
      const weight = load<f32>(weights + (<usize>p << 2))
      store<f32>(end, weight)
      store<u32>(end, <u32>(rows + <usize>p * length), 4)
      end += weight != 0 ? 8 : 0
    }
    if (end == list) continue
    let j: usize = 0
    for (; j + 112 <= length; j += 112) pullSeven(list, end, j, sum)
    for (; j + 64 <= length; j += 64) pullFour(list, end, j, sum)
    for (; j + 16 <= length; j += 16) {
      let s0 = f32x4.splat(0)
      for (let at = list; at < end; at += 8) {
        const row = <usize>load<u32>(at, 4) + j
        s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(at), v128.load(row)))
      }
      v128.store(sum + j, f32x4.add(v128.load(sum + j), s0))
    }
    for (; j < length; j += 4) {
      let s0: f32 = 0
      for (let at = list; at < end; at += 8) s0 += load<f32>(at) * load<f32>(<usize>load<u32>(at, 4) + j)
      store<f32>(sum + j, load<f32>(sum + j) + s0)
    }
  }
}

/** Columns from byte `j` of a row on, 28 of them: one sum waits for itself, seven do not. */
// @ts-ignore: decorator
@inline
function pullSeven(list: usize, end: usize, j: usize, sum: usize): void {
  let s0 = f32x4.splat(0)
  let s1 = f32x4.splat(0)
  let s2 = f32x4.splat(0)
  let s3 = f32x4.splat(0)
  let s4 = f32x4.splat(0)
  let s5 = f32x4.splat(0)
  let s6 = f32x4.splat(0)
  for (let at = list; at < end; at += 8) {
    const row = <usize>load<u32>(at, 4) + j
    const weight = v128.load32_splat(at)
    s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(row)))
    s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(row, 16)))
    s2 = f32x4.add(s2, f32x4.mul(weight, v128.load(row, 32)))
    s3 = f32x4.add(s3, f32x4.mul(weight, v128.load(row, 48)))
    s4 = f32x4.add(s4, f32x4.mul(weight, v128.load(row, 64)))
    s5 = f32x4.add(s5, f32x4.mul(weight, v128.load(row, 80)))
    s6 = f32x4.add(s6, f32x4.mul(weight, v128.load(row, 96)))
  }
  const to = sum + j
  v128.store(to, f32x4.add(v128.load(to), s0))
  v128.store(to, f32x4.add(v128.load(to, 16), s1), 16)
  v128.store(to, f32x4.add(v128.load(to, 32), s2), 32)
  v128.store(to, f32x4.add(v128.load(to, 48), s3), 48)
  v128.store(to, f32x4.add(v128.load(to, 64), s4), 64)
  v128.store(to, f32x4.add(v128.load(to, 80), s5), 80)
  v128.store(to, f32x4.add(v128.load(to, 96), s6), 96)
}

/** Sixteen columns from byte `j` of a row on. */
// @ts-ignore: decorator
@inline
function pullFour(list: usize, end: usize, j: usize, sum: usize): void {
  let s0 = f32x4.splat(0)
  let s1 = f32x4.splat(0)
  let s2 = f32x4.splat(0)
  let s3 = f32x4.splat(0)
  for (let at = list; at < end; at += 8) {
    const row = <usize>load<u32>(at, 4) + j
    const weight = v128.load32_splat(at)
    s0 = f32x4.add(s0, f32x4.mul(weight, v128.load(row)))
    s1 = f32x4.add(s1, f32x4.mul(weight, v128.load(row, 16)))
    s2 = f32x4.add(s2, f32x4.mul(weight, v128.load(row, 32)))
    s3 = f32x4.add(s3, f32x4.mul(weight, v128.load(row, 48)))
  }
  const to = sum + j
  v128.store(to, f32x4.add(v128.load(to), s0))
  v128.store(to, f32x4.add(v128.load(to, 16), s1), 16)
  v128.store(to, f32x4.add(v128.load(to, 32), s2), 32)
  v128.store(to, f32x4.add(v128.load(to, 48), s3), 48)
}
