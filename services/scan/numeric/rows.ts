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

/** The squares of each row, summed in order: four rows at a time, for one sum alone waits for itself. */
export function squaresOfRows(data: Float32Array, rows: number, length: number): Float64Array {
  const out = new Float64Array(rows)
  let i = 0
  for (; i + 4 <= rows; i += 4) squaresOfFour(data, i * length, length, out, i)
  for (; i < rows; i++) out[i] = squaresOf(data, i * length, length)
  return out
}

function squaresOfFour(data: Float32Array, from: number, length: number, out: Float64Array, to: number): void {
  let [a, b, c, d] = [0, 0, 0, 0]
  for (let at = from; at < from + length; at++) {
    const [v, w] = [data[at]!, data[at + length]!]
    const [x, y] = [data[at + 2 * length]!, data[at + 3 * length]!]
    a += v * v
    b += w * w
    c += x * x
    d += y * y
  }
  out[to] = a
  out[to + 1] = b
  out[to + 2] = c
  out[to + 3] = d
}

/** Σ data[from + j]² */
export function squaresOf(data: Float32Array, from: number, length: number): number {
  let sum = 0
  for (let at = from; at < from + length; at++) sum += data[at]! ** 2
  return sum
}
