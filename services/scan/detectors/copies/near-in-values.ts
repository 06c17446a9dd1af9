import type { NumberColumn, TableColumn } from '../../view/samples.ts'
import type { Neighbours } from '../../view/window-view.ts'
import type { Near } from './near-pairs.ts'
import { spreadOf } from './alike-in-values.ts'

/** Two values are near where they differ by at most this share of their column's spread; of a column without a spread, where they are equal. */
const NEAR_VALUE = 0.01

/**
 * Yields each row with those of its neighbours that lie nearer than the nearest usually does, and are near it by their
 * values in every column of numbers (ADR 235). Near-copies put ranks between themselves, and look far apart where rows
 * are compared by ranks.
 */
export function* nearInValues(
  columns: readonly TableColumn[],
  { index, distance, k }: Neighbours,
  { neighbours: limit }: Near,
  median: number,
): Generator<[number, number]> {
  const numbers = columns.filter((column): column is NumberColumn => column.type === 'number')
  if (numbers.length === 0) return
  const bounds = numbers.map(({ values }) => NEAR_VALUE * spreadOf(values))
  const n = distance.length / k
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < Math.min(limit, k); r++) {
      if (distance[i * k + r]! >= median) break
      const j = index[i * k + r]!
      if (numbers.every(({ values }, c) => isNear(values[i]!, values[j]!, bounds[c]!))) yield [i, j]
    }
  }
}

function isNear(a: number, b: number, bound: number): boolean {
  return Math.abs(a - b) <= bound || (Number.isNaN(a) && Number.isNaN(b))
}
