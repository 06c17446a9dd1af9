import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Engine } from '../numeric/engine.ts'
import { principalComponents } from '../numeric/pca.ts'
import { countBelow } from '../numeric/sorted.ts'
import type { TableColumn } from '../view/samples.ts'

/** Values are clipped at this many standard deviations. */
const CLIP = 6
/**
 * The most levels of a category that have a column of their own unless it is said, the most frequent first, and the fewest records of
 * such a level; the others share a column.
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
    columns.flatMap((column) => (column.type === 'number' ? standardised(column.values) : oneHot(column, 1, levels))),
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
    const turned = matrix(of.length, n)
    of.forEach((column, j) => turned.data.set(column, j * n))
    return { rows: fromColumns(of, n), columns: turned }
  }
}

function ranked(column: TableColumn, levels: number): Float32Array[] {
  return column.type === 'number' ? [ranks(column.values)] : oneHot(column, LEVEL_HEIGHT, levels)
}

function standardised(values: Float64Array): Float32Array[] {
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
  if (found === undefined) known.set(values, (found = ranksOf(values)))
  return found
}

/** By values that are sorted as numbers, without indices, for a comparison by function costs ten times as much. */
function ranksOf(values: Float64Array): Float32Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort()
  const present = sorted.length
  const out = new Float32Array(values.length)
  for (let i = 0; i < out.length; i++) {
    const value = values[i]!
    if (Number.isNaN(value)) continue
    const from = countBelow(sorted, value, false)
    const to = countBelow(sorted, value, true)
    out[i] = ((from + to) / 2 / present - 0.5) * RANK_WIDTH
  }
  return out
}

function oneHot(column: TableColumn & { type: 'category' }, height: number, levels: number): Float32Array[] {
  const counts = new Int32Array(column.levels.length)
  for (const code of column.codes) if (code >= 0) counts[code] = counts[code]! + 1
  const frequent = Array.from(counts.keys()).filter((code) => counts[code]! >= LEAST_RECORDS)
  frequent.sort((a, b) => counts[b]! - counts[a]! || a - b)
  const kept = frequent.slice(0, levels)
  const place = new Int32Array(counts.length).fill(kept.length)
  kept.forEach((code, at) => (place[code] = at))
  const width = kept.length + Number(place.includes(kept.length))
  const columnOf = Array.from({ length: width }, () => new Float32Array(column.codes.length))
  column.codes.forEach((code, i) => {
    const target = code < 0 ? undefined : columnOf[place[code]!]
    if (target) target[i] = height
  })
  return columnOf
}

function fromColumns(columns: readonly Float32Array[], n: number): Matrix {
  const out = matrix(n, columns.length)
  for (let first = 0; first < n; first += PLACED) {
    const end = Math.min(n, first + PLACED)
    for (let j = 0; j < columns.length; j++) placeColumn(columns[j]!, out.data, j, columns.length, first, end)
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
