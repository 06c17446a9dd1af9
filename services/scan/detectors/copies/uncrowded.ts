import { RANK_WIDTH, tableRanks } from '../../features/tables.ts'
import { ascendingPlaces, presentIn } from '../../numeric/sorted.ts'
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
  const usual = medianNearest({ index, distance, k }, n)
  const crowded = Int32Array.from({ length: n }, (_, i) => i).filter((i) => distance[i * k + CROWD - 1]! < usual)
  const squares = new Float64Array(crowded.length * k)
  crowded.forEach((i, row) => {
    for (let at = 0; at < k; at++) squares[row * k + at] = distance[i * k + at]! ** 2
  })
  for (const { column, c } of fine) takeOff(squares, { index, k, left, crowded }, placesIn(column, c, n))
  crowded.forEach((i, row) => {
    for (let at = 0; at < k; at++) found[i * k + at] = Math.sqrt(Math.max(0, squares[row * k + at]!))
  })
  const order = nearestFirst(found, n, k)
  return { index: order.map((at) => index[at]!), distance: found.map((_, at) => found[order[at]!]!), k }
}

function isFine({ values }: TableColumn & { type: 'number' }): boolean {
  return new Set(values).size >= FINE * values.length
}

/** A fine column, whose records are read by their places: 0 for the least value, −1 without a value. */
interface Places {
  /** Its place among the columns. */
  readonly at: number
  /** By record. */
  readonly place: Int32Array
  /** By place, as the following. */
  readonly values: Float64Array
  readonly ranks: Float32Array
  /** The first place that has the same value. */
  readonly first: Int32Array
}

function placesIn(column: TableColumn & { type: 'number' }, at: number, n: number): Places {
  const { sorted, places } = ascendingPlaces(column.values.map((value) => value + 0)) // zero has one sign
  const values = sorted.subarray(0, presentIn(sorted))
  const first = new Int32Array(values.length)
  for (let p = 1; p < values.length; p++) first[p] = values[p] === values[p - 1] ? first[p - 1]! : p
  const place = new Int32Array(n).fill(-1)
  const ranks = new Float32Array(values.length)
  const rankOf = tableRanks([column], n).data
  for (let p = 0; p < values.length; p++) {
    place[places[p]!] = p
    ranks[p] = rankOf[places[p]!]!
  }
  return { at, place, values, ranks, first }
}

/** Rows with neighbours nearer than half of all rows have their nearest one. */
interface Crowded {
  readonly crowded: Int32Array
  readonly index: Int32Array
  readonly k: number
  /** n × k: the column that a distance leaves out. */
  readonly left: Int16Array | undefined
}

/**
 * Subtracts from the crowded rows' squared distances what the neighbours between two rows add to them in one column.
 * One column is read for all rows at a time, by places: a crowd is as large as an attacker makes it.
 */
function takeOff(squares: Float64Array, { index, k, left, crowded }: Crowded, places: Places): void {
  const { at: column, place, values, ranks, first } = places
  const step = RANK_WIDTH / values.length
  const isNear = new Uint8Array(values.length)
  // The row's neighbours that have a value, by it: their places, and which of the row's neighbours they are.
  const packed = new Float64Array(k)
  const near = new Int32Array(k)
  const which = new Int32Array(k)
  for (let row = 0; row < crowded.length; row++) {
    const i = crowded[row]!
    const own = place[i]!
    if (own < 0) continue
    let known = 0
    for (let at = 0; at < k; at++) {
      const p = place[index[i * k + at]!]!
      if (p >= 0) packed[known++] = p * k + at
    }
    packed.subarray(0, known).sort()
    let [below, upTo] = [0, 0]
    for (let r = 0; r < known; r++) {
      const p = Math.floor(packed[r]! / k)
      near[r] = p
      which[r] = packed[r]! - p * k
      if (first[p]! < first[own]!) below++
      if (first[p]! <= first[own]!) upTo++
    }
    let perValue = Number.NaN
    for (let from = 0, to = 0; from < known; from = to) {
      const value = first[near[from]!]!
      while (to < known && first[near[to]!] === value) to++
      // Ties have mean ranks: half of the neighbours that share a value with either row lie between, without j itself.
      const between = (from >= upTo ? from - upTo : below - to) + (upTo - below + to - from - 1) / 2
      if (value === first[own] || between <= 0) continue
      for (let r = from; r < to; r++) {
        const at = i * k + which[r]!
        if (left !== undefined && left[at] === column) continue
        const p = near[r]!
        if (Number.isNaN(perValue)) {
          mark(isNear, near, known, own, 1)
          perValue = densityAt(own, values, isNear)
          mark(isNear, near, known, own, 0)
        }
        const off = Math.abs(ranks[p]! - ranks[own]!)
        const byNature = Math.abs(values[p]! - values[own]!) * perValue * step
        const rest = Math.min(off, Math.max(off - between * step, byNature, 0))
        squares[row * k + which[r]!]! -= off * off - rest * rest
      }
    }
  }
}

/** Marks the places of a row and its neighbours. */
function mark(isNear: Uint8Array, near: Int32Array, known: number, own: number, as: number): void {
  for (let r = 0; r < known; r++) isNear[near[r]!] = as
  isNear[own] = as
}

/** Records per unit of a column's value around a place, by the gaps between records that are not near. */
function densityAt(at: number, values: Float64Array, isNear: Uint8Array): number {
  let [gaps, width] = [0, 0]
  for (const way of [-1, 1]) {
    let [seen, isOpen, before] = [0, false, 0]
    for (let other = at + way; seen < BESIDE && other >= 0 && other < values.length; other += way) {
      if (isNear[other] === 1) {
        isOpen = false
        continue
      }
      const value = values[other]!
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
