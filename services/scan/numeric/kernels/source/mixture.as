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
 * less than `settled`. Returns how many rounds ran. The values are followed by zeros up to a multiple of four.
 */
export function maximise(values: usize, n: i32, fit: usize, rounds: i32, floor: f64, settled: f64): i32 {
  let all: f64 = 0
  let allSquare: f64 = 0
  for (let at = 0; at < n; at++) {
    const v = <f64>load<f32>(values + (<usize>at << 2))
    all += v
    allSquare += v * v
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
        let r = f32x4.div(one, f32x4.add(one, exp4(odds)))
        if (at + 4 > n) r = v128.and(r, lanesBelow(n - at))
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
    const n0 = max(<f64>n - sum, 1e-9)
    const upper = first / n1
    const lower = (all - first) / n0
    store<f64>(fit, lower, M0)
    store<f64>(fit, upper, M1)
    store<f64>(fit, max(sqrt(max((allSquare - square) / n0 - lower * lower, 0)), floor), S0)
    store<f64>(fit, max(sqrt(max(square / n1 - upper * upper, 0)), floor), S1)
    store<f64>(fit, min(max(sum / <f64>n, 1e-6), 1 - 1e-6), WEIGHT)
    if (abs(upper - lower - (m1 - m0)) < settled) return round
  }
  return rounds
}

/** Writes each value's posterior of the upper mode to `upper`, and the fit's mean log-likelihood into the fit. */
export function posteriors(values: usize, n: i32, fit: usize, upper: usize): void {
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
    let likely = f32x4.add(f32x4.max(l0, l1), log4(f32x4.add(one, exp4(f32x4.neg(apart)))))
    if (at + 4 > n) likely = v128.and(likely, lanesBelow(n - at))
    sum += total4(likely)
  }
  store<f64>(fit, sum / <f64>n - 0.91893853320467274, LIKELIHOOD)
}

// @ts-ignore: decorator
@inline
function lanesBelow(count: i32): v128 {
  return i32x4.lt_s(i32x4(0, 1, 2, 3), i32x4.splat(count))
}
