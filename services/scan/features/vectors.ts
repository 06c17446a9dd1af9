import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { columnMeans, type Principal, principalComponents } from '../numeric/pca.ts'
import type { Samples, TableColumn } from '../view/samples.ts'

const CLIP = 6
/** Principal axes for distances, and, of vectors too wide for predictors, for these: 50 leave out half of what tells labels. */
export const REDUCED = 50
export const AXES_OF_WIDE = 256
/**
 * Coordinates whose standard deviations are within this factor of the median share a unit, as those of an embedding do.
 */
const SAME_UNIT = 10

/**
 * Coordinates centred and scaled by those of `like`, and clipped at 6 standard deviations: by one scale where they
 * share a unit, otherwise each by its own.
 */
export function vectorInputs(vectors: Matrix, like = vectors): Matrix {
  const { rows: n, cols: d } = vectors
  const { mean, spread, shared: middle } = scaleOf(like)
  const out = matrix(n, d)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) {
      const unit = middle ?? (spread[j]! || 1)
      out.data[i * d + j] = Math.max(-CLIP, Math.min(CLIP, (vectors.data[i * d + j]! - mean[j]!) / unit))
    }
  }
  return out
}

/** Whether the coordinates share a unit, as those of an embedding do. */
export function haveOneUnit(vectors: Matrix): boolean {
  return scaleOf(vectors).shared !== null
}

/** Mean and standard deviation of each coordinate, and the median deviation where they share a unit. */
function scaleOf(vectors: Matrix) {
  const { rows: n, cols: d, data } = vectors
  const mean = columnMeans(vectors)
  const spread = new Float64Array(d)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) spread[j] = spread[j]! + (data[i * d + j]! - mean[j]!) ** 2 / n
  }
  for (let j = 0; j < d; j++) spread[j] = Math.sqrt(spread[j]!)
  const positive = spread.filter((s) => s > 0).sort()
  const middle = positive[Math.floor(positive.length / 2)] ?? 1
  const isShared = (positive.at(-1) ?? 1) < SAME_UNIT * middle && middle < SAME_UNIT * (positive[0] ?? 1)
  return { mean, spread, shared: isShared ? middle : null }
}

/** So many principal axes of the inputs. */
export function vectorAxes(engine: Engine, inputs: Matrix, seed: number, count: number): Promise<Principal> {
  return principalComponents(engine, inputs, count, seed)
}

/** The coordinates as columns of a table, `x[0]`, `x[1]`, … */
export function vectorColumns(vectors: Matrix): TableColumn[] {
  return Array.from({ length: vectors.cols }, (_, j) => ({
    name: `x[${j}]`,
    type: 'number' as const,
    values: columnOf(vectors, j),
  }))
}

function columnOf({ rows, cols, data }: Matrix, j: number): Float64Array {
  const values = new Float64Array(rows)
  for (let i = 0; i < rows; i++) values[i] = data[i * cols + j]!
  return values
}

/** The columns of a table, or the coordinates of vectors; none for other samples. */
export function columnsOf(samples: Samples): readonly TableColumn[] {
  if (samples.kind === 'vector') return vectorColumns(samples.vectors)
  return samples.kind === 'table' ? samples.columns : []
}
