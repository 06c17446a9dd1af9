import { seededRandom } from '#core/random.ts'
import type { Grouping } from '../../view/samples.ts'
import { SUSPECTED } from '../../scan-window.ts'
import type { Memory, PooledWindow } from '../memory.ts'

/**
 * A window gives this share of its records because they are its riskiest, and as many again drawn from the rest: of a small
 * window more, or its pool would be too small to tell a label by the neighbours.
 */
const SHARE = { of: 0.05, least: 100, most: 400 }
/** Of the riskiest, one in so many may be under suspicion: what floods one window must not keep out what is thin in all. */
const SUSPECTS = 5
/** Of the riskiest, one contributor gives at most this share, or its part where there are few. */
const MOST_OF_ONE = 0.25
/** Of each window back so much of what the next newer one has in the pool, and all together no more than this. */
const FADING = 0.95
const MOST_RECORDS = 8000
/** After how many windows of a dataset its pool is scanned: at the same ones, however often a memory is made. */
export const LOOKED_EVERY = 4

/**
 * The records that a window gives to its dataset's pool, from the n risks of its scan: its riskiest, and a random sample of
 * those below suspicion, by turns, so that any first part of the list has as many of both. Below suspicion the riskiest are the first in the scan's order, where it has one: families take turns there, for what one
 * says of hundreds in every window would keep out what another says of two. No contributor has more than a quarter of the
 * riskiest, where there are four and more: nobody keeps others' poison out with records of their own. Same seed and window, same list.
 */
export function choosePool(
  risk: ArrayLike<number>,
  { seed, window, order }: { readonly seed: number; readonly window: string; readonly order?: Int32Array },
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
  const turns = Math.max(riskiest.length, sample.length)
  return Array.from({ length: turns }, (_, turn) => [riskiest[turn], sample[turn]])
    .flat()
    .filter((i) => i !== undefined)
}

/** The records below suspicion as chance has them: the first so many are a sample of all of these, and every one of them is in the pool that is drawn so, as one of the riskiest or not. */
export function drawnFirst(
  risk: ArrayLike<number>,
  { seed, window }: { readonly seed: number; readonly window: string },
): number[] {
  const shuffled = seededRandom(seed, `pool of ${window}`).permutation(risk.length)
  return Array.from(shuffled).filter((i) => risk[i]! < SUSPECTED)
}

/** Takes the first so many of a list, of one contributor no more than its part of `share` over all calls. */
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

/** How many of n records a window gives for their risk, and as many of the others. */
export function shareOf(n: number): number {
  return Math.min(SHARE.most, Math.max(SHARE.least, Math.ceil(SHARE.of * n)))
}

function riskiestFirst(risk: ArrayLike<number>): number[] {
  return Array.from({ length: risk.length }, (_, i) => i).sort((a, b) => risk[b]! - risk[a]! || a - b)
}

interface Room {
  /** Bytes in all, and those that record i takes. */
  readonly most: number
  readonly sizeOf: (i: number) => number
  readonly seed: number
  readonly window: string
}

/**
 * Of the chosen those that there is room for, in their order. Nobody pushes others out by the size of records, nor hides behind it: of as many of the first as there is room for where all are of the usual size,
 * each is in that takes no more than an even share of the bytes, and larger ones are drawn, at chances that fall as their sizes rise (priority sampling: Duffield, Lund & Thorup 2007). What is left goes to the
 * others in their order. Same seed and window, same list.
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

/** What each may take of so many bytes where those that need less leave the rest to the others. */
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

/** How many of the members of each window, oldest first, are in the pool: of the newest all, of older ones fewer. */
export function drawn(pools: readonly PooledWindow[]): number[] {
  let left = MOST_RECORDS
  const newestFirst = pools.toReversed().map(({ members }, back) => {
    const take = Math.min(left, Math.ceil(members.length * FADING ** back))
    left -= take
    return take
  })
  return newestFirst.reverse()
}

/** Whether the pool is to be scanned: after every fourth window, where one of these has given something. */
export function isDue({ through, pools = [] }: Pick<Memory, 'through' | 'pools'>): boolean {
  return through % LOOKED_EVERY === 0 && (pools.at(-1)?.ordinal ?? 0) > through - LOOKED_EVERY
}

const NEWLINE = 0x0a

/** The first `count` lines, as they are. */
export function firstLines(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(0, endOf(bytes, count))
}

/** The lines at these places, which ascend. */
export function linesAt(bytes: Uint8Array, places: readonly number[]): Uint8Array {
  let [rest, line] = [bytes, 0]
  const found = places.map((place) => {
    rest = linesBehind(rest, place - line)
    line = place
    return firstLines(rest, 1)
  })
  return Buffer.concat(found)
}

/** What comes behind so many lines. */
export function linesBehind(bytes: Uint8Array, count: number): Uint8Array {
  return bytes.subarray(endOf(bytes, count))
}

/** Of each of these the first line that can be read; null where none can. */
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
