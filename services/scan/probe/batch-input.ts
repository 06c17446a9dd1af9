import { backgroundOf } from '../numeric/background.ts'
import type { Kernels } from '../numeric/kernels/kernels.ts'
import type { Matrix } from '../numeric/matrix.ts'
import { subtractRow } from '../numeric/pca.ts'
import { areMostlyZeros, isSparse, type Sparse } from '../numeric/sparse.ts'

/**
 * The rows of a batch in the kernels' memory, and their products with a layer's weights and slopes. The arguments are
 * pointers.
 */
export interface BatchInput {
  load(rows: Int32Array): void
  /** out (rows × to, zeros) += rows · weights (cols × to) */
  times(weights: number, to: number, out: number): void
  /** table (cols × to, zeros) += rowsᵀ · slopes (rows × to) */
  transposedTimes(slopes: number, to: number, table: number): void
  /**
   * One step of Adam at this rate for weights (cols × to) and their two moments, by those same slopes, which are kept
   * nowhere. Absent where it would take as long.
   */
  readonly descend?: (slopes: number, to: number, weights: Moments, rate: number) => void
}

/** Pointers to weights and to Adam's running moments of their slopes. */
export interface Moments {
  readonly value: number
  readonly mean: number
  readonly square: number
}

/** Slopes of so many units are summed in registers at a time. */
const WIDE = 32

/** Rows of at most so many columns are copied faster by the kernels, which hold at most so many numbers of them. */
const NARROW = 128
const HELD = 1 << 20

export interface PlannedInput {
  /** The bytes of each block that the input needs. */
  readonly bytes: readonly number[]
  /** The input over those blocks. */
  at(kernels: Kernels, scratch: number, blocks: readonly number[]): BatchInput
}

/**
 * Plans how batches of at most `batch` rows of x are stored and multiplied by the weights of `units` units. Where most
 * entries are zeros, each other entry is multiplied alone. Where columns have the same value in most rows, as the
 * background of drawings does, the background is multiplied once per batch, and then only what differs from it.
 */
export function planInput(x: Matrix | Sparse, batch: number, units: number): PlannedInput {
  if (isSparse(x))
    return sparse({ offsets: x.offsets, cols: x.cols, batch, units }, (columns, values) => {
      columns.set(x.columns)
      values.set(x.values)
    })
  const offsets = new Int32Array(x.rows + 1)
  for (let i = 0; i < x.rows; i++) {
    let count = offsets[i]!
    for (let at = i * x.cols; at < (i + 1) * x.cols; at++) if (x.data[at] !== 0) count++
    offsets[i + 1] = count
  }
  if (areMostlyZeros(offsets[x.rows]!, x.rows, x.cols))
    return sparse({ offsets, cols: x.cols, batch, units }, (columns, values) => fill(x, columns, values))
  const background = backgroundOf(x)
  return background === null ? filled(x, batch) : before(background, units, filled(subtractRow(x, background), batch))
}

function filled(x: Matrix, batch: number): PlannedInput {
  return x.cols <= NARROW && x.data.length <= HELD ? held(x, batch) : dense(x, batch)
}

/** All rows in the kernels' memory, of which those of a batch are copied. */
function held({ cols, data }: Matrix, batch: number): PlannedInput {
  return {
    bytes: [4 * data.length, 4 * batch, 4 * batch * cols],
    at(kernels, scratch, [all = 0, chosen = 0, block = 0]) {
      kernels.floats(all, data.length).set(data)
      let loaded = 0
      return {
        load(rows) {
          loaded = rows.length
          kernels.integers(chosen, loaded).set(rows)
          kernels.takeRows(loaded, chosen, all, cols, block)
        },
        ...products(kernels, scratch, { block, cols, rows: () => loaded }),
      }
    },
  }
}

interface Block {
  readonly block: number
  readonly cols: number
  readonly rows: () => number
}

/** The products of a block of rows. */
function products(kernels: Kernels, scratch: number, { block, cols, rows }: Block): Omit<BatchInput, 'load'> {
  return {
    times: (weights, to, out) => kernels.product(rows(), to, cols, block, cols, 1, weights, to, 1, out, scratch, 0),
    transposedTimes: (slopes, to, table) =>
      kernels.product(cols, to, rows(), block, 1, cols, slopes, to, 1, table, scratch, 0),
  }
}

/** The products of rows that are the background and what is planned besides. */
function before(background: Float64Array, units: number, planned: PlannedInput): PlannedInput {
  const cols = background.length
  return {
    bytes: [4 * cols, 4 * units, ...planned.bytes],
    at(kernels, scratch, [shared = 0, sums = 0, ...blocks]) {
      kernels.floats(shared, cols).set(background)
      const besides = planned.at(kernels, scratch, blocks)
      let loaded = 0
      return {
        load(rows) {
          loaded = rows.length
          besides.load(rows)
        },
        times(weights, to, out) {
          kernels.floats(sums, to).fill(0)
          kernels.product(1, to, cols, shared, cols, 1, weights, to, 1, sums, scratch, 0)
          besides.times(weights, to, out)
          kernels.addBias(out, loaded, to, sums, 0)
        },
        transposedTimes(slopes, to, table) {
          kernels.columnSums(slopes, loaded, to, sums)
          kernels.product(cols, to, 1, shared, 1, 1, sums, to, 1, table, scratch, 0)
          besides.transposedTimes(slopes, to, table)
        },
      }
    },
  }
}

function dense(x: Matrix, batch: number): PlannedInput {
  const { cols } = x
  return {
    bytes: [4 * batch * cols],
    at(kernels, scratch, [block = 0]) {
      let loaded = 0
      return {
        load(rows) {
          loaded = rows.length
          const input = kernels.floats(block, rows.length * cols)
          if (cols > NARROW) rows.forEach((i, r) => input.set(x.data.subarray(i * cols, (i + 1) * cols), r * cols))
          else
            for (let r = 0; r < rows.length; r++) {
              const from = rows[r]! * cols
              for (let j = 0; j < cols; j++) input[r * cols + j] = x.data[from + j]!
            }
        },
        ...products(kernels, scratch, { block, cols, rows: () => loaded }),
      }
    },
  }
}

/**
 * Sparse rows: row i has the entries from `offsets[i]` to before `offsets[i + 1]`. A batch is listed by column as well,
 * so that the slopes of a column's weights are summed while they are at hand.
 */
function sparse(
  { offsets, cols, batch, units }: { offsets: Int32Array; cols: number; batch: number; units: number },
  write: (columns: Int32Array, values: Float32Array) => void,
): PlannedInput {
  const filled = offsets.at(-1)!
  let longest = 0
  for (let i = 1; i < offsets.length; i++) longest = Math.max(longest, offsets[i]! - offsets[i - 1]!)
  const most = batch * longest
  return {
    bytes: [4 * batch, 4 * batch, 4 * filled, 4 * filled, 4 * (cols + 2), 4 * most, 4 * most],
    at(kernels, _, [starts = 0, ends = 0, places = 0, entries = 0, byColumn = 0, holders = 0, turned = 0]) {
      write(kernels.integers(places, filled), kernels.floats(entries, filled))
      let loaded = 0
      return {
        load(rows) {
          loaded = rows.length
          const [from, to] = [kernels.integers(starts, loaded), kernels.integers(ends, loaded)]
          for (let r = 0; r < loaded; r++) {
            from[r] = offsets[rows[r]!]!
            to[r] = offsets[rows[r]! + 1]!
          }
          kernels.turnRows(loaded, starts, ends, places, entries, cols, byColumn, holders, turned)
        },
        times: (weights, to, out) => kernels.gatherRows(loaded, starts, ends, places, entries, weights, to, out),
        transposedTimes: (slopes, to, table) =>
          kernels.gatherRows(cols, byColumn, byColumn + 4, holders, turned, slopes, to, table),
        ...(units % WIDE === 0 && {
          descend: (slopes, to, { value, mean, square }, rate) =>
            kernels.adamByRows(cols, byColumn, holders, turned, slopes, to, value, mean, square, rate),
        }),
      }
    },
  }
}

/** Writes the entries that are not zero, row by row, and their columns. */
function fill({ rows, cols, data }: Matrix, columns: Int32Array, values: Float32Array): void {
  let used = 0
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < cols; j++) {
      const value = data[i * cols + j]!
      if (value === 0) continue
      columns[used] = j
      values[used++] = value
    }
  }
}
