import type { Ranked } from '../../../features/tables.ts'
import { gatherRows, type Matrix, matrix } from '../../../numeric/matrix.ts'
import { nearestNeighbours } from '../../../numeric/neighbours.ts'
import type { Grouping } from '../../../view/samples.ts'

/** How many neighbours vote, */
const VOTERS = 30
/** and how many of the nearest are checked for the value. */
const NEAREST = 10

/** The nearest records of some records. A record may be among its own. */
export interface Beside {
  readonly k: number
  readonly index: Int32Array
  /** By window index: where a record's neighbours begin in `index`, −1 for a record without. */
  readonly startOf: Int32Array
}

/** The neighbours of all records of the lists, in one search; a record of several lists is sought once. */
export function nearestBeside({ rows, columns }: Ranked, asking: readonly Int32Array[]): Beside {
  const startOf = new Int32Array(rows.rows).fill(-1)
  const records: number[] = []
  for (const some of asking) for (const i of some) if (startOf[i]! < 0) startOf[i] = records.push(i)
  const { k, index } = nearestNeighbours(gatherRows(rows, records), 2 * VOTERS, rows, { across: columns })
  records.forEach((i, at) => (startOf[i] = at * k))
  return { k, index, startOf }
}

/** The share of the nearest of some records that hold the value. A record is its own neighbour here, and is not asked. */
export function sharedBeside(records: Int32Array, holds: Uint8Array, { k, index, startOf }: Beside): number {
  let [shared, seen] = [0, 0]
  for (const i of records) {
    for (let r = 0, near = 0; r < k && near < NEAREST; r++) {
      const j = index[startOf[i]! + r]!
      if (j === i) continue
      near++
      shared += holds[j]!
      seen++
    }
  }
  return shared / Math.max(1, seen)
}

/** Votes of the nearest labelled records that do not hold the value. */
export function voteBeside(
  records: Int32Array,
  holds: Uint8Array,
  { k, index, startOf }: Beside,
  labels: Grouping,
  prior: Float64Array,
): Matrix {
  const votes = matrix(records.length, prior.length)
  // A record is its own neighbour here, and those that hold the value with it are not asked.
  records.forEach((i, at) => {
    let cast = 0
    const row = votes.data.subarray(at * votes.cols, (at + 1) * votes.cols)
    for (let r = 0; r < k && cast < VOTERS; r++) {
      const j = index[startOf[i]! + r]!
      if (j === i) continue
      const label = labels.of[j]!
      if (label < 0 || holds[j] === 1) continue
      row[label]!++
      cast++
    }
    for (let c = 0; c < row.length; c++) row[c] = (row[c]! + prior[c]!) / (cast + 1)
  })
  return votes
}
