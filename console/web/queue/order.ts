import type { Direction, Sort } from '../place.ts'
import type { Column } from './use-table.ts'

export interface Order {
  readonly sort: Sort
  /** Null is the one that the sort goes by itself. */
  readonly direction: Direction | null
}

/** Columns that the server lists records by, page after page, however many there are. */
export const SORTED_BY: Readonly<Partial<Record<Column | 'risk', Sort>>> = {
  risk: 'risk',
  dataset: 'place',
  label: 'label',
  contributor: 'contributor',
  held: 'held',
}

export function directionOf({ sort, direction }: Order): Direction {
  return direction ?? usualOf(sort)
}

/** By what a press on a column's head sorts: by the column, and the other way round where it is by that already. */
export function orderAfter(order: Order, sort: Sort): Order {
  if (order.sort !== sort) return { sort, direction: null }
  const other = directionOf(order) === 'ascending' ? 'descending' : 'ascending'
  return { sort, direction: other === usualOf(sort) ? null : other }
}

function usualOf(sort: Sort): Direction {
  return sort === 'risk' ? 'descending' : 'ascending'
}
