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

/** A copy with rows and columns exchanged. */
export function transpose(m: Matrix): Matrix {
  const out = new Float32Array(m.data.length)
  for (let i = 0; i < m.rows; i++) {
    for (let j = 0; j < m.cols; j++) out[j * m.rows + i] = m.data[i * m.cols + j]!
  }
  return matrix(m.cols, m.rows, out)
}

/** The columns that are not the same in every row: m itself where all vary. */
export function varyingColumns(m: Matrix): Matrix {
  const { rows, cols, data } = m
  const varies = new Uint8Array(cols)
  for (let at = cols; at < data.length; at++) if (data[at] !== data[at % cols]) varies[at % cols] = 1
  const kept = Int32Array.from(varies.keys()).filter((j) => varies[j] === 1)
  if (kept.length === cols) return m
  const out = matrix(rows, kept.length)
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < kept.length; k++) out.data[i * kept.length + k] = data[i * cols + kept[k]!]!
  }
  return out
}
