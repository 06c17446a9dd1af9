import { seededRandom } from '#core/random.ts'
import { evenly } from '../numeric/evenly.ts'
import { gatherRows, matrix, type Matrix } from '../numeric/matrix.ts'
import { nearestNeighbours } from '../numeric/neighbours.ts'
import { ascending, countBelow } from '../numeric/sorted.ts'

/** How many of the nearest records tell what value one should have. */
const NEAREST = 3
/** The most records that are asked. */
const MOST_ASKED = 100
/** Less than two ranks of a few thousand records differ. */
const LITTLE = 1e-4
/** The deviation of a share that may be any with the same probability, */
const UNIFORM = 1 / Math.sqrt(12)
/** and the mean share by chance, somewhat less than a half, below which it is by so many standard errors at least. */
const CHANCE = 0.48
const CERTAIN = 2

/**
 * The rows with one column more, of so little that it tells apart only records that are alike. Without it all records of
 * a kind, such as rows of zeros, would have the same few as their nearest.
 */
export function toldApart({ rows, cols, data }: Matrix): Matrix {
  const random = seededRandom(0, 'records told apart')
  const wider = matrix(rows, cols + 1)
  for (let i = 0; i < rows; i++) {
    wider.data.set(data.subarray(i * cols, (i + 1) * cols), i * (cols + 1))
    wider.data[i * (cols + 1) + cols] = LITTLE * random.next()
  }
  return wider
}

/**
 * Whether the rest of its bearers leads to expect a value: the records that are most like them are nearer the value than
 * chance. Of each it is asked which share of the others is nearer still: about a half where the value was put into
 * records. `rows` are the records' other columns, in ranks and levels, and `values` those of the column; `bearers` have the
 * value and `others` have not. Pure.
 */
export function fitsTheRest(
  rows: Matrix,
  values: ArrayLike<number>,
  value: number,
  bearers: Int32Array,
  others: Int32Array,
): boolean {
  const away = Float64Array.from(others, (i) => Math.abs(values[i]! - value))
  const sorted = ascending(away)
  const asked = evenly(bearers, MOST_ASKED)
  const { k, index } = nearestNeighbours(gatherRows(rows, asked), NEAREST, gatherRows(rows, others))
  let sum = 0
  for (const at of index) sum += countBelow(sorted, away[at]!, false) + countBelow(sorted, away[at]!, true)
  return sum / (2 * others.length * asked.length * k) + (CERTAIN * UNIFORM) / Math.sqrt(asked.length) < CHANCE
}

/** The share of records' nearest others for which `is` is true; a record is not among its own. */
export function shareOfNearest(
  rows: Matrix,
  records: Int32Array,
  others: Int32Array,
  is: (i: number) => boolean,
): number {
  const asked = evenly(records, MOST_ASKED)
  const { k, index } = nearestNeighbours(gatherRows(rows, asked), NEAREST + 1, gatherRows(rows, others))
  let [found, seen] = [0, 0]
  asked.forEach((own, at) => {
    const near = Array.from(index.subarray(at * k, (at + 1) * k), (other) => others[other]!).filter((i) => i !== own)
    for (const i of near.slice(0, NEAREST)) {
      seen++
      if (is(i)) found++
    }
  })
  return found / Math.max(1, seen)
}
