/** Passes of a multi-layer perceptron over one batch. Widths are multiples of 4, all but the number of classes. */
import { exp4 } from './elementary'

/** Adds the bias to each row; with `rectified`, negative sums become 0. */
export function addBias(x: usize, rows: i32, cols: i32, bias: usize, rectified: bool): void {
  for (let i = 0; i < rows; i++) {
    let j = 0
    for (; j + 4 <= cols; j += 4, x += 16) {
      const sum = f32x4.add(v128.load(x), v128.load(bias + ((<usize>j) << 2)))
      v128.store(x, rectified ? f32x4.max(sum, f32x4.splat(0)) : sum)
    }
    for (; j < cols; j++, x += 4) {
      const sum = load<f32>(x) + load<f32>(bias + ((<usize>j) << 2))
      store<f32>(x, rectified ? max(sum, <f32>0) : sum)
    }
  }
}

/** Logits become the gradient of the mean cross-entropy: (softmax − label) / rows. `labels` are 32-bit integers. */
export function crossEntropySlopes(logits: usize, rows: i32, classes: i32, labels: usize): void {
  const share = <f32>1 / <f32>rows
  for (let i = 0; i < rows; i++, logits += (<usize>classes) << 2) {
    let largest: f32 = -Infinity
    for (let c = 0; c < classes; c++) largest = max(largest, load<f32>(logits + ((<usize>c) << 2)))
    let sum: f32 = 0
    let c = 0
    for (; c + 4 <= classes; c += 4) {
      const at = logits + ((<usize>c) << 2)
      const e = exp4(f32x4.sub(v128.load(at), f32x4.splat(largest)))
      v128.store(at, e)
      sum += f32x4.extract_lane(e, 0)
      sum += f32x4.extract_lane(e, 1)
      sum += f32x4.extract_lane(e, 2)
      sum += f32x4.extract_lane(e, 3)
    }
    for (; c < classes; c++) {
      const at = logits + ((<usize>c) << 2)
      const e = f32x4.extract_lane(exp4(f32x4.splat(load<f32>(at) - largest)), 0)
      store<f32>(at, e)
      sum += e
    }
    const label = load<i32>(labels + ((<usize>i) << 2))
    for (let c = 0; c < classes; c++) {
      const at = logits + ((<usize>c) << 2)
      store<f32>(at, (load<f32>(at) / sum - (c == label ? <f32>1 : <f32>0)) * share)
    }
  }
}

/** Slopes of sums that the rectifier cut off are 0. */
export function throughRectifier(slopes: usize, outputs: usize, length: i32): void {
  const end = slopes + ((<usize>length) << 2)
  for (; slopes < end; slopes += 16, outputs += 16) {
    v128.store(slopes, v128.and(v128.load(slopes), f32x4.gt(v128.load(outputs), f32x4.splat(0))))
  }
}

/** Sums by column, into `sums` (cols). */
export function columnSums(x: usize, rows: i32, cols: i32, sums: usize): void {
  memory.fill(sums, 0, (<usize>cols) << 2)
  for (let i = 0; i < rows; i++) {
    let j = 0
    for (; j + 4 <= cols; j += 4, x += 16) {
      const at = sums + ((<usize>j) << 2)
      v128.store(at, f32x4.add(v128.load(at), v128.load(x)))
    }
    for (; j < cols; j++, x += 4) {
      const at = sums + ((<usize>j) << 2)
      store<f32>(at, load<f32>(at) + load<f32>(x))
    }
  }
}

/** out (n × cols) = the rows of x that are `chosen` (n integers). */
export function takeRows(n: i32, chosen: usize, x: usize, cols: i32, out: usize): void {
  const length = (<usize>cols) << 2
  for (let r = 0; r < n; r++, out += length) {
    memory.copy(out, x + <usize>load<i32>(chosen + (<usize>r << 2)) * length, length)
  }
}

/** One step of Adam (Kingma & Ba 2015) with β₁ = .9 and β₂ = .999; `rate` includes the bias corrections. Lengths are padded to 4. */
export function adam(value: usize, slope: usize, mean: usize, square: usize, length: i32, rate: f32): void {
  const end = value + ((<usize>length) << 2)
  const rates = f32x4.splat(rate)
  for (; value < end; value += 16, slope += 16, mean += 16, square += 16) {
    adam4(v128.load(slope), value, mean, square, rates)
  }
}

/** That step for four parameters with slopes g. */
// @ts-ignore: a decorator of AssemblyScript
@inline
export function adam4(g: v128, value: usize, mean: usize, square: usize, rates: v128): void {
  const m = f32x4.add(f32x4.mul(v128.load(mean), f32x4.splat(0.9)), f32x4.mul(g, f32x4.splat(0.1)))
  const s = f32x4.add(
    f32x4.mul(v128.load(square), f32x4.splat(0.999)),
    f32x4.mul(f32x4.mul(g, g), f32x4.splat(0.001)),
  )
  v128.store(mean, m)
  v128.store(square, s)
  const step = f32x4.div(f32x4.mul(m, rates), f32x4.add(f32x4.sqrt(s), f32x4.splat(1e-8)))
  v128.store(value, f32x4.sub(v128.load(value), step))
}
