import { ascending } from '../numeric/sorted.ts'
import type { TableColumn } from '../view/samples.ts'

/** A column as small integers: what tokens of tables are made of. */
export interface ColumnCodes {
  readonly column: string
  /** n codes in 0 … space−1; −1 where the record has none. */
  readonly codes: Int32Array
  readonly space: number
  /** The code of a missing value; −1 for numbers of which none is missing, or too few to have a code. */
  readonly missing: number
  /** The code for a person. */
  describe(code: number): string
}

const BINS = 20
/** A column of numbers with at most this many different values is a set of values, not a range. */
const DISCRETE = 64
/**
 * The cuts of a range, as shares: besides 20 equal parts, the edges of the column, where foreign values tend to lie.
 */
const EDGES = [0.002, 0.01, ...Array.from({ length: BINS - 1 }, (_, i) => (i + 1) / BINS), 0.99, 0.998]

/** A column of numbers in ascending order, missing values last; empty for a category. */
export function ascendingValues(column: TableColumn): Float64Array {
  return column.type === 'number' ? ascending(column.values) : new Float64Array(0)
}

const known = new WeakMap<TableColumn, ColumnCodes>()

/**
 * The codes of a column: one for each value that occurs at least `repeated` times, ascending, or for each level; then
 * one for missing values. `sorted` are the column's ascending values. Codes of all values (`repeated` 1) are made once
 * per column, since several detectors use them.
 */
export function exactCodes(column: TableColumn, repeated: number, sorted?: Float64Array): ColumnCodes {
  if (repeated > 1) return codesOf(column, repeated, sorted)
  let coded = known.get(column)
  if (coded === undefined) known.set(column, (coded = codesOf(column, 1, sorted)))
  return coded
}

/** The codes, with −1 for missing values as well. */
export function presentCodes({ codes, missing }: ColumnCodes): Int32Array {
  return missing < 0 ? codes : codes.map((code) => (code === missing ? -1 : code))
}

function codesOf(column: TableColumn, repeated: number, sorted = ascendingValues(column)): ColumnCodes {
  if (column.type === 'category') {
    const { name, levels } = column
    const [codes, missing] = [column.codes.map((code) => (code < 0 ? levels.length : code)), levels.length]
    return { column: name, codes, space: missing + 1, missing, describe: (code) => levels[code] ?? 'missing' }
  }
  const counts = new Map<number, number>()
  if (repeats(sorted, repeated)) for (const value of column.values) counts.set(value, (counts.get(value) ?? 0) + 1)
  const values = [...counts].filter(([, count]) => count >= repeated).map(([value]) => value)
  // NaN does not compare: missing values come last.
  values.sort((a, b) => Number(Number.isNaN(a)) - Number(Number.isNaN(b)) || a - b)
  const codeOf = new Map(values.map((value, code) => [value, code]))
  const codes = new Int32Array(column.values.length).fill(-1)
  if (codeOf.size > 0) for (let i = 0; i < codes.length; i++) codes[i] = codeOf.get(column.values[i]!) ?? -1
  return {
    column: column.name,
    codes,
    space: values.length,
    missing: codeOf.get(Number.NaN) ?? -1,
    describe: (code) => valueText(values[code] ?? Number.NaN),
  }
}

/**
 * Whether any value occurs `often` times. Measured numbers seldom repeat, and a sorted column shows that sooner than
 * counting does.
 */
function repeats(sorted: Float64Array, often: number): boolean {
  for (let at = often - 1; at < sorted.length; at++) {
    const [first, last] = [sorted[at - often + 1]!, sorted[at]!]
    if (first === last || Number.isNaN(first)) return true
  }
  return false
}

/**
 * The codes of a column by the share of its values that a number falls into; null for a category or a set of values.
 */
export function rangeCodes(column: TableColumn, sorted = ascendingValues(column)): ColumnCodes | null {
  if (column.type === 'category' || isDiscrete(column.values)) return null
  const present = sorted.length - missingIn(column.values)
  const cuts = [...new Set(EDGES.map((share) => sorted[Math.floor(share * (present - 1))]!))]
  const codes = codesAmong(Float64Array.from(cuts), column.values)
  const describe = (code: number) => {
    const [from, to] = [cuts[code - 1], cuts[code]]
    if (from === undefined) return `≤ ${valueText(to ?? Number.NaN)}`
    return to === undefined ? `> ${valueText(from)}` : `${valueText(from)} … ${valueText(to)}`
  }
  return { column: column.name, codes, space: cuts.length + 1, missing: -1, describe }
}

function missingIn(values: Float64Array): number {
  let count = 0
  for (let i = 0; i < values.length; i++) count += Number(Number.isNaN(values[i]!))
  return count
}

/** Whether a column is a set of values rather than a range. */
export function isDiscrete(values: Iterable<number | null>): boolean {
  const seen = new Set<number | null>()
  for (const value of values) {
    seen.add(value)
    if (seen.size > DISCRETE) return false
  }
  return true
}

/** By value: how many of the ascending cuts lie below it; −1 for a missing one. */
function codesAmong(cuts: Float64Array, values: Float64Array): Int32Array {
  let half = 1
  while (2 * half <= cuts.length) half *= 2
  // the same number of steps for each value, so that no branch has to be foreseen
  const steps = new Float64Array(2 * half).fill(Infinity)
  steps.set(cuts)
  const codes = new Int32Array(values.length)
  for (let i = 0; i < codes.length; i++) {
    const value = values[i]!
    let below = 0
    for (let step = half; step > 0; step >>= 1) below += step * Number(steps[below + step - 1]! < value)
    codes[i] = value === value ? below : -1
  }
  return codes
}

/** Significant digits of a number as it is told to a person. */
export const DIGITS = 7

/** A number as it is told to a person. */
export function valueText(value: number): string {
  return Number.isNaN(value) ? 'missing' : String(Number(value.toPrecision(DIGITS)))
}
