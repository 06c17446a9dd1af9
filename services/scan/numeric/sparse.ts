import { sharedKernels } from './kernels/kernels.ts'
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
  return gathered(s, transpose(right))
}

/** leftᵀ · s: k × cols, for left given as n × k. */
export function sparseTransposedTimes(s: Sparse, left: Matrix): Matrix {
  return transpose(gathered(turned(s), left))
}

/** Rows and columns exchanged; columns ascend in each row. */
function turned({ n, cols, offsets, columns, values }: Sparse): Sparse {
  const starts = new Int32Array(cols + 1)
  for (let at = 0; at < columns.length; at++) starts[columns[at]! + 1]!++
  for (let column = 0; column < cols; column++) starts[column + 1]! += starts[column]!
  const next = starts.slice(0, cols)
  const [rows, turnedValues] = [new Int32Array(columns.length), new Float32Array(columns.length)]
  for (let i = 0; i < n; i++) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const to = next[columns[at]!]!++
      rows[to] = i
      turnedValues[to] = values[at]!
    }
  }
  return { n: cols, cols: n, offsets: starts, columns: rows, values: turnedValues }
}

/** s · table: n × k, for a table of cols × k. */
function gathered(s: Sparse, table: Matrix): Matrix {
  const kernels = sharedKernels()
  const k = table.cols
  const out = matrix(s.n, k)
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
    const sums = kernels.floats(dense, rows * k).fill(0)
    kernels.gatherRows(rows, offsets, offsets + 4, columns, values, at, k, dense)
    out.data.set(sums, i * k)
  }
  return out
}
