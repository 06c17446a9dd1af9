/** Rows of logits, one column a label: what labels weigh, as exponentials of four at once. */
import { exp4, total4 } from './elementary'

/** From here on exponentials are held: thousands of them still have a sum. */
const HELD: f32 = 80

/**
 * By row, in double precision, Σ exp(factor · (x − own)) over all columns but that of the row's label, of which `own` is
 * the logit; 0 where the label is none (−1). Reads up to twelve bytes beyond x.
 */
export function rests(x: usize, rows: i32, cols: i32, labels: usize, factor: f32, out: usize): void {
  const by = f32x4.splat(factor)
  for (let i = 0; i < rows; i++, x += <usize>cols << 2, out += 8) {
    const label = load<i32>(labels + (<usize>i << 2))
    if (label < 0) {
      store<f64>(out, 0)
      continue
    }
    const own = f32x4.splat(load<f32>(x + (<usize>label << 2)))
    let sum = f32x4.splat(0)
    for (let c = 0; c < cols; c += 4) {
      const apart = f32x4.mul(by, f32x4.sub(v128.load(x + (<usize>c << 2)), own))
      const e = exp4(f32x4.min(apart, f32x4.splat(HELD)))
      sum = f32x4.add(sum, v128.and(e, v128.and(before(cols - c), i32x4.ne(i32x4.splat(label - c), LANES))))
    }
    store<f64>(out, total4(sum))
  }
}

/** Each row becomes the softmax of itself times the factor. Reads and writes what it read up to twelve bytes beyond x. */
export function softmaxes(x: usize, rows: i32, cols: i32, factor: f32): void {
  const by = f32x4.splat(factor)
  for (let i = 0; i < rows; i++, x += <usize>cols << 2) {
    let largest: f32 = -Infinity
    for (let c = 0; c < cols; c++) largest = max(largest, load<f32>(x + (<usize>c << 2)))
    const least = f32x4.splat(largest)
    let sum = f32x4.splat(0)
    for (let c = 0; c < cols; c += 4) {
      const at = x + (<usize>c << 2)
      const read = v128.load(at)
      const e = exp4(f32x4.mul(by, f32x4.sub(read, least)))
      const own = before(cols - c)
      sum = f32x4.add(sum, v128.and(e, own))
      v128.store(at, v128.bitselect(e, read, own))
    }
    const whole = <f32>(1 / total4(sum))
    for (let c = 0; c < cols; c++) {
      const at = x + (<usize>c << 2)
      store<f32>(at, load<f32>(at) * whole)
    }
  }
}

const LANES: v128 = i32x4(0, 1, 2, 3)

/** The lanes of the first so many of four. */
// @ts-ignore: decorator
@inline
function before(columns: i32): v128 {
  return i32x4.lt_s(LANES, i32x4.splat(columns))
}
