import type { TableColumn } from '../../view/samples.ts'
import { shareOfSpread } from './alike-in-values.ts'

/** A column drawn anew spreads over this share of its spread and more; steps of a scale, as years of age are, do not. */
const LEAST_SPREAD = 0.1
/** Values drawn anew differ at least this share of what as many draws are expected to differ. */
const LEAST_DIFFERENT = 0.5
/** So many different values are no natural count of few. */
const MANY = 5

/**
 * Returns whether a group's values in a column may have been drawn anew for each row. Numbers must spread over the
 * column, and the group must have at least half of what as many draws from the other rows are expected to have: of
 * different values (Hurlbert 1971, The Nonconcept of Species Diversity), five being always enough, and of pairs of rows
 * that differ. By the
 * number of values, natural counts are told: mails of one sender have no exclamation mark, one or two. By the pairs,
 * one odd row among equal ones is told where the column has few values. A missing value is a value.
 */
export function isDrawnAnew(column: TableColumn, members: Int32Array): boolean {
  if (column.type === 'number' && (shareOfSpread(column)?.(members) ?? 0) < LEAST_SPREAD) return false
  const values = column.type === 'category' ? (column.values ?? column.codes) : column.values
  const own = countsOf(members, (i) => values[i]!)
  const [draws, others] = [members.length, values.length - members.length]
  let [different, equal] = [0, 0]
  for (const [value, count] of countsOf(values)) {
    const share = (count - (own.get(value) ?? 0)) / others
    different += 1 - (1 - share) ** draws
    equal += share ** 2
  }
  const ownEqual = [...own.values()].reduce((sum, count) => sum + (count * (count - 1)) / (draws * (draws - 1)), 0)
  return own.size >= Math.min(MANY, LEAST_DIFFERENT * different) && 1 - ownEqual >= LEAST_DIFFERENT * (1 - equal)
}

function countsOf(of: Iterable<number>, valueOf = (value: number) => value): Map<number, number> {
  const counts = new Map<number, number>()
  for (const each of of) counts.set(valueOf(each), (counts.get(valueOf(each)) ?? 0) + 1)
  return counts
}
