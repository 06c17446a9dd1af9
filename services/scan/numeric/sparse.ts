import { type Kernels, sharedKernels } from './kernels/kernels.ts'
import { type Matrix, matrix, transpose } from './matrix.ts'

/** Sparse rows: row i holds `values[at]` in column `columns[at]` for `at` in `offsets[i] … offsets[i+1]`. */
export interface Sparse {
  readonly n: number
  readonly cols: number
  readonly offsets: Int32Array
  readonly columns: Int32Array
  readonly values: Float32Array
}

/** Rows that are handed to the kernels at a time. */
const CHUNK = 1024

/** s · rightᵀ: n × k, for right given as k × cols. */
export function sparseTimes(s: Sparse, right: Matrix): Matrix {
  const out = matrix(s.n, right.rows)
  byRows(s, transpose(right), out, (kernels, rows, { offsets, columns, values, table, dense }, part) => {
    kernels.floats(dense, part.length).fill(0)
    kernels.gatherRows(rows, offsets, columns, values, table, right.rows, dense)
    part.set(kernels.floats(dense, part.length))
  })
  return out
}

/** leftᵀ · s: k × cols, for left given as n × k. */
export function sparseTransposedTimes(s: Sparse, left: Matrix): Matrix {
  const sums = byRows(s, matrix(s.cols, left.cols), left, (kernels, rows, at, part) => {
    kernels.floats(at.dense, part.length).set(part)
    kernels.scatterRows(rows, at.offsets, at.columns, at.values, at.dense, left.cols, at.table)
  })
  return transpose(sums)
}

/** Pointers to some of the sparse rows, to the table (cols × k) and to the dense rows that belong to them. */
interface Places {
  readonly offsets: number
  readonly columns: number
  readonly values: number
  readonly table: number
  readonly dense: number
}

/** Hands some rows at a time to the kernels, with the part of `beside` that belongs to them; returns the table at the end. */
function byRows(
  s: Sparse,
  table: Matrix,
  beside: Matrix,
  use: (kernels: Kernels, rows: number, places: Places, part: Float32Array) => void,
): Matrix {
  const kernels = sharedKernels()
  const k = table.cols
  let most = 0
  for (let i = 0; i < s.n; i += CHUNK) most = Math.max(most, s.offsets[Math.min(s.n, i + CHUNK)]! - s.offsets[i]!)
  const [offsets = 0, columns = 0, values = 0, at = 0, dense = 0] = kernels.reserve(
    4 * (CHUNK + 1),
    4 * most,
    4 * most,
    4 * table.data.length,
    4 * CHUNK * k,
  )
  kernels.floats(at, table.data.length).set(table.data)
  for (let i = 0; i < s.n; i += CHUNK) {
    const rows = Math.min(CHUNK, s.n - i)
    const [from, to] = [s.offsets[i]!, s.offsets[i + rows]!]
    kernels.integers(offsets, rows + 1).set(s.offsets.subarray(i, i + rows + 1).map((offset) => offset - from))
    kernels.integers(columns, to - from).set(s.columns.subarray(from, to))
    kernels.floats(values, to - from).set(s.values.subarray(from, to))
    const part = beside.data.subarray(i * k, (i + rows) * k)
    use(kernels, rows, { offsets, columns, values, table: at, dense }, part)
  }
  return matrix(table.rows, k, kernels.floats(at, table.data.length).slice())
}
