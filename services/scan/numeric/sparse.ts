import { sharedKernels } from './kernels/kernels.ts'
import { type Matrix, matrix } from './matrix.ts'

/** Sparse rows: row i holds `values[at]` in column `columns[at]` for `at` in `offsets[i] … offsets[i+1]`. */
export interface Sparse {
  readonly n: number
  readonly cols: number
  readonly offsets: Int32Array
  readonly columns: Int32Array
  readonly values: Float32Array
}

export function isSparse(x: Matrix | Sparse): x is Sparse {
  return 'offsets' in x
}

/**
 * Rows with at most this share of entries that are not zero, as words and levels make them, are multiplied entry by
 * entry.
 */
const FILLED = 0.3

/** Whether rows with `filled` entries in all are multiplied entry by entry. */
export function areMostlyZeros(filled: number, rows: number, cols: number): boolean {
  return filled <= FILLED * rows * cols
}

/** The same rows, with ascending columns in each, in which no column occurs twice. */
export function ascending({ n, cols, offsets, columns, values }: Sparse): Sparse {
  const held = new Uint32Array(Math.ceil(cols / 32))
  const valueOf = new Float32Array(cols)
  const sorted = { columns: new Int32Array(columns.length), values: new Float32Array(columns.length) }
  for (let i = 0; i < n; i++) {
    mark(columns, values, offsets[i]!, offsets[i + 1]!, held, valueOf)
    readMarked(held, valueOf, sorted, offsets[i]!)
  }
  return { n, cols, offsets, ...sorted }
}

function mark(
  columns: Int32Array,
  values: Float32Array,
  from: number,
  to: number,
  held: Uint32Array,
  valueOf: Float32Array,
): void {
  for (let at = from; at < to; at++) {
    const column = columns[at]!
    held[column >> 5]! |= 1 << (column & 31)
    valueOf[column] = values[at]!
  }
}

/** Writes the marked columns and their values from `start` on, and unmarks them. */
function readMarked(
  held: Uint32Array,
  valueOf: Float32Array,
  { columns, values }: Pick<Sparse, 'columns' | 'values'>,
  start: number,
): void {
  let used = start
  for (let block = 0; block < held.length; block++) {
    for (let left = held[block]! | 0; left !== 0; left &= left - 1, used++) {
      const column = 32 * block + 31 - Math.clz32(left & -left)
      columns[used] = column
      values[used] = valueOf[column]!
    }
    held[block] = 0
  }
}

/** The transpose, with ascending columns in each row. */
export function turned({ n, cols, offsets, columns, values }: Sparse): Sparse {
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

/** How many rows the kernels take at a time. */
const CHUNK = 1024
/** How many numbers the kernels add at a time: a table's width is rounded up to a multiple of it. */
const LANES = 8

/** s · table: n × k, for a table of cols × k. */
export function sparseTimes(s: Sparse, table: Matrix): Matrix {
  const kernels = sharedKernels()
  const k = table.cols
  const wide = Math.ceil(k / LANES) * LANES
  const out = matrix(s.n, k)
  let most = 0
  for (let i = 0; i < s.n; i += CHUNK) most = Math.max(most, s.offsets[Math.min(s.n, i + CHUNK)]! - s.offsets[i]!)
  const [offsets = 0, columns = 0, values = 0, at = 0, dense = 0] = kernels.reserve(
    4 * (CHUNK + 1),
    4 * most,
    4 * most,
    4 * table.rows * wide,
    4 * CHUNK * wide,
  )
  copyRows(table.data, k, kernels.floats(at, table.rows * wide), wide)
  for (let i = 0; i < s.n; i += CHUNK) {
    const rows = Math.min(CHUNK, s.n - i)
    const [from, to] = [s.offsets[i]!, s.offsets[i + rows]!]
    shifted(s.offsets, i, kernels.integers(offsets, rows + 1))
    kernels.integers(columns, to - from).set(s.columns.subarray(from, to))
    kernels.floats(values, to - from).set(s.values.subarray(from, to))
    const sums = kernels.floats(dense, rows * wide).fill(0)
    kernels.gatherRows(rows, offsets, offsets + 4, columns, values, at, wide, dense)
    copyRows(sums, wide, out.data.subarray(i * k, (i + rows) * k), k)
  }
  return out
}

/** Copies rows of one width to rows of another: shorter ones are filled with zeros, longer ones are cut. */
function copyRows(from: Float32Array, width: number, into: Float32Array, wanted: number): void {
  if (width === wanted) return into.set(from)
  const both = Math.min(width, wanted)
  for (let row = 0, to = 0; to < into.length; row += width, to += wanted) {
    for (let j = 0; j < both; j++) into[to + j] = from[row + j]!
    for (let j = both; j < wanted; j++) into[to + j] = 0
  }
}

/** Copies as many offsets as `into` has room for, from `first` on, less the first of them. */
function shifted(offsets: Int32Array, first: number, into: Int32Array): void {
  for (let r = 0; r < into.length; r++) into[r] = offsets[first + r]! - offsets[first]!
}
