import type { NumberColumn, Samples } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { measured } from './measured.ts'

/** Different values that a column must have for one of them to be out of place. */
const LEAST_DIFFERENT = 12
/** A value is beyond the others where it lies at least this share of their range from the nearest of them. */
const BEYOND = 0.25
/**
 * One that lies this share beyond them is too, where it has at least TIMES as many records as any of the values next to
 * it, BESIDE of them, or a quarter of all: an end thins out.
 */
const NEARLY_BEYOND = 0.05
const TIMES = 3
const BESIDE = 12
const QUARTER = 1 / 4
/** The most decimals of a column whose values are said to have so many and no more. */
const MOST_DECIMALS = 5
/** The most values, with the one that is asked about, that may have more decimals than the column. */
const STRANGERS = 3
/** How far from a whole number a multiple may be by rounding, in units and in parts of the number. */
const ROUNDING = 1e-6
const PART = 1e-12

/**
 * Whether a token of a table is one value that has no place among its column's others (ADR 212): it repeats where hardly
 * any value does, lies beyond all others by far, or has more decimals than they (36.04 among whole years). So is one
 * that lies somewhat beyond the others and has more records than any of those next to it (ADR 219). Such values are
 * few, and somebody may have put them there.
 */
export function outOfPlace(
  samples: Samples,
  tokens: TokenMatrix,
  holders: (token: number) => Int32Array,
): (token: number) => boolean {
  if (samples.kind !== 'table') return () => false
  const columns = new Map(samples.columns.flatMap((c) => (c.type === 'number' ? [[c.name, c] as const] : [])))
  const isMeasured = measured(samples, tokens, holders)
  const read = new Map<string, Different>()
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
    return (
      different.values.length > LEAST_DIFFERENT && (isBeyond(value, different) || isFinerThan(value, different.values))
    )
  }
}

/** The different values of a column, ascending, and how many records have each. */
interface Different {
  readonly values: Float64Array
  readonly counts: Int32Array
}

function differentOf({ values: all }: NumberColumn): Different {
  const counted = new Map<number, number>()
  for (const value of all) if (!Number.isNaN(value)) counted.set(value, (counted.get(value) ?? 0) + 1)
  const values = Float64Array.from(counted.keys()).sort()
  return { values, counts: Int32Array.from(values, (value) => counted.get(value)!) }
}

function isBeyond(value: number, { values, counts }: Different): boolean {
  const [first, second] = [values[0]!, values[1]!]
  const [before, last] = [values.at(-2)!, values.at(-1)!]
  const [gap, range] = value === last ? [last - before, before - first] : [second - first, last - second]
  if ((value !== last && value !== first) || gap < NEARLY_BEYOND * range) return false
  const own = value === last ? counts.at(-1)! : counts[0]!
  const some = Math.min(BESIDE, Math.floor(QUARTER * counts.length))
  const beside = value === last ? counts.slice(-1 - some, -1) : counts.slice(1, 1 + some)
  return gap >= BEYOND * range || beside.every((count) => own >= TIMES * count)
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
