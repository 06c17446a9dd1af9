/** Dense, row-major, single precision: element (i, j) is `data[i * cols + j]`. */
export interface Matrix {
  readonly rows: number
  readonly cols: number
  readonly data: Float32Array
}

export function matrix(rows: number, cols: number, data: Float32Array = new Float32Array(rows * cols)): Matrix {
  if (data.length !== rows * cols)
    throw new RangeError(`${rows} × ${cols} needs ${rows * cols} elements, got ${data.length}`)
  return { rows, cols, data }
}

/** A view of row i; writing to it writes to the matrix. */
export function row(m: Matrix, i: number): Float32Array {
  return m.data.subarray(i * m.cols, (i + 1) * m.cols)
}

/** Rows `of` in that order, copied. */
export function gatherRows(m: Matrix, of: ArrayLike<number>): Matrix {
  const out = new Float32Array(of.length * m.cols)
  for (let i = 0; i < of.length; i++) out.set(row(m, of[i] ?? 0), i * m.cols)
  return matrix(of.length, m.cols, out)
}

/** A copy with every element times the factor. */
export function scaled({ rows, cols, data }: Matrix, factor: number): Matrix {
  const out = new Float32Array(data.length)
  for (let at = 0; at < data.length; at++) out[at] = data[at]! * factor
  return matrix(rows, cols, out)
}

/** How many rows are transposed at a time, so that what they write stays in the processor's cache. */
const TURNED = 16

/** A copy with rows and columns exchanged. */
export function transpose({ rows, cols, data }: Matrix): Matrix {
  const out = new Float32Array(data.length)
  for (let first = 0; first < rows; first += TURNED) {
    const end = Math.min(rows, first + TURNED)
    for (let j = 0; j < cols; j++) turnColumn(out, j * rows, data, j, cols, first, end)
  }
  return matrix(cols, rows, out)
}

/** A function of its own, as loops over one row are: what runs for long within two loops is thrown out of compiled code where the inner one ends. */
function turnColumn(
  out: Float32Array,
  at: number,
  data: Float32Array,
  j: number,
  cols: number,
  first: number,
  end: number,
): void {
  for (let i = first; i < end; i++) out[at + i] = data[i * cols + j]!
}

/** The sum of a square matrix's diagonal. */
export function trace({ cols, data }: Matrix): number {
  let sum = 0
  for (let j = 0; j < cols; j++) sum += data[j * cols + j]!
  return sum
}

/** The columns that are not the same in every row; null where all vary. */
export function columnsThatVary(m: Matrix): Int32Array | null {
  const { rows, cols, data } = m
  const varies = new Uint8Array(cols)
  // Most columns vary within a few rows: only those that have not yet are read again.
  let same = Int32Array.from({ length: cols }, (_, j) => j)
  for (let i = 1; i < rows && same.length > 0; i++) {
    let left = 0
    for (let at = 0; at < same.length; at++) {
      const j = same[at]!
      if (data[i * cols + j] === data[j]) same[left++] = j
      else varies[j] = 1
    }
    same = same.subarray(0, left)
  }
  if (same.length === 0 && rows > 0) return null
  return Int32Array.from(varies.keys()).filter((j) => varies[j] === 1)
}

/** Some columns of m, or all. */
export function gatherColumns(m: Matrix, of: Int32Array | null): Matrix {
  if (of === null) return m
  const out = matrix(m.rows, of.length)
  for (let i = 0; i < m.rows; i++) {
    for (let k = 0; k < of.length; k++) out.data[i * of.length + k] = m.data[i * m.cols + of[k]!]!
  }
  return out
}

/** The first columns, as many as are asked for or there are; m itself where these are all. */
export function firstColumns(m: Matrix, count: number): Matrix {
  return m.cols <= count
    ? m
    : gatherColumns(
        m,
        Int32Array.from({ length: count }, (_, j) => j),
      )
}

/** m without its constant columns; m itself where there are none. */
export function varyingColumns(m: Matrix): Matrix {
  return gatherColumns(m, columnsThatVary(m))
}
