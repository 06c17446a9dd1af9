import { LEVEL_HEIGHT, tableRanks } from '../../features/tables.ts'
import type { TableColumn } from '../../view/samples.ts'
import type { Neighbours } from '../../view/window-view.ts'
import { nearestFirst } from './near-pairs.ts'

/** Distances that each leave one column out. */
export interface ButForOne extends Neighbours {
  /** n × k: the place of the column that is left out of a distance; −1 where two rows are equal. */
  readonly left: Int16Array
  /** n × k: the squared distance in that column. */
  readonly apart: Float32Array
}

/**
 * Returns the distances of n rows to their k neighbours without the column in which a row and its neighbour differ most,
 * nearest first. Copies of a row with one column drawn anew are near one another so, however far apart that column
 * puts them. The neighbours stay those that are nearest by all columns.
 */
export function butForOne({ index, k }: Neighbours, columns: readonly TableColumn[], n: number): ButForOne {
  const all = new Float32Array(n * k)
  const apart = new Float32Array(n * k)
  const left = new Int16Array(n * k).fill(-1)
  for (const [c, column] of columns.entries()) {
    const squareOf = squaresOf(column, n)
    for (let at = 0; at < n * k; at++) {
      const square = squareOf(Math.floor(at / k), index[at]!)
      all[at]! += square
      if (square > apart[at]!) [apart[at], left[at]] = [square, c]
    }
  }
  const distance = all.map((square, at) => Math.sqrt(Math.max(0, square - apart[at]!)))
  const order = nearestFirst(distance, n, k)
  return {
    index: order.map((at) => index[at]!),
    distance: Float32Array.from(order, (at) => distance[at]!),
    k,
    left: Int16Array.from(order, (at) => left[at]!),
    apart: Float32Array.from(order, (at) => apart[at]!),
  }
}

/** The squared distance of two different categories, and of a number and a missing one. */
const DIFFERENT = 2 * LEVEL_HEIGHT ** 2

function squaresOf(column: TableColumn, n: number): (i: number, j: number) => number {
  if (column.type === 'category') {
    const values = column.values ?? column.codes
    return (i, j) => (values[i] === values[j] ? 0 : DIFFERENT)
  }
  const { values } = column
  const ranks = tableRanks([column], n).data
  return (i, j) => {
    const isMissing = Number.isNaN(values[i]!)
    if (isMissing !== Number.isNaN(values[j]!)) return DIFFERENT
    return isMissing ? 0 : (ranks[i]! - ranks[j]!) ** 2
  }
}
