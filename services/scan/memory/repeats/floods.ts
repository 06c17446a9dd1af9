import { kindsIn, type Kind } from './kinds.ts'
import { PRINT_BYTES, type WindowPrints } from './prints.ts'

/** Near-copies of one record in many windows, more of them than the dataset repeats itself by nature. */
export interface Flood {
  /** Of its first record, in hex. */
  readonly print: string
  /** Records that were counted, and kinds of so many or more that nature leads to expect. */
  readonly observed: number
  readonly expected: number
  /** All of them, in the windows' order: the place of the window in the list, and the record's index in it. */
  readonly members: readonly { readonly part: number; readonly index: number; readonly admitted: boolean }[]
}

/** Records of a kind that one window has counted: what floods one window is that window's own to find. */
const MOST_EACH = 4
/** Records that make a flood. */
const FEWEST = 10
/** How many kinds as large nature may lead to expect where one is said to be a flood. */
const RARE = 0.02
/** Kinds as large that together have so much of all that was admitted are what the dataset is like: it sends the same rows again, or has few. */
const USUAL = 0.1
/** Floods that are told of, with those that people called natural: what is large and harmless is not to hide what is smaller. */
const MOST_FLOODS = 64
/** Where there are twice as many windows, a kind that none of the first so many have is held against others that came later, too. */
const FIRST = 8
/** Kinds of so many records and more follow a power law, whose exponent is drawn toward the usual by so much. */
const TAIL = { from: 5, steeper: 3, weight: 3 }
/** Kinds in the tail that a dataset which repeats nothing is taken to have. */
const LEAST_TAIL = 0.15

/**
 * The floods of many windows together, the largest first. How often a dataset repeats itself is read from its own kinds, those smaller than the one that is judged: what many form
 * letters of all sizes lead to expect is none. A kind that is not in the first windows is held against those that are not either, of which few are large where a dataset is
 * as it was. What a tenth of the records do is none. Pure.
 */
export function floodsIn(windows: readonly (WindowPrints | null)[]): Flood[] {
  const sized = kindsIn(windows.map((window) => window?.prints ?? null)).map((kind) => ({ kind, size: sizeOf(kind) }))
  const isLate = ({ members }: Kind) => members.every(({ part }) => part >= FIRST)
  const all = sized.map(({ size }) => size)
  const late = windows.length < 2 * FIRST ? [] : sized.filter(({ kind }) => isLate(kind)).map(({ size }) => size)
  const large = sized
    .filter(({ size }) => 2 * size > FEWEST)
    .map(({ kind, size }) => ({ kind, size, members: membersOf(kind, windows) }))
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
 * Records of all kinds half as large or larger that their windows admitted: what these held is not what the dataset is like. Of kinds that are far larger so many as are counted: one row that is very frequent
 * says nothing of the others.
 */
function admittedLike(kinds: readonly (Pick<Flood, 'members'> & { readonly size: number })[], size: number): number {
  return kinds
    .filter((other) => other.size > size / 2)
    .map((other) => {
      const admitted = other.members.filter((member) => member.admitted).length
      return other.size < 2 * size ? admitted : Math.min(other.size, admitted)
    })
    .reduce((sum, count) => sum + count, 0)
}

function sizeOf({ members }: Kind): number {
  const counts = new Map<number, number>()
  for (const { part } of members) counts.set(part, (counts.get(part) ?? 0) + 1)
  return [...counts.values()].reduce((sum, count) => sum + Math.min(MOST_EACH, count), 0)
}

/** How many kinds of this size or more are to be expected, by the smaller ones (a power law with Hill's exponent). */
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
