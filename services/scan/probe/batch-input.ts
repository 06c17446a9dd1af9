import type { Kernels } from '../numeric/kernels/kernels.ts'
import type { Matrix } from '../numeric/matrix.ts'

/** The rows of a batch in the kernels' memory, and their products with a layer's weights and slopes. */
export interface BatchInput {
  load(rows: Int32Array): void
  /** out (rows × to, zeros) += rows · weights (cols × to) */
  times(weights: number, to: number, out: number): void
  /** table (cols × to, zeros) += rowsᵀ · slopes (rows × to) */
  transposedTimes(slopes: number, to: number, table: number): void
}

/** Rows of which at most this share is not zero, as words and levels make them, are multiplied entry by entry. */
const SPARSE = 0.3

/** Rows of so few columns are copied sooner one by one. */
const NARROW = 128

export interface PlannedInput {
  /** Bytes of the blocks that the input needs. */
  readonly bytes: readonly number[]
  /** The input over those blocks. */
  at(kernels: Kernels, scratch: number, blocks: readonly number[]): BatchInput
}

/** How batches of at most `batch` rows of x are held and multiplied. */
export function planInput(x: Matrix, batch: number): PlannedInput {
  const offsets = new Int32Array(x.rows + 1)
  for (let i = 0; i < x.rows; i++) {
    let filled = offsets[i]!
    for (let at = i * x.cols; at < (i + 1) * x.cols; at++) if (x.data[at] !== 0) filled++
    offsets[i + 1] = filled
  }
  return offsets[x.rows]! <= SPARSE * x.data.length ? sparse(x, batch, offsets) : dense(x, batch)
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
        times: (weights, to, out) => kernels.product(loaded, to, cols, block, cols, 1, weights, to, 1, out, scratch, 0),
        transposedTimes: (slopes, to, table) =>
          kernels.product(cols, to, loaded, block, 1, cols, slopes, to, 1, table, scratch, 0),
      }
    },
  }
}

/** Row i of x has so many entries as lie between `offsets[i]` and `offsets[i + 1]`. */
function sparse(x: Matrix, batch: number, offsets: Int32Array): PlannedInput {
  const filled = offsets[x.rows]!
  const [columns, values] = [new Int32Array(filled), new Float32Array(filled)]
  let [used, most] = [0, 0]
  for (let i = 0; i < x.rows; i++) {
    most = Math.max(most, offsets[i + 1]! - offsets[i]!)
    for (let j = 0; j < x.cols; j++) {
      const value = x.data[i * x.cols + j]!
      if (value === 0) continue
      columns[used] = j
      values[used++] = value
    }
  }
  return {
    bytes: [4 * (batch + 1), 4 * batch * most, 4 * batch * most],
    at(kernels, _, [starts = 0, places = 0, entries = 0]) {
      let loaded = 0
      return {
        load(rows) {
          loaded = rows.length
          const batchOffsets = kernels.integers(starts, rows.length + 1)
          const [batchColumns, batchValues] = [
            kernels.integers(places, rows.length * most),
            kernels.floats(entries, rows.length * most),
          ]
          let at = 0
          rows.forEach((i, r) => {
            batchOffsets[r] = at
            batchColumns.set(columns.subarray(offsets[i], offsets[i + 1]), at)
            batchValues.set(values.subarray(offsets[i], offsets[i + 1]), at)
            at += offsets[i + 1]! - offsets[i]!
          })
          batchOffsets[rows.length] = at
        },
        times: (weights, to, out) => kernels.gatherRows(loaded, starts, places, entries, weights, to, out),
        transposedTimes: (slopes, to, table) => kernels.scatterRows(loaded, starts, places, entries, slopes, to, table),
      }
    },
  }
}
