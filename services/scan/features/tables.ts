import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Engine } from '../numeric/engine.ts'
import { principalComponents } from '../numeric/pca.ts'
import type { TableColumn } from '../view/samples.ts'

/** Standard deviations beyond which a value counts as being there. */
const CLIP = 6
/** Levels of a category with a column of their own, most frequent first; the rest share one. */
const LEVELS = 64
const LEAST_RECORDS = 3
/** Wider than this, distances are taken in 100 principal axes. */
const WIDEST = 100
const REDUCED = 100
/** Uniform ranks over this width differ, in mean square, by as much as standardised normals do. */
const RANK_WIDTH = 3
/** One-hot height at which two different levels are as far apart as two random ranks. */
const LEVEL_HEIGHT = Math.sqrt(RANK_WIDTH ** 2 / 12)

/** Numbers standardised and clipped (missing ones at the mean, with an indicator), categories one-hot. */
export function tableInputs(columns: readonly TableColumn[], n: number): Matrix {
  return fromColumns(
    columns.flatMap((column) => (column.type === 'number' ? standardised(column.values) : oneHot(column, 1))),
    n,
  )
}

/** Numbers as ranks, which no outlier stretches, categories one-hot; principal axes where that is wide. */
export async function tableReduced(
  engine: Engine,
  columns: readonly TableColumn[],
  n: number,
  seed: number,
): Promise<Matrix> {
  const ranked = tableRanks(columns, n)
  return ranked.cols > WIDEST ? (await principalComponents(engine, ranked, REDUCED, seed)).projected : ranked
}

/** The same before any axes are taken: n × as many columns as there are numbers and levels. */
export function tableRanks(columns: readonly TableColumn[], n: number): Matrix {
  return fromColumns(
    columns.flatMap((column) => (column.type === 'number' ? [ranks(column.values)] : oneHot(column, LEVEL_HEIGHT))),
    n,
  )
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

/** Mean ranks of ties, centred, over a width of 3; missing values in the middle. */
function ranks(values: Float64Array): Float32Array {
  const order = Int32Array.from(values, (_, i) => i).filter((i) => !Number.isNaN(values[i]!))
  order.sort((a, b) => values[a]! - values[b]!)
  const out = new Float32Array(values.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && values[order[to]!] === values[order[from]!]) to++
    const rank = ((from + to) / 2 / order.length - 0.5) * RANK_WIDTH
    for (let at = from; at < to; at++) out[order[at]!] = rank
    from = to
  }
  return out
}

function oneHot(column: TableColumn & { type: 'category' }, height: number): Float32Array[] {
  const counts = new Int32Array(column.levels.length)
  for (const code of column.codes) if (code >= 0) counts[code] = counts[code]! + 1
  const frequent = Array.from(counts.keys()).filter((code) => counts[code]! >= LEAST_RECORDS)
  frequent.sort((a, b) => counts[b]! - counts[a]! || a - b)
  const kept = frequent.slice(0, LEVELS)
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
  columns.forEach((column, j) => {
    for (let i = 0; i < n; i++) out.data[i * columns.length + j] = column[i]!
  })
  return out
}
