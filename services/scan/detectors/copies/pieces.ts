import type { TableColumn } from '../../view/samples.ts'
import { components } from '../components.ts'
import { FLOOD } from './size-law.ts'
import { numbersRows } from './unexplained.ts'

/** Two rows are near by chance, three hardly ever: a piece has so many at least. */
const FEWEST = 3
/** The copies of one row fall into few pieces, two for each of two columns; where values are few, rows make chains of them. */
const MOST_PIECES = 4
/** Values differ a little by at most this share of the greater: 45 and 44, and not 2 and 1, as counts do. */
const A_LITTLE = 0.1
/** At most so many values of the table lie between two pieces: one that many rows have, on whose two sides copies lie. */
const MOST_BETWEEN = 1
/** A table of more groups repeats itself in so many ways that one more says nothing. */
const MOST_GROUPS = 1000

/** Groups of near-copies that are one. */
export interface Whole {
  readonly members: Int32Array
  readonly pieces: readonly Int32Array[]
}

/**
 * Puts groups of near-copies together that lie one step apart: their values of one column of numbers differ a little, with
 * one value of the table between them at most, and in each other column they have values in common. Copies of a row whose
 * numbers are altered a little fall apart so, in a column of whole numbers, or on the two sides of a value that many rows
 * have (ADR 216). Columns that number the rows are not compared.
 */
export function piecedTogether(columns: readonly TableColumn[], groups: readonly Int32Array[]): Whole[] {
  const pieces = groups.filter(({ length }) => length >= FEWEST)
  const rows = pieces.reduce((sum, { length }) => sum + length, 0)
  if (pieces.length < 2 || pieces.length > MOST_GROUPS || rows < FLOOD) return []
  const compared = columns.filter((column) => !numbersRows(column)).map(comparedBy)
  const spans = pieces.map((members) => compared.map(({ values }) => spanOf(values, members)))
  const areApart = (a: number, b: number): boolean => {
    let steps = 0
    for (const [c, { isStep }] of compared.entries()) {
      const [own, other] = [spans[a]![c]!, spans[b]![c]!]
      const [low, high] = own.least > other.most ? [other, own] : [own, other]
      if (low.most >= high.least) continue
      if (!isStep(low.most, high.least) || ++steps > 1) return false
    }
    return steps === 1
  }
  const links: [number, number][] = []
  for (let a = 0; a < pieces.length; a++) for (let b = 0; b < a; b++) if (areApart(a, b)) links.push([a, b])
  return components(pieces.length, links).map((parts) => {
    const own = Array.from(parts, (part) => pieces[part]!)
    return { members: Int32Array.from(own.flatMap((members) => [...members])).sort(), pieces: own }
  })
}

/** Whether the copies of one row may have fallen into these pieces. */
export function areFew({ pieces }: Whole): boolean {
  return pieces.length <= MOST_PIECES
}

/** The values of a column, and whether one is altered a little where it becomes a greater one. */
interface Compared {
  readonly values: ArrayLike<number>
  readonly isStep: (from: number, to: number) => boolean
}

function comparedBy(column: TableColumn): Compared {
  if (column.type === 'category') return { values: column.values ?? column.codes, isStep: () => false }
  const { values } = column
  // Few pairs of groups ask for it, in few columns.
  let sorted: Float64Array | undefined
  const isStep = (from: number, to: number) => {
    if (from === MISSING || to - from > A_LITTLE * Math.max(Math.abs(from), Math.abs(to))) return false
    const ascending = (sorted ??= values.toSorted())
    const after = (value: number) => ascending[firstAbove(ascending, value)]!
    let between = 0
    for (let next = after(from); next < to; next = after(next)) if (++between > MOST_BETWEEN) return false
    return true
  }
  return { values, isStep }
}

/** What a missing value counts as: less than any other. */
const MISSING = -Infinity

/** The least and the greatest value of a group's rows in a column. */
function spanOf(values: ArrayLike<number>, members: Int32Array): { readonly least: number; readonly most: number } {
  let [least, most] = [Infinity, MISSING]
  for (const i of members) {
    const value = Number.isNaN(values[i]!) ? MISSING : values[i]!
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  return { least, most }
}

/** The first place of ascending values with one above this. */
function firstAbove(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    // numbers that are missing are last
    if (sorted[middle]! <= value) low = middle + 1
    else high = middle
  }
  return low
}
