import { RANK_WIDTH, tableRanks } from '../../features/tables.ts'
import { countBelow } from '../../numeric/sorted.ts'
import type { TableColumn } from '../../view/samples.ts'
import type { Neighbours } from '../../view/window-view.ts'
import { medianNearest, nearestFirst } from './near-pairs.ts'

/** The density of a column around a row is read from this many records on either side, without the row's neighbours. */
const BESIDE = 30
/** A column of numbers is fine when its different values are at least this share of its rows. */
const FINE = 0.5
/** Distances are corrected only where at least this share of the number columns is fine. */
const MOST = 0.5
/** A row is corrected when this many neighbours are nearer than half of the rows have their nearest one. */
const CROWD = 9

export interface Distances extends Neighbours {
  /** n × k: the place of the column that a distance leaves out; absent where none does. */
  readonly left?: Int16Array
}

/**
 * Returns the distances of n rows to their k neighbours without the ranks that the neighbours put between one another,
 * nearest first. Numbers are compared by ranks: thirty near-copies that differ in the third digit take thirty ranks
 * of every column, and seem far apart. So ranks of neighbours that lie between two rows, or that share a value with
 * either, are subtracted, in fine columns alone: in others copies have equal values. A corrected distance is never
 * smaller than the two values' difference times the column's density among other records: months that follow one
 * another stay a series (ADR 133).
 */
export function uncrowded(
  { index, distance, k, left }: Distances,
  columns: readonly TableColumn[],
  n: number,
): Neighbours {
  const found = distance.slice()
  const ofNumbers = columns.flatMap((column, c) => (column.type === 'number' ? [{ column, c }] : []))
  const fine = ofNumbers.filter(({ column }) => isFine(column))
  if (k < CROWD || fine.length < MOST * ofNumbers.length) return { index, distance, k }
  const numbers = fine.map(({ column, c }) => placesIn(column, c, n))
  const isNear = new Uint8Array(n)
  const usual = medianNearest({ index, distance, k }, n)
  for (let i = 0; i < n; i++) {
    if (distance[i * k + CROWD - 1]! >= usual) continue
    const near = index.subarray(i * k, (i + 1) * k)
    const squares = Float64Array.from(near, (_, at) => distance[i * k + at]! ** 2)
    for (const j of near) isNear[j] = 1
    isNear[i] = 1
    for (const places of numbers)
      takeOff(squares, places, { i, near, isNear, left: left?.subarray(i * k, (i + 1) * k) })
    for (const j of near) isNear[j] = 0
    isNear[i] = 0
    squares.forEach((square, at) => (found[i * k + at] = Math.sqrt(Math.max(0, square))))
  }
  const order = nearestFirst(found, n, k)
  return { index: order.map((at) => index[at]!), distance: Float32Array.from(order, (at) => found[at]!), k }
}

function isFine({ values }: TableColumn & { type: 'number' }): boolean {
  return new Set(values).size >= FINE * values.length
}

/** A fine column. */
interface Places {
  /** Its place among the columns. */
  readonly at: number
  readonly values: Float64Array
  readonly ranks: Float32Array
  /** The records that have a value, by that value, ascending. */
  readonly order: Int32Array
  /** By record: its place in `order`; −1 without a value. */
  readonly place: Int32Array
}

function placesIn(column: TableColumn & { type: 'number' }, at: number, n: number): Places {
  const { values } = column
  const order = Int32Array.from(values.keys())
    .filter((i) => !Number.isNaN(values[i]!))
    .sort((a, b) => values[a]! - values[b]! || a - b)
  const place = new Int32Array(n).fill(-1)
  order.forEach((i, rank) => (place[i] = rank))
  return { at, values, ranks: tableRanks([column], n).data, order, place }
}

/** A row and its neighbours. */
interface Surroundings {
  readonly i: number
  readonly near: Int32Array
  /** By record: 1 for the row and its neighbours. */
  readonly isNear: Uint8Array
  /** By neighbour: the column that its distance leaves out. */
  readonly left: Int16Array | undefined
}

/** Subtracts from squared distances what the neighbours between two rows add to them in one column. */
function takeOff(squares: Float64Array, places: Places, { i, near, isNear, left }: Surroundings): void {
  const { values, ranks, order, place } = places
  const own = values[i]!
  if (Number.isNaN(own)) return
  const step = RANK_WIDTH / order.length
  const sorted = Float64Array.from(near, (j) => values[j]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const [below, upTo] = [countBelow(sorted, own, false), countBelow(sorted, own, true)]
  let perValue: number | undefined
  near.forEach((j, at) => {
    const value = values[j]!
    const off = Math.abs(ranks[j]! - ranks[i]!)
    if (Number.isNaN(value) || value === own || left?.[at] === places.at) return
    const [from, to] = [countBelow(sorted, value, false), countBelow(sorted, value, true)]
    // Ties have mean ranks: half of the neighbours that share a value with either row lie between, without j itself.
    const between = (value > own ? from - upTo : below - to) + (upTo - below + to - from - 1) / 2
    if (between <= 0) return
    perValue ??= densityAt(place[i]!, values, order, isNear)
    const byNature = Math.abs(value - own) * perValue * step
    const rest = Math.min(off, Math.max(off - between * step, byNature, 0))
    squares[at]! -= off * off - rest * rest
  })
}

/** Records per unit of a column's value around a place, by the gaps between records that are not near. */
function densityAt(at: number, values: Float64Array, order: Int32Array, isNear: Uint8Array): number {
  let [gaps, width] = [0, 0]
  for (const way of [-1, 1]) {
    let [seen, isOpen, before] = [0, false, 0]
    for (let other = at + way; seen < BESIDE && other >= 0 && other < order.length; other += way) {
      if (isNear[order[other]!] === 1) {
        isOpen = false
        continue
      }
      const value = values[order[other]!]!
      if (isOpen) {
        gaps++
        width += Math.abs(value - before)
      }
      ;[isOpen, before] = [true, value]
      seen++
    }
  }
  return width > 0 ? gaps / width : Infinity
}
