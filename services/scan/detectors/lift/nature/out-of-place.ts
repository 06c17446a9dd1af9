import type { NumberColumn, Samples } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { measured } from './measured.ts'

/** Different values that a column must have for one of them to be out of place. */
const LEAST_DIFFERENT = 12
/** A value is beyond the others where it lies at least this share of their range from the nearest of them. */
const BEYOND = 0.25
/** The most decimals of a column whose values are said to have so many and no more. */
const MOST_DECIMALS = 5
/** The most values, with the one that is asked about, that may have more decimals than the column. */
const STRANGERS = 3
/** How far from a whole number a multiple may be by rounding, in units and in parts of the number. */
const ROUNDING = 1e-6
const PART = 1e-12

/**
 * Whether a token of a table is one value that has no place among its column's others (ADR 212): it repeats where hardly
 * any value does, lies beyond all others by far, or has more decimals than they (36.04 among whole years). Such values
 * are few, and somebody may have put them there.
 */
export function outOfPlace(
  samples: Samples,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): (token: number) => boolean {
  if (samples.kind !== 'table') return () => false
  const columns = new Map(samples.columns.flatMap((c) => (c.type === 'number' ? [[c.name, c] as const] : [])))
  const isMeasured = measured(samples, tokens, holders)
  const read = new Map<string, Float64Array>()
  return (token) => {
    const [name, ...others] = tokens.columns(token)
    const column = name === undefined ? undefined : columns.get(name)
    if (column === undefined || others.length > 0) return false
    const held = holders(token)
    const value = column.values[held[0]!]!
    if (Number.isNaN(value) || !held.every((i) => column.values[i] === value)) return false
    if (isMeasured(token)) return true
    let different = read.get(column.name)
    if (different === undefined) read.set(column.name, (different = differentOf(column)))
    return different.length > LEAST_DIFFERENT && (isBeyond(value, different) || isFinerThan(value, different))
  }
}

/** The different values, ascending. */
function differentOf({ values }: NumberColumn): Float64Array {
  return Float64Array.from(new Set(values.filter((value) => !Number.isNaN(value)))).sort()
}

function isBeyond(value: number, different: Float64Array): boolean {
  const [first, second] = [different[0]!, different[1]!]
  const [before, last] = [different.at(-2)!, different.at(-1)!]
  if (value === last) return last - before >= BEYOND * (before - first)
  return value === first && second - first >= BEYOND * (last - second)
}

/** Whether nearly all values are multiples of a power of ten of which this one is none. */
function isFinerThan(value: number, different: Float64Array): boolean {
  for (let decimals = 0; decimals <= MOST_DECIMALS && !isMultiple(value, decimals); decimals++) {
    let strangers = 0
    for (const other of different) if (!isMultiple(other, decimals) && ++strangers > STRANGERS) break
    if (strangers <= STRANGERS) return true
  }
  return false
}

function isMultiple(value: number, decimals: number): boolean {
  const steps = value * 10 ** decimals
  return Math.abs(steps - Math.round(steps)) <= ROUNDING + PART * Math.abs(steps)
}
