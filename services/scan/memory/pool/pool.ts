import { seededRandom } from '#core/random.ts'
import type { Grouping } from '../../view/samples.ts'
import { SUSPECTED } from '../../scan-window.ts'
import type { Memory, PooledWindow } from '../memory.ts'

/**
 * A window gives this share of its records as its riskiest, and as many again drawn from the rest. A small window gives
 * more: its pool would be too small to determine a label by the neighbours.
 */
const SHARE = { of: 0.05, least: 100, most: 400 }
/**
 * One in this many of the riskiest may be under suspicion: what floods one window must not keep out what is rare in
 * all.
 */
const SUSPECTS = 5
/** The largest share of the riskiest from one contributor, or an even part where there are few contributors. */
const MOST_OF_ONE = 0.25
/** The pool has at most as many records as so many windows give, and at most MOST_RECORDS: a scan of it costs that. */
const MOST_WINDOWS = 18
const MOST_RECORDS = 8000
/** Steps of a bisection between 0 and 1. */
const STEPS = 40
/** The pool is scanned after every window whose ordinal is a multiple of this, however often a memory is made. */
export const LOOKED_EVERY = 4

/** What a window's part of the pool follows from, besides its risks. */
export interface ChoosingBy {
  readonly seed: number
  readonly window: string
  /** The scan's order of its records. */
  readonly order?: Int32Array
  /** The records that show what leads of earlier windows are worth, the first of each lead first. */
  readonly leading?: readonly number[]
}

/**
 * The records that a window gives to its dataset's pool, from the n risks of its scan: its riskiest and a random sample
 * of those below suspicion, alternating, so that any first part of the list has as many of both. Below suspicion, the
 * riskiest are the first of the scan's `order`, where there is one: families take turns in it, so that one that
 * suspects hundreds in every window does not keep out another that suspects two. Records that show what leads of
 * earlier windows are worth are a third part, as large at most (ADR 245). Where there are four contributors or more,
 * none has more than a quarter of the riskiest, nor of those for leads, so that nobody can keep out others' poison with
 * records of their own. The same seed and window give the same list.
 */
export function choosePool(
  risk: ArrayLike<number>,
  { seed, window, order, leading = [] }: ChoosingBy,
  contributors: Grouping | null = null,
): number[] {
  const n = risk.length
  const share = shareOf(n)
  const byRisk = riskiestFirst(risk)
  const take = takeFrom(contributors, share)
  const suspects = take(
    byRisk.filter((i) => risk[i]! >= SUSPECTED),
    Math.ceil(share / SUSPECTS),
  )
  const clear = Array.from(order ?? byRisk).filter((i) => risk[i]! < SUSPECTED)
  const riskiest = [...suspects, ...take(clear, share - suspects.length)]
  const taken = new Set(riskiest)
  const sample = drawnFirst(risk, { seed, window })
    .filter((i) => !taken.has(i))
    .slice(0, share)
  for (const i of sample) taken.add(i)
  const others = leading.filter((i) => !taken.has(i))
  const led = takeFrom(contributors, share)(others, share)
  const turns = Math.max(riskiest.length, sample.length, led.length)
  return Array.from({ length: turns }, (_, turn) => [riskiest[turn], sample[turn], led[turn]])
    .flat()
    .filter((i) => i !== undefined)
}

/**
 * The records below suspicion in random order. The first `shareOf(n)` are a sample of them, and all of these are in the
 * pool, as one of the riskiest or not.
 */
export function drawnFirst(
  risk: ArrayLike<number>,
  { seed, window }: { readonly seed: number; readonly window: string },
): number[] {
  const shuffled = seededRandom(seed, `pool of ${window}`).permutation(risk.length)
  return Array.from(shuffled).filter((i) => risk[i]! < SUSPECTED)
}

/** Takes the first `count` of a list, but from one contributor no more than its part of `share` over all calls. */
function takeFrom(contributors: Grouping | null, share: number) {
  const names = contributors?.names.length ?? 0
  const most = names < 2 ? share : Math.ceil(share * Math.max(MOST_OF_ONE, 1 / names))
  const taken = new Map<number, number>()
  return (list: readonly number[], count: number): number[] => {
    const chosen: number[] = []
    for (const i of list) {
      if (chosen.length >= count) break
      const by = contributors?.of[i] ?? -1
      const before = taken.get(by) ?? 0
      if (by >= 0 && before >= most) continue
      taken.set(by, before + 1)
      chosen.push(i)
    }
    return chosen
  }
}

/** How many of n records a window gives as its riskiest, and how many of the others. */
export function shareOf(n: number): number {
  return Math.min(SHARE.most, Math.max(SHARE.least, Math.ceil(SHARE.of * n)))
}

function riskiestFirst(risk: ArrayLike<number>): number[] {
  return Array.from({ length: risk.length }, (_, i) => i).sort((a, b) => risk[b]! - risk[a]! || a - b)
}

interface Room {
  /** The bytes of all records, and of record i. */
  readonly most: number
  readonly sizeOf: (i: number) => number
  readonly seed: number
  readonly window: string
}

/**
 * The chosen records that there is room for, in their order. Nobody can push others out with large records, nor hide in
 * them. Of as many first records as would fit if all had the usual size, each that takes no more than an even share of
 * the bytes is kept, and larger ones are drawn, with chances that fall with their size (priority sampling: Duffield,
 * Lund & Thorup 2007). The remaining room goes to the other records in their order. The same seed and window give the
 * same list.
 */
export function withinBounds(chosen: readonly number[], { most, sizeOf, seed, window }: Room): number[] {
  const sized = chosen.map((i) => ({ i, size: sizeOf(i) }))
  if (sized.reduce((sum, { size }) => sum + size, 0) <= most) return [...chosen]
  const usual = sized.toSorted((a, b) => a.size - b.size)[sized.length >> 1]!.size
  const first = sized.slice(0, Math.floor(most / usual))
  const share = evenShare(
    first.map(({ size }) => size),
    most,
  )
  const random = seededRandom(seed, `room in the pool of ${window}`)
  const turns = first
    .map((one) => ({ ...one, turn: one.size <= share ? 0 : random.next() * one.size }))
    .sort((a, b) => a.turn - b.turn)
  const taken = new Set<number>()
  let left = most
  for (const { i, size } of [...turns, ...sized.slice(first.length)]) {
    if (size > left) continue
    left -= size
    taken.add(i)
  }
  return chosen.filter((i) => taken.has(i))
}

/** The even share of the bytes, where records that need less leave the rest to others. */
function evenShare(sizes: readonly number[], most: number): number {
  let left = most
  const ascending = sizes.toSorted((a, b) => a - b)
  for (const [at, size] of ascending.entries()) {
    const share = left / (ascending.length - at)
    if (size > share) return share
    left -= size
  }
  return Infinity
}

/**
 * By window, oldest first: how many of its members are in the pool. As long as there is room these are all: what is too
 * thin for a few windows must not be gone when the others are there. Later an older window has an even share of what
 * the next newer one has.
 */
export function drawn(pools: readonly PooledWindow[]): number[] {
  const sizes = pools.map(({ members }) => members.length).reverse()
  const mean = sizes.reduce((sum, size) => sum + size, 0) / Math.max(1, sizes.length)
  const fading = fadingOf(sizes, Math.min(MOST_RECORDS, MOST_WINDOWS * mean))
  let left = MOST_RECORDS
  const newestFirst = sizes.map((size, back) => {
    const take = Math.min(left, Math.ceil(size * fading ** back))
    left -= take
    return take
  })
  return newestFirst.reverse()
}

/** The largest share, 1 at most, of which the powers make these sizes no more than `most` together. */
function fadingOf(sizes: readonly number[], most: number): number {
  const total = (share: number) => sizes.reduce((sum, size, back) => sum + size * share ** back, 0)
  if (total(1) <= most) return 1
  let [low, high] = [0, 1]
  for (let step = 0; step < STEPS; step++) {
    const middle = (low + high) / 2
    if (total(middle) > most) high = middle
    else low = middle
  }
  return low
}

/** Whether the pool is to be scanned: after every fourth window, where one of the last four has given something. */
export function isDue({ through, pools = [] }: Pick<Memory, 'through' | 'pools'>): boolean {
  return through % LOOKED_EVERY === 0 && (pools.at(-1)?.ordinal ?? 0) > through - LOOKED_EVERY
}

const NEWLINE = 0x0a

/** The first `count` lines, unchanged. */
export function firstLines(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(0, endOf(bytes, count))
}

/** The lines at these places, which must ascend. */
export function linesAt(bytes: Uint8Array, places: readonly number[]): Uint8Array {
  let [rest, line] = [bytes, 0]
  const found = places.map((place) => {
    rest = linesBehind(rest, place - line)
    line = place
    return firstLines(rest, 1)
  })
  return Buffer.concat(found)
}

/** The bytes after the first `count` lines. */
export function linesBehind(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(endOf(bytes, count))
}

/** For each: the first line that `read` accepts; null where there is none. */
export function readLines<T>(all: readonly Uint8Array[], read: (line: Uint8Array) => T | null): (T | null)[] {
  return all.map((bytes) => {
    for (let rest = bytes; rest.length > 0; rest = linesBehind(rest, 1)) {
      const found = read(firstLines(rest, 1))
      if (found !== null) return found
    }
    return null
  })
}

function endOf(bytes: Uint8Array, count: number): number {
  let end = 0
  for (let line = 0; line < count; line++) {
    const at = bytes.indexOf(NEWLINE, end)
    if (at < 0) return bytes.length
    end = at + 1
  }
  return end
}
