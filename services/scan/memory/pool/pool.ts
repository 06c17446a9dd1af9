import { recordLine } from '#core/record-codec.ts'
import { seededRandom } from '#core/random.ts'
import type { DataRecord } from '#core/record.ts'
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
 * those below suspicion, by turns, so that any first part of the list has as many of both. No contributor has more than a quarter of the
 * riskiest, where there are four and more: nobody keeps others' poison out with records of their own. Same seed and window, same list.
 */
export function choosePool(
  risk: ArrayLike<number>,
  { seed, window }: { readonly seed: number; readonly window: string },
  contributors: Grouping | null = null,
): number[] {
  const n = risk.length
  const share = Math.min(SHARE.most, Math.max(SHARE.least, Math.ceil(SHARE.of * n)))
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => risk[b]! - risk[a]! || a - b)
  const take = takeFrom(contributors, share)
  const suspects = take(
    order.filter((i) => risk[i]! >= SUSPECTED),
    Math.ceil(share / SUSPECTS),
  )
  const clear = order.filter((i) => risk[i]! < SUSPECTED)
  const riskiest = [...suspects, ...take(clear, share - suspects.length)]
  const taken = new Set(riskiest)
  const rest = clear.filter((i) => !taken.has(i))
  const shuffled = seededRandom(seed, `pool of ${window}`).permutation(rest.length)
  const sample = Array.from(shuffled.slice(0, share), (at) => rest[at]!)
  const turns = Math.max(riskiest.length, sample.length)
  return Array.from({ length: turns }, (_, turn) => [riskiest[turn], sample[turn]])
    .flat()
    .filter((i) => i !== undefined)
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

/** Of the chosen those that fit into so many bytes; a record that does not fit is passed over. */
export function withinBounds(chosen: readonly number[], records: readonly DataRecord[], most: number): number[] {
  let bytes = 0
  return chosen.filter((i) => {
    const length = Buffer.byteLength(recordLine(records[i]!), 'utf8') + 1
    if (bytes + length > most) return false
    bytes += length
    return true
  })
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
