import type { TableColumn } from '../../view/samples.ts'
import { components } from '../components.ts'
import { FLOOD } from './size-law.ts'
import { numbersRows } from './unexplained.ts'

/** Two rows are near by chance, three hardly ever: a piece has so many at least. */
const FEWEST = 3
/** The copies of one row fall into few pieces: two for each of two columns. Where values are few, rows make chains of pieces. */
const MOST_PIECES = 4
/** By at most this share of the greater of two values a value is altered a little: 45 for 44, and not 2 for 1, as counts differ. */
const A_LITTLE = 0.1
/** Of the values of a column, at most one lies between two pieces: such as one that many rows have, beside which copies fall apart. */
const MOST_STEPS = 2
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
  const spansOf = columns.filter((column) => !numbersRows(column)).map(spanIn)
  const spans = pieces.map((members) => spansOf.map((spanOf) => spanOf(members)))
  const links: [number, number][] = []
  for (let a = 0; a < pieces.length; a++)
    for (let b = 0; b < a; b++) if (areOneStepApart(spans[a]!, spans[b]!)) links.push([a, b])
  return components(pieces.length, links).map((parts) => {
    const own = Array.from(parts, (part) => pieces[part]!)
    return { members: Int32Array.from(own.flatMap((members) => [...members])).sort(), pieces: own }
  })
}

/** Whether the copies of one row may have fallen into these pieces. */
export function areFew({ pieces }: Whole): boolean {
  return pieces.length <= MOST_PIECES
}

/** Where a group lies in a column: the places of its least and greatest value among the column's different values. */
interface Span {
  /** −1 where a row has no value. */
  readonly least: number
  readonly most: number
  readonly valueOfLeast: number
  readonly valueOfMost: number
  readonly isNumber: boolean
}

function isLittle(one: number, other: number): boolean {
  return Math.abs(one - other) <= A_LITTLE * Math.max(Math.abs(one), Math.abs(other))
}

function areOneStepApart(some: readonly Span[], others: readonly Span[]): boolean {
  let columns = 0
  for (const [c, own] of some.entries()) {
    const other = others[c]!
    const steps = Math.max(own.least - other.most, other.least - own.most)
    if (steps <= 0) continue
    const [low, high] = own.least > other.most ? [other, own] : [own, other]
    const isStep = own.isNumber && steps <= MOST_STEPS && low.least >= 0 && isLittle(low.valueOfMost, high.valueOfLeast)
    if (!isStep || ++columns > 1) return false
  }
  return columns === 1
}

function spanIn(column: TableColumn): (members: Int32Array) => Span {
  const isNumber = column.type === 'number'
  const values: Int32Array | Float64Array = isNumber ? column.values : (column.values ?? column.codes)
  const different = Float64Array.from(new Set<number>(values)).filter((value) =>
    isNumber ? !Number.isNaN(value) : value >= 0,
  )
  const places = new Map(Array.from(different.sort(), (value, place) => [value, place]))
  return (members) => {
    let [least, most] = [Infinity, -Infinity]
    for (const i of members) {
      const place = places.get(values[i]!) ?? -1
      least = Math.min(least, place)
      most = Math.max(most, place)
    }
    return { least, most, valueOfLeast: different[least] ?? NaN, valueOfMost: different[most] ?? NaN, isNumber }
  }
}
