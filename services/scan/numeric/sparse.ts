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

/** How many entries the kernels take at a time; the entries of one row are taken whole. */
const CHUNK = 1 << 20
/** How many columns of a table lie together in the kernels, as in `kernels/source/sparse.as`. */
const PANEL = 32

/** s · table: n × k, for a table of cols × k. */
export function sparseTimes(s: Sparse, table: Matrix): Matrix {
  const kernels = sharedKernels()
  const k = table.cols
  const out = matrix(s.n, k)
  if (out.data.length === 0) return out
  const ends = chunksOf(s)
  let [rows, entries, before] = [0, 0, 0]
  for (const end of ends) {
    rows = Math.max(rows, end - before)
    entries = Math.max(entries, s.offsets[end]! - s.offsets[before]!)
    before = end
  }
  const panelled = table.rows * PANEL * Math.ceil(k / PANEL)
  const [offsets = 0, columns = 0, values = 0, given = 0, panels = 0, last = 0, sums = 0] = kernels.reserve(
    4 * (rows + 1),
    4 * entries,
    4 * entries,
    4 * table.data.length,
    4 * panelled,
    4 * PANEL,
    4 * rows * k,
  )
  kernels.floats(given, table.data.length).set(table.data)
  kernels.toPanels(given, table.rows, k, panels)
  let first = 0
  for (const end of ends) {
    const some = end - first
    const [from, to] = [s.offsets[first]!, s.offsets[end]!]
    shifted(s.offsets, first, kernels.integers(offsets, some + 1))
    kernels.integers(columns, to - from).set(s.columns.subarray(from, to))
    kernels.floats(values, to - from).set(s.values.subarray(from, to))
    kernels.gatherPanels(some, offsets, columns, values, panels, table.rows, k, last, sums)
    out.data.set(kernels.floats(sums, some * k), first * k)
    first = end
  }
  return out
}

/** Where runs of rows end that have at most CHUNK entries, or are one row. */
function chunksOf({ n, offsets }: Sparse): number[] {
  const ends: number[] = []
  for (let first = 0; first < n;) {
    let end = first + 1
    while (end < n && offsets[end + 1]! - offsets[first]! <= CHUNK) end++
    ends.push(end)
    first = end
  }
  return ends
}

/** Copies as many offsets as `into` has room for, from `first` on, less the first of them. */
function shifted(offsets: Int32Array, first: number, into: Int32Array): void {
  for (let r = 0; r < into.length; r++) into[r] = offsets[first + r]! - offsets[first]!
}
