import { RANK_WIDTH, tableRanks } from '../../features/tables.ts'
import type { TableColumn } from '../../view/samples.ts'
import { medianNearest } from './near-pairs.ts'
import type { Neighbours } from '../../view/window-view.ts'

/** Records on either side of a row, but for its neighbours, that show how densely a column's values lie there. */
const BESIDE = 30
const FINE = 0.5
const MOST = 0.5
/** Rows are asked that have so many neighbours nearer than the nearest usually is: fewer are no crowd. */
const CROWD = 9

/**
 * Distances of a table's rows to their neighbours but for what these make of them. Numbers are compared by ranks, and whoever puts many near-copies of a row
 * beside it puts ranks between them: thirty rows that differ in the third digit are thirty ranks from first to last, in every column. Neighbours that lie
 * between a row and another, or share a value with either, are not counted; but two rows are no nearer than their values are to where the column's other values lie as
 * densely as beside them, as months are that follow one another. Nearest first; what columns without numbers make of a distance stays.
 */
export function uncrowded({ index, distance, k }: Neighbours, columns: readonly TableColumn[], n: number): Neighbours {
  const found: Neighbours = { index: index.slice(), distance: distance.slice(), k }
  const ofNumbers = columns.filter((column) => column.type === 'number')
  const fine = ofNumbers.filter(isFine)
  // Where most columns repeat their values, copies hardly lie apart, and what is left of a distance is that of a few columns.
  if (k < CROWD || fine.length < MOST * ofNumbers.length) return found
  const numbers = fine.map((column) => placesIn(column, n))
  const squares = new Float64Array(k)
  const isNear = new Uint8Array(n)
  const usual = medianNearest(found, n)
  for (let i = 0; i < n; i++) {
    if (distance[i * k + CROWD - 1]! >= usual) continue
    const near = index.subarray(i * k, (i + 1) * k)
    near.forEach((j, at) => {
      squares[at] = distance[i * k + at]! ** 2
      isNear[j] = 1
    })
    isNear[i] = 1
    for (const places of numbers) takeOff(squares, places, i, near, isNear)
    for (const j of near) isNear[j] = 0
    isNear[i] = 0
    const order = [...near.keys()].sort((a, b) => squares[a]! - squares[b]! || a - b)
    order.forEach((at, place) => {
      found.index[i * k + place] = near[at]!
      found.distance[i * k + place] = Math.sqrt(Math.max(0, squares[at]!))
    })
  }
  return found
}

/** Whether the values of a column hardly repeat: among those that do, copies have the very same. */
function isFine({ values }: TableColumn & { type: 'number' }): boolean {
  return new Set(values).size >= FINE * values.length
}

/** A column of numbers as distances see it. */
interface Places {
  readonly values: Float64Array
  readonly ranks: Float32Array
  /** Records by value, those without one left out, and each one's place among them. */
  readonly order: Int32Array
  readonly place: Int32Array
}

function placesIn(column: TableColumn & { type: 'number' }, n: number): Places {
  const { values } = column
  const order = Int32Array.from(values.keys())
    .filter((i) => !Number.isNaN(values[i]!))
    .sort((a, b) => values[a]! - values[b]! || a - b)
  const place = new Int32Array(n).fill(-1)
  order.forEach((i, at) => (place[i] = at))
  return { values, ranks: tableRanks([column], n).data, order, place }
}

/** What a column's own values spread over, between these quantiles; copies of a row spread over no more than this share of it, in mean square. */
const QUANTILES = [0.16, 0.84] as const
const ALIKE = 0.15
/** A column counts as spread over no more than this share: one that is drawn anew for each copy, as a time is, does not make it another row. */
const MOST_SPREAD = 0.5

/**
 * Whether rows that are near one another by ranks are so by their values: the smallest shells differ twentyfold in weight, and are next to one another in
 * every rank, for ranks draw a tail together.
 */
export function areAlikeInValues(columns: readonly TableColumn[]): (members: Int32Array) => boolean {
  const numbers = columns.flatMap((column) => {
    if (column.type !== 'number') return []
    const span = spanOf(column.values) || rangeOf(column.values)
    return span > 0 ? [{ values: column.values, span }] : []
  })
  return (members) => {
    const squares = numbers.map(
      ({ values, span }) => Math.min(MOST_SPREAD, spanOf(members, (i) => values[i]!) / span) ** 2,
    )
    const mean = squares.reduce((sum, square) => sum + square, 0) / Math.max(1, squares.length)
    return mean <= ALIKE ** 2
  }
}

function spanOf(of: Iterable<number>, valueOf = (value: number) => value): number {
  const sorted = Float64Array.from(of, valueOf)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const [low, high] = QUANTILES.map((share) => sorted[Math.floor(share * (sorted.length - 1))] ?? 0)
  return high! - low!
}

function rangeOf(values: Float64Array): number {
  const known = values.filter((value) => !Number.isNaN(value))
  return (
    known.reduce((most, value) => Math.max(most, value), -Infinity) -
    known.reduce((least, value) => Math.min(least, value), Infinity)
  )
}

/** Takes off what the neighbours add to each other's distances in one column. */
function takeOff(squares: Float64Array, places: Places, i: number, near: Int32Array, isNear: Uint8Array): void {
  const { values, ranks, order, place } = places
  const own = values[i]!
  if (Number.isNaN(own)) return
  const step = RANK_WIDTH / order.length
  const sorted = Float64Array.from(near, (j) => values[j]!)
    .filter((value) => !Number.isNaN(value))
    .sort()
  const [below, upTo] = [countBelow(sorted, own), countUpTo(sorted, own)]
  let perValue: number | undefined
  near.forEach((j, at) => {
    const value = values[j]!
    const off = Math.abs(ranks[j]! - ranks[i]!)
    if (Number.isNaN(value) || value === own) return
    const [from, to] = [countBelow(sorted, value), countUpTo(sorted, value)]
    // Mean ranks of ties: half of those that share a value lie between. The neighbour itself is one of its own.
    const between = (value > own ? from - upTo : below - to) + (upTo - below + to - from - 1) / 2
    if (between <= 0) return
    perValue ??= densityAt(place[i]!, values, order, isNear)
    const byNature = Math.abs(value - own) * perValue * step
    const left = Math.min(off, Math.max(off - between * step, byNature, 0))
    squares[at]! -= off * off - left * left
  })
}

/** Records for each unit of a column's value around a place, by the gaps between others that no near record lies in. */
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

function countBelow(sorted: Float64Array, value: number): number {
  let at = 0
  while (at < sorted.length && sorted[at]! < value) at++
  return at
}

function countUpTo(sorted: Float64Array, value: number): number {
  let at = 0
  while (at < sorted.length && sorted[at]! <= value) at++
  return at
}
