/**
 * Loops over one row, as functions of their own: an engine compiles a function that is called often long before one
 * that is called once and runs long, and until then every number is an object.
 */

/** sums[at + j] += data[from + j] */
export function addRow(sums: Float64Array, at: number, data: Float32Array, from: number, length: number): void {
  for (let j = 0; j < length; j++) sums[at + j] = sums[at + j]! + data[from + j]!
}

/** sums[j] += factor · data[from + j] */
export function addScaledRow(
  sums: Float64Array,
  data: Float64Array,
  from: number,
  factor: number,
  length: number,
): void {
  for (let j = 0; j < length; j++) sums[j] = sums[j]! + factor * data[from + j]!
}

/** out[at + j] = data[at + j] − offsets[from + j] */
export function lessRow(
  out: Float32Array,
  data: Float32Array,
  at: number,
  offsets: Float64Array,
  from: number,
  length: number,
): void {
  for (let j = 0; j < length; j++) out[at + j] = data[at + j]! - offsets[from + j]!
}

/** out[at + j] = data[from + j] − offsets[j] */
export function offsetRow(
  out: Float64Array,
  at: number,
  data: Float32Array,
  from: number,
  offsets: Float64Array,
  length: number,
): void {
  for (let j = 0; j < length; j++) out[at + j] = data[from + j]! - offsets[j]!
}

/** sums[j] += data[from + j] ÷ by */
export function addShare(sums: Float64Array, data: Float32Array, from: number, by: number, length: number): void {
  for (let j = 0; j < length; j++) sums[j] = sums[j]! + data[from + j]! / by
}

/** Σ a[at + j] · b[j] */
export function dotRow(a: Float64Array, at: number, b: Float64Array, length: number): number {
  let sum = 0
  for (let j = 0; j < length; j++) sum += a[at + j]! * b[j]!
  return sum
}

/** Σ a[at + j] · b[from + j] */
export function dotRows(
  a: Float64Array,
  at: number,
  b: Float32Array | Float64Array,
  from: number,
  length: number,
): number {
  let [even, odd] = [0, 0]
  let j = 0
  for (; j + 1 < length; j += 2) {
    even += a[at + j]! * b[from + j]!
    odd += a[at + j + 1]! * b[from + j + 1]!
  }
  return j < length ? even + odd + a[at + j]! * b[from + j]! : even + odd
}

/** Every element by `by`, in place. */
export function divide(data: Float32Array | Float64Array, by: number): void {
  for (let at = 0; at < data.length; at++) data[at] = data[at]! / by
}

/** Both rows of `v` turned in their plane: s · upper + c · lower becomes the lower one. */
export function rotateRows(v: Float64Array, upper: number, lower: number, length: number, c: number, s: number): void {
  for (let k = 0; k < length; k++) {
    const x = v[upper + k]!
    const y = v[lower + k]!
    v[lower + k] = s * x + c * y
    v[upper + k] = c * x - s * y
  }
}

export function sumOfSquares(data: Float32Array): number {
  let sum = 0
  for (let at = 0; at < data.length; at++) sum += data[at]! * data[at]!
  return sum
}

/** By row: Σ data[i · length + j]², four rows side by side, for each addition to a single sum waits for the one before. */
export function squaresByRow(data: Float32Array, length: number): Float64Array {
  const out = new Float64Array(length === 0 ? 0 : data.length / length)
  let i = 0
  for (; i + 4 <= out.length; i += 4) fourSquares(data, i * length, length, out, i)
  for (; i < out.length; i++) out[i] = squaresOf(data, i * length, length)
  return out
}

function fourSquares(data: Float32Array, from: number, length: number, out: Float64Array, at: number): void {
  const [second, third, fourth] = [from + length, from + 2 * length, from + 3 * length]
  let [a, b, c, e] = [0, 0, 0, 0]
  for (let j = 0; j < length; j++) {
    const [v, w, x, y] = [data[from + j]!, data[second + j]!, data[third + j]!, data[fourth + j]!]
    a += v * v
    b += w * w
    c += x * x
    e += y * y
  }
  out[at] = a
  out[at + 1] = b
  out[at + 2] = c
  out[at + 3] = e
}

/** Σ data[from + j]² */
function squaresOf(data: Float32Array, from: number, length: number): number {
  let sum = 0
  for (let at = from; at < from + length; at++) sum += data[at]! ** 2
  return sum
}
