/** Passes over matrices of floats, row-major, in place. */
import { cos4, exp4 } from './elementary'

/** Each element becomes its hyperbolic tangent; sums of 1 − tanh² by row go to `slopes` (rows). */
export function tanhs(x: usize, rows: i32, cols: i32, slopes: usize): void {
  for (let i = 0; i < rows; i++, slopes += 4) {
    let sum: f64 = 0
    let at = 0
    let lanes = f32x4.splat(0)
    for (; at + 4 <= cols; at += 4, x += 16) {
      const t = tanh4(v128.load(x))
      v128.store(x, t)
      lanes = f32x4.add(lanes, f32x4.sub(f32x4.splat(1), f32x4.mul(t, t)))
    }
    for (; at < cols; at++, x += 4) {
      const t = f32x4.extract_lane(tanh4(f32x4.splat(load<f32>(x))), 0)
      store<f32>(x, t)
      sum += 1 - t * t
    }
    sum += <f64>f32x4.extract_lane(lanes, 0) + <f64>f32x4.extract_lane(lanes, 1)
    sum += <f64>f32x4.extract_lane(lanes, 2) + <f64>f32x4.extract_lane(lanes, 3)
    store<f32>(slopes, <f32>sum)
  }
}

// @ts-ignore: decorator
@inline
function tanh4(x: v128): v128 {
  const one = f32x4.splat(1)
  const held = f32x4.max(f32x4.min(x, f32x4.splat(15)), f32x4.splat(-15))
  const e = exp4(f32x4.add(held, held))
  return f32x4.div(f32x4.sub(e, one), f32x4.add(e, one))
}

/** min(max(x − knee, 0), height); the length is rounded up to a multiple of 4. */
export function ramp(x: usize, length: i32, knee: f32, height: f32): void {
  const end = x + (<usize>length << 2)
  for (; x < end; x += 16) {
    const above = f32x4.max(f32x4.sub(v128.load(x), f32x4.splat(knee)), f32x4.splat(0))
    v128.store(x, f32x4.min(above, f32x4.splat(height)))
  }
}

/** cos(x + phase of the column) */
export function cosines(x: usize, rows: i32, cols: i32, phases: usize): void {
  for (let i = 0; i < rows; i++) {
    let j = 0
    for (; j + 4 <= cols; j += 4, x += 16) {
      v128.store(x, cos4(f32x4.add(v128.load(x), v128.load(phases + (<usize>j << 2)))))
    }
    for (; j < cols; j++, x += 4) {
      const sum = load<f32>(x) + load<f32>(phases + (<usize>j << 2))
      store<f32>(x, f32x4.extract_lane(cos4(f32x4.splat(sum)), 0))
    }
  }
}
