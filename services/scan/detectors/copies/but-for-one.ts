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
  const squares = new Float64Array(n * k)
  for (const [c, column] of columns.entries()) {
    if (column.type === 'category') putLevels(column.values ?? column.codes, index, k, squares)
    else putNumbers(tableRanks([column], n).data, column.values, index, k, squares)
    addSquares(squares, c, all, apart, left)
  }
  const distance = all.map((square, at) => Math.sqrt(Math.max(0, square - apart[at]!)))
  const order = nearestFirst(distance, n, k)
  return {
    // not by `from`, which asks an iterator for each number
    index: order.map((at) => index[at]!),
    distance: distance.map((_, at) => distance[order[at]!]!),
    k,
    left: left.map((_, at) => left[order[at]!]!),
    apart: apart.map((_, at) => apart[order[at]!]!),
  }
}

/** The squared distance of two different categories, and of a number and a missing one. */
const DIFFERENT = 2 * LEVEL_HEIGHT ** 2

// The loops are functions of their own, one for each type of column, so that they are compiled once.

/** Writes the squared distance of each pair in a category. */
function putLevels(values: Int32Array, index: Int32Array, k: number, squares: Float64Array): void {
  for (let i = 0, at = 0; at < squares.length; i++) {
    const own = values[i]!
    for (const end = at + k; at < end; at++) squares[at] = own === values[index[at]!] ? 0 : DIFFERENT
  }
}

/** The same in a column of numbers. */
function putNumbers(
  ranks: Float32Array,
  values: Float64Array,
  index: Int32Array,
  k: number,
  squares: Float64Array,
): void {
  for (let i = 0, at = 0; at < squares.length; i++) {
    const own = ranks[i]!
    const isMissing = Number.isNaN(values[i]!)
    for (const end = at + k; at < end; at++) {
      const j = index[at]!
      if (isMissing !== Number.isNaN(values[j]!)) squares[at] = DIFFERENT
      else squares[at] = isMissing ? 0 : (own - ranks[j]!) ** 2
    }
  }
}

/** Adds column c's squares, and keeps each pair's largest and its column. */
function addSquares(squares: Float64Array, c: number, all: Float32Array, apart: Float32Array, left: Int16Array): void {
  for (let at = 0; at < squares.length; at++) {
    const square = squares[at]!
    all[at] = all[at]! + square
    if (square <= apart[at]!) continue
    apart[at] = square
    left[at] = c
  }
}
