/** Two Gaussians fitted to one dimension by expectation–maximisation. */
import { exp4, log4, total4 } from './elementary'

/** Values summed in single precision before the sums go on in double precision. */
const BLOCK: i32 = 256
/** The fit as six doubles: lower and upper mean, deviations, share of the upper mode, mean log-likelihood. */
const M0: usize = 0
const M1: usize = 8
const S0: usize = 16
const S1: usize = 24
const WEIGHT: usize = 32
const LIKELIHOOD: usize = 40

/**
 * Up to `rounds` rounds on `n` values from the fit at `fit`, which is overwritten; ends once the means' distance moves by
 * less than `settled`. Each value counts `weights` times, `total` together; both are followed by zeros up to a multiple of four.
 */
function maximise(values: usize, weights: usize, n: i32, total: i32, fit: usize, rounds: i32, floor: f64, settled: f64): void {
  let all: f64 = 0
  let allSquare: f64 = 0
  for (let at = 0; at < n; at++) {
    const v = <f64>load<f32>(values + (<usize>at << 2))
    const w = <f64>load<f32>(weights + (<usize>at << 2))
    all += w * v
    allSquare += w * v * v
  }
  for (let round = 1; round <= rounds; round++) {
    const m0 = load<f64>(fit, M0)
    const m1 = load<f64>(fit, M1)
    const s0 = load<f64>(fit, S0)
    const s1 = load<f64>(fit, S1)
    const weight = load<f64>(fit, WEIGHT)
    // The log-odds against the upper mode, as a square of the value: c + b v + a v².
    const h0 = -0.5 / (s0 * s0)
    const h1 = -0.5 / (s1 * s1)
    const c = Math.log((1 - weight) / s0) - Math.log(weight / s1) + h0 * m0 * m0 - h1 * m1 * m1
    const b = -2 * (h0 * m0 - h1 * m1)
    const a = h0 - h1
    const c4 = f32x4.splat(<f32>c)
    const b4 = f32x4.splat(<f32>b)
    const a4 = f32x4.splat(<f32>a)
    const one = f32x4.splat(1)
    let sum: f64 = 0
    let first: f64 = 0
    let square: f64 = 0
    for (let from = 0; from < n; from += BLOCK) {
      const to = min(n, from + BLOCK)
      let r0 = f32x4.splat(0)
      let r1 = f32x4.splat(0)
      let r2 = f32x4.splat(0)
      for (let at = from; at < to; at += 4) {
        const v = v128.load(values + (<usize>at << 2))
        const odds = f32x4.add(f32x4.mul(f32x4.add(f32x4.mul(a4, v), b4), v), c4)
        const r = f32x4.mul(f32x4.div(one, f32x4.add(one, exp4(odds))), v128.load(weights + (<usize>at << 2)))
        const rv = f32x4.mul(r, v)
        r0 = f32x4.add(r0, r)
        r1 = f32x4.add(r1, rv)
        r2 = f32x4.add(r2, f32x4.mul(rv, v))
      }
      sum += total4(r0)
      first += total4(r1)
      square += total4(r2)
    }
    const n1 = max(sum, 1e-9)
    const n0 = max(<f64>total - sum, 1e-9)
    const upper = first / n1
    const lower = (all - first) / n0
    store<f64>(fit, lower, M0)
    store<f64>(fit, upper, M1)
    store<f64>(fit, max(sqrt(max((allSquare - square) / n0 - lower * lower, 0)), floor), S0)
    store<f64>(fit, max(sqrt(max(square / n1 - upper * upper, 0)), floor), S1)
    store<f64>(fit, min(max(sum / <f64>total, 1e-6), 1 - 1e-6), WEIGHT)
    if (abs(upper - lower - (m1 - m0)) < settled) return
  }
}

/** Writes each value's posterior of the upper mode to `upper`, and the fit's mean log-likelihood, by weights, into the fit. */
function posteriors(values: usize, weights: usize, n: i32, total: i32, fit: usize, upper: usize): void {
  const m0 = load<f64>(fit, M0)
  const m1 = load<f64>(fit, M1)
  const s0 = load<f64>(fit, S0)
  const s1 = load<f64>(fit, S1)
  const weight = load<f64>(fit, WEIGHT)
  const one = f32x4.splat(1)
  const half = f32x4.splat(-0.5)
  const c0 = f32x4.splat(<f32>Math.log((1 - weight) / s0))
  const c1 = f32x4.splat(<f32>Math.log(weight / s1))
  let sum: f64 = 0
  for (let at = 0; at < n; at += 4) {
    const v = v128.load(values + (<usize>at << 2))
    const z0 = f32x4.mul(f32x4.sub(v, f32x4.splat(<f32>m0)), f32x4.splat(<f32>(1 / s0)))
    const z1 = f32x4.mul(f32x4.sub(v, f32x4.splat(<f32>m1)), f32x4.splat(<f32>(1 / s1)))
    const l0 = f32x4.add(c0, f32x4.mul(half, f32x4.mul(z0, z0)))
    const l1 = f32x4.add(c1, f32x4.mul(half, f32x4.mul(z1, z1)))
    v128.store(upper + (<usize>at << 2), f32x4.div(one, f32x4.add(one, exp4(f32x4.sub(l0, l1)))))
    const apart = f32x4.abs(f32x4.sub(l0, l1))
    const likely = f32x4.add(f32x4.max(l0, l1), log4(f32x4.add(one, exp4(f32x4.neg(apart)))))
    sum += total4(f32x4.mul(likely, v128.load(weights + (<usize>at << 2))))
  }
  store<f64>(fit, sum / <f64>total - 0.91893853320467274, LIKELIHOOD)
}

/** Rounds after which the three starts are compared; the likeliest goes on alone. */
const TRIAL: i32 = 6
/** A fit is settled once its means' distance moves by less in a round. */
const SETTLED: f64 = 1e-4
/** Strays have joined a mode where its deviation is this much larger than that of its middle half. */
const STRAYED: f64 = 2.5
/** A mode of fewer has no middle half. */
const FEWEST: i32 = 10

/**
 * The two modes of `n` values, as `twoModes` in mixture.ts has them, into `fit`; `upper` gets the posteriors. `sorted`,
 * `work`, `ones`, `few` and `weights` hold as many floats as the values, `best` a fit, `counts` the 3 × 2,048 counts of a sort.
 */
export function fitModes(
  values: usize,
  n: i32,
  tail: i32,
  floor: f64,
  rounds: i32,
  fit: usize,
  upper: usize,
  sorted: usize,
  work: usize,
  best: usize,
  counts: usize,
  ones: usize,
  few: usize,
  weights: usize,
): void {
  sort(values, n, sorted, work, counts)
  const padded = (n + 3) & ~3
  for (let at = 0; at < padded; at++) store<f32>(ones + (<usize>at << 2), at < n ? <f32>1 : <f32>0)
  const m = condense(sorted, n, few, weights)
  for (let start = 0; start < 3; start++) {
    const at = start == 0 ? split(few, weights, m, n) : start == 1 ? reaching(weights, m, tail) : reaching(weights, m, n - tail)
    const below = moments(few, weights, at, floor, fit, M0, S0)
    moments(few + (<usize>at << 2), weights + (<usize>at << 2), m - at, floor, fit, M1, S1)
    store<f64>(fit, 1 - below / <f64>n, WEIGHT)
    maximise(few, weights, m, n, fit, TRIAL, floor, SETTLED)
    posteriors(few, weights, m, n, fit, upper)
    if (start == 0 || load<f64>(fit, LIKELIHOOD) > load<f64>(best, LIKELIHOOD)) memory.copy(best, fit, LIKELIHOOD + 8)
  }
  memory.copy(fit, best, LIKELIHOOD + 8)
  maximise(few, weights, m, n, fit, rounds - TRIAL, floor, SETTLED)
  // The sorted values' posteriors tell the modes' members apart, in order.
  posteriors(sorted, ones, n, n, fit, upper)
  const reached = load<f64>(fit, LIKELIHOOD)
  const inOrder = load<f64>(fit, M1) >= load<f64>(fit, M0)
  if (!inOrder) {
    exchange(fit, M0, M1)
    exchange(fit, S0, S1)
    store<f64>(fit, 1 - load<f64>(fit, WEIGHT), WEIGHT)
  }
  withoutStrays(sorted, n, upper, !inOrder, floor, fit, M0, S0, work)
  withoutStrays(sorted, n, upper, inOrder, floor, fit, M1, S1, work)
  posteriors(values, ones, n, n, fit, upper)
  store<f64>(fit, reached, LIKELIHOOD)
}

/** Values at either end that are fitted one by one, where modes are small, and runs that stand for those between. */
const EDGE: i32 = 64
const RUNS: i32 = 256

/** Sorted values as so many means of runs with their counts, zeros after the last up to a multiple of four; returns how many. */
function condense(sorted: usize, n: i32, few: usize, weights: usize): i32 {
  const between = n - 2 * EDGE
  const runs = min(max(between, 0), RUNS)
  const ends = between > 0 ? EDGE : n
  let m = 0
  for (let at = 0; at < ends; at++) m = put(few, weights, m, load<f32>(sorted + (<usize>at << 2)), 1)
  let from = 0
  for (let run = 1; run <= runs; run++) {
    const to = <i32>((<i64>run * <i64>between) / <i64>runs)
    let sum: f64 = 0
    for (let at = from; at < to; at++) sum += <f64>load<f32>(sorted + (<usize>(EDGE + at) << 2))
    m = put(few, weights, m, <f32>(sum / <f64>(to - from)), <f32>(to - from))
    from = to
  }
  if (between > 0) for (let at = n - EDGE; at < n; at++) m = put(few, weights, m, load<f32>(sorted + (<usize>at << 2)), 1)
  for (let at = m; at & 3; at++) put(few, weights, at, 0, 0)
  return m
}

// @ts-ignore: decorator
@inline
function put(few: usize, weights: usize, at: i32, value: f32, weight: f32): i32 {
  store<f32>(few + (<usize>at << 2), value)
  store<f32>(weights + (<usize>at << 2), weight)
  return at + 1
}

/** How many of the first stand for so many values, one at least and not all. */
function reaching(weights: usize, m: i32, values: i32): i32 {
  let at = 0
  let sum: f64 = 0
  for (; at < m - 1 && sum < <f64>values; at++) sum += <f64>load<f32>(weights + (<usize>at << 2))
  return max(1, at)
}

function exchange(fit: usize, a: usize, b: usize): void {
  const held = load<f64>(fit + a)
  store<f64>(fit + a, load<f64>(fit + b))
  store<f64>(fit + b, held)
}

/** A mode's place and width from its middle half, where it is much wider than that; members have a posterior over ½, or not. */
function withoutStrays(
  sorted: usize,
  n: i32,
  posterior: usize,
  over: bool,
  floor: f64,
  fit: usize,
  mean: usize,
  deviation: usize,
  work: usize,
): void {
  let count = 0
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    if ((load<f32>(posterior + at) > 0.5) != over) continue
    store<f32>(work + (<usize>count << 2), load<f32>(sorted + at))
    count++
  }
  if (count < FEWEST) return
  const width = max((<f64>quantile(work, count, 0.75) - <f64>quantile(work, count, 0.25)) / 1.349, floor)
  if (!(load<f64>(fit + deviation) > STRAYED * width)) return
  store<f64>(fit + mean, <f64>quantile(work, count, 0.5))
  store<f64>(fit + deviation, 1.2 * width)
}

function quantile(sorted: usize, n: i32, q: f64): f32 {
  return load<f32>(sorted + (<usize>Math.floor(q * <f64>(n - 1)) << 2))
}

/** The index that cuts sorted values, `total` by weight, into the two groups of largest between-group variance (Otsu 1979). */
function split(sorted: usize, weights: usize, n: i32, total: i32): i32 {
  let all: f64 = 0
  const length = (<usize>n) << 2
  for (let k: usize = 0; k < length; k += 4) all += <f64>load<f32>(weights + k) * <f64>load<f32>(sorted + k)
  let below: f64 = 0
  let count: f64 = 0
  let best: f64 = -1
  let at = 1
  for (let k = 1; k < n; k++) {
    const last = <usize>(k - 1) << 2
    count += <f64>load<f32>(weights + last)
    below += <f64>load<f32>(weights + last) * <f64>load<f32>(sorted + last)
    const rest = <f64>total - count
    const gap = below / count - (all - below) / rest
    const between = count * rest * gap * gap
    if (between > best) {
      best = between
      at = k
    }
  }
  return at
}

/** Mean and deviation into the fit; returns what the values count. */
function moments(values: usize, weights: usize, n: i32, floor: f64, fit: usize, mean: usize, deviation: usize): f64 {
  const length = <usize>n << 2
  let count: f64 = 0
  let sum: f64 = 0
  for (let at: usize = 0; at < length; at += 4) {
    const w = <f64>load<f32>(weights + at)
    count += w
    sum += w * <f64>load<f32>(values + at)
  }
  const centre = sum / max(count, 1)
  let square: f64 = 0
  for (let at: usize = 0; at < length; at += 4) {
    const off = <f64>load<f32>(values + at) - centre
    square += <f64>load<f32>(weights + at) * off * off
  }
  store<f64>(fit + mean, centre)
  store<f64>(fit + deviation, max(sqrt(square / max(count, 1)), floor))
  return count
}

/** Ascending, by three passes over 11 bits each; what follows the last of them up to a multiple of four is zeros. */
function sort(values: usize, n: i32, sorted: usize, work: usize, counts: usize): void {
  memory.fill(counts, 0, 3 * 8192)
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    const key = keyOf(load<u32>(values + at))
    store<u32>(work + at, key)
    count(counts, key & 2047)
    count(counts + 8192, (key >> 11) & 2047)
    count(counts + 16384, key >> 22)
  }
  toStarts(counts)
  toStarts(counts + 8192)
  toStarts(counts + 16384)
  pass(work, n, sorted, counts, 0)
  pass(sorted, n, work, counts + 8192, 11)
  pass(work, n, sorted, counts + 16384, 22)
  for (let at: usize = 0; at < <usize>n << 2; at += 4) store<u32>(sorted + at, bitsOf(load<u32>(sorted + at)))
  for (let at = n; at & 3; at++) store<f32>(sorted + (<usize>at << 2), 0)
}

// @ts-ignore: decorator
@inline
function keyOf(bits: u32): u32 {
  return bits ^ ((<u32>(<i32>bits >> 31)) | 0x80000000)
}

// @ts-ignore: decorator
@inline
function bitsOf(key: u32): u32 {
  return key ^ ((<u32>(<i32>~key >> 31)) | 0x80000000)
}

// @ts-ignore: decorator
@inline
function count(counts: usize, digit: u32): void {
  const at = counts + (<usize>digit << 2)
  store<i32>(at, load<i32>(at) + 1)
}

function toStarts(counts: usize): void {
  let sum = 0
  for (let digit: usize = 0; digit < 8192; digit += 4) {
    const here = load<i32>(counts + digit)
    store<i32>(counts + digit, sum)
    sum += here
  }
}

function pass(from: usize, n: i32, to: usize, starts: usize, shift: u32): void {
  for (let at: usize = 0; at < <usize>n << 2; at += 4) {
    const key = load<u32>(from + at)
    const start = starts + (<usize>((key >> shift) & 2047) << 2)
    const place = load<i32>(start)
    store<u32>(to + (<usize>place << 2), key)
    store<i32>(start, place + 1)
  }
}
