import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Engine } from '../numeric/engine.ts'
import { principalComponents } from '../numeric/pca.ts'
import { ascendingPlaces, presentIn } from '../numeric/sorted.ts'
import type { TableColumn } from '../view/samples.ts'
import { timesInOrder } from './times-of-day.ts'

/** Values are clipped at this many standard deviations. */
const CLIP = 6
/**
 * The most levels of a category that have a column of their own unless it is said, the most frequent first, and the
 * fewest records of such a level; the others share a column.
 */
const LEVELS = 64
const LEAST_RECORDS = 3
/** How many rows columns are placed in at a time, so that what is written stays in the processor's cache. */
const PLACED = 32
/** Wider than this, distances are taken in 100 principal axes. */
export const WIDEST = 100
const REDUCED = 100
/** Uniform ranks over this width differ, in mean square, by as much as standardised normals do. */
export const RANK_WIDTH = 3
/** One-hot height at which two different levels are as far apart as two random ranks. */
export const LEVEL_HEIGHT = Math.sqrt(RANK_WIDTH ** 2 / 12)

/** Numbers standardised and clipped (missing ones at the mean, with an indicator), categories one-hot. */
export function tableInputs(columns: readonly TableColumn[], n: number, levels = LEVELS): Matrix {
  return fromColumns(
    columns.flatMap((column): (Float32Array | Levels)[] =>
      column.type === 'number' ? standardised(column.values) : [oneHot(column, 1, levels)],
    ),
    n,
  )
}

/**
 * Numbers as ranks, whose scale outliers do not change, categories one-hot; principal axes where there are many
 * columns.
 */
export async function tableReduced(
  engine: Engine,
  columns: readonly TableColumn[],
  n: number,
  seed: number,
  levels = LEVELS,
): Promise<Matrix> {
  const ranked = tableRanks(columns, n, levels)
  return ranked.cols > WIDEST ? (await principalComponents(engine, ranked, REDUCED, seed)).projected : ranked
}

/** Ranks and one-hot levels without principal axes: n × as many columns as there are numbers and levels. */
export function tableRanks(columns: readonly TableColumn[], n: number, levels = LEVELS): Matrix {
  return fromColumns(
    columns.flatMap((column) => ranked(column, levels)),
    n,
  )
}

/** Ranks and one-hot levels, a record a row, and the same a column a row. */
export interface Ranked {
  readonly rows: Matrix
  readonly columns: Matrix
}

/** Those of a table's columns but one, which are made once for all. */
export function ranksWithout(columns: readonly TableColumn[], n: number): (without: string) => Ranked {
  const parts = columns.map((column) => ({ name: column.name, of: ranked(column, LEVELS) }))
  return (without) => {
    const of = parts.flatMap((part) => (part.name === without ? [] : part.of))
    const turned = matrix(widthOf(of), n)
    let j = 0
    for (const column of of) {
      if (column instanceof Float32Array) turned.data.set(column, j * n)
      else placeLevels(column, turned.data, { first: j * n, level: n, record: 1 }, 0, n)
      j += widthOf([column])
    }
    return { rows: fromColumns(of, n), columns: turned }
  }
}

function ranked(column: TableColumn, most: number): (Float32Array | Levels)[] {
  return column.type === 'number' ? [ranks(column.values)] : [oneHot(column, LEVEL_HEIGHT, most)]
}

function standardised(asWritten: Float64Array): Float32Array[] {
  const values = timesInOrder(asWritten)
  const present = values.filter((value) => Number.isFinite(value))
  const mean = present.reduce((sum, value) => sum + value / present.length, 0)
  const spread = Math.sqrt(present.reduce((sum, value) => sum + (value - mean) ** 2 / present.length, 0))
  // A constant's spread is rounding.
  if (!(spread > 1e-12 * Math.abs(mean))) return missingIndicator(values)
  const scaled = Float32Array.from(values, (value) =>
    Number.isNaN(value) ? 0 : Math.max(-CLIP, Math.min(CLIP, (value - mean) / spread)),
  )
  return [scaled, ...missingIndicator(values)]
}

function missingIndicator(values: Float64Array): Float32Array[] {
  return values.some(Number.isNaN) ? [Float32Array.from(values, (value) => Number(Number.isNaN(value)))] : []
}

const known = new WeakMap<Float64Array, Float32Array>()

/** Mean ranks of ties, centred, over a width of 3; missing values in the middle. Made once a column: several detectors ask for them. */
function ranks(values: Float64Array): Float32Array {
  let found = known.get(values)
  if (found === undefined) known.set(values, (found = ranksOf(timesInOrder(values))))
  return found
}

function ranksOf(values: Float64Array): Float32Array {
  const { sorted, places } = ascendingPlaces(values)
  const present = presentIn(sorted)
  const out = new Float32Array(values.length)
  for (let from = 0, to = 0; from < present; from = to) {
    while (to < present && sorted[to] === sorted[from]) to++
    const rank = ((from + to) / 2 / present - 0.5) * RANK_WIDTH
    for (let p = from; p < to; p++) out[places[p]!] = rank
  }
  return out
}

/** A category as one column a level, which is `height` where a record has that level and 0 elsewhere. */
interface Levels {
  readonly codes: Int32Array
  /** By code: its column, of which there are `width`. */
  readonly place: Int32Array
  readonly width: number
  readonly height: number
}

function oneHot({ codes, levels }: TableColumn & { type: 'category' }, height: number, most: number): Levels {
  const counts = new Int32Array(levels.length)
  for (let i = 0; i < codes.length; i++) if (codes[i]! >= 0) counts[codes[i]!]!++
  const frequent = Array.from(counts.keys()).filter((code) => counts[code]! >= LEAST_RECORDS)
  frequent.sort((a, b) => counts[b]! - counts[a]! || a - b)
  const kept = frequent.slice(0, most)
  const place = new Int32Array(counts.length).fill(kept.length)
  kept.forEach((code, at) => (place[code] = at))
  return { codes, place, width: kept.length + Number(place.includes(kept.length)), height }
}

function widthOf(columns: readonly (Float32Array | Levels)[]): number {
  return columns.reduce((sum, column) => sum + (column instanceof Float32Array ? 1 : column.width), 0)
}

function fromColumns(columns: readonly (Float32Array | Levels)[], n: number): Matrix {
  const out = matrix(n, widthOf(columns))
  for (let first = 0; first < n; first += PLACED) {
    const end = Math.min(n, first + PLACED)
    let j = 0
    for (const column of columns) {
      if (column instanceof Float32Array) placeColumn(column, out.data, j++, out.cols, first, end)
      else {
        placeLevels(column, out.data, { first: j, level: 1, record: out.cols }, first, end)
        j += column.width
      }
    }
  }
  return out
}

function placeColumn(
  column: Float32Array,
  into: Float32Array,
  j: number,
  stride: number,
  first: number,
  end: number,
): void {
  for (let i = first, at = first * stride + j; i < end; i++, at += stride) into[at] = column[i]!
}

/** Where the first level of the first record is, and how far the next level and the next record are from there. */
interface Strides {
  readonly first: number
  readonly level: number
  readonly record: number
}

function placeLevels(
  { codes, place, height }: Levels,
  into: Float32Array,
  strides: Strides,
  first: number,
  end: number,
): void {
  const { level, record } = strides
  for (let i = first, at = strides.first + first * record; i < end; i++, at += record) {
    const code = codes[i]!
    if (code >= 0) into[at + place[code]! * level] = height
  }
}
