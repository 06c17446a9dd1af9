import { kindsIn, type Kind } from './kinds.ts'
import { PRINT_BYTES, type WindowPrints } from './prints.ts'

/** Near-copies of one record in many windows, more than the dataset repeats by nature. */
export interface Flood {
  /** The print of its first record, in hex. */
  readonly print: string
  /** How many records were counted, and how many kinds of this size or larger are expected by nature. */
  readonly observed: number
  readonly expected: number
  /** All its records, in the windows' order: the window's place in the list, and the record's index in it. */
  readonly members: readonly { readonly part: number; readonly index: number; readonly admitted: boolean }[]
}

/**
 * The most records of a kind that one window counts for: a flood within one window is found by that window's own scan.
 */
const MOST_EACH = 4
/** The fewest counted records of a flood. */
const FEWEST = 10
/** A kind is a flood where at most this many kinds as large are expected by nature. */
const RARE = 0.02
/**
 * Kinds of one size whose admitted records together are at least this share of all records are what the dataset is
 * like: it sends the same rows again, or has few different ones.
 */
const USUAL = 0.1
/**
 * The most floods that are reported, those called natural among them: what is large and harmless must not hide what is
 * smaller.
 */
const MOST_FLOODS = 64
/**
 * A kind is late where none of the first windows, this many, has it. From twice as many windows on, a late kind is
 * compared with the other late kinds as well.
 */
const FIRST = 8
/**
 * Kinds of at least `from` records follow a power law; its exponent is drawn toward `steeper` by as much as `weight`
 * kinds would.
 */
const TAIL = { from: 5, steeper: 3, weight: 3 }
/** The least number of kinds in the tail, for a dataset that repeats nothing. */
const LEAST_TAIL = 0.15

/**
 * The floods of many windows together, the largest first. How often a dataset repeats itself is estimated from its own
 * kinds, those smaller than the tested one: a size that many form letters of all sizes lead to expect is no flood. A
 * late kind is compared with the late kinds as well: few of those are large while a dataset stays as it was. Kinds that
 * together have a tenth of the records are no floods. Pure.
 */
export function floodsIn(
  windows: readonly (WindowPrints | null)[],
  kinds = kindsIn(windows.map((window) => window?.prints ?? null)),
): Flood[] {
  const sized = kinds.map((kind) => ({ kind, size: sizeOf(kind) }))
  const isLate = ({ members }: Kind) => members.every(({ part }) => part >= FIRST)
  const all = sized.map(({ size }) => size)
  const late = windows.length < 2 * FIRST ? [] : sized.filter(({ kind }) => isLate(kind)).map(({ size }) => size)
  const large = sized
    .filter(({ size }) => 2 * size > FEWEST)
    .map(({ kind, size }) => {
      const members = membersOf(kind, windows)
      return { kind, size, members, admitted: members.filter((member) => member.admitted).length }
    })
  const records = windows.reduce((sum, window) => sum + (window?.prints.length ?? 0) / PRINT_BYTES, 0)
  return large
    .filter(({ size }) => size >= FEWEST && admittedLike(large, size) < USUAL * records)
    .map(({ kind, size, members }) => {
      const expected = Math.min(asLarge(all, size), late.length > 0 && isLate(kind) ? asLarge(late, size) : Infinity)
      return { print: Buffer.from(kind.print).toString('hex'), observed: size, expected, members }
    })
    .filter(({ expected }) => expected <= RARE)
    .sort((a, b) => b.observed - a.observed || a.expected - b.expected)
    .slice(0, MOST_FLOODS)
}

/**
 * How many records of all kinds half as large or larger their windows admitted: what was held is not what the dataset
 * is like. A kind of twice the size or more counts at most the records that were counted: one very frequent row shows
 * nothing about others.
 */
function admittedLike(kinds: readonly { readonly size: number; readonly admitted: number }[], size: number): number {
  return kinds
    .filter((other) => other.size > size / 2)
    .map((other) => (other.size < 2 * size ? other.admitted : Math.min(other.size, other.admitted)))
    .reduce((sum, count) => sum + count, 0)
}

function sizeOf({ members }: Kind): number {
  const counts = new Map<number, number>()
  for (const { part } of members) counts.set(part, (counts.get(part) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum + Math.min(MOST_EACH, count), 0)
}

/** How many kinds of this size or larger are expected by the smaller ones (a power law with Hill's exponent). */
function asLarge(sizes: readonly number[], size: number): number {
  const tail = sizes.filter((other) => other >= TAIL.from && other < size)
  const logs = tail.reduce((sum, other) => sum + Math.log((other + 0.5) / TAIL.from), TAIL.weight / TAIL.steeper)
  const steeper = (tail.length + TAIL.weight) / logs
  return Math.max(LEAST_TAIL, tail.length) * (size / TAIL.from) ** -steeper
}

function membersOf({ members }: Kind, windows: readonly (WindowPrints | null)[]): Flood['members'] {
  const held = windows.map((window) => new Set(window?.held))
  return members.map(({ part, at }) => {
    const { from, step } = windows[part]!
    const index = from + step * at
    return { part, index, admitted: !held[part]!.has(index) }
  })
}
