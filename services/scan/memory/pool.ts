import { recordLine } from '#core/record-codec.ts'
import { seededRandom } from '#core/random.ts'
import type { DataRecord } from '#core/record.ts'
import { SUSPECTED } from '../scan-window.ts'
import type { Memory, PooledWindow } from './memory.ts'

/**
 * A window gives this share of its records because they are its riskiest, and as many again drawn from the rest: of a small
 * window more, or its pool would be too small to tell a label by the neighbours.
 */
const SHARE = { of: 0.05, least: 100, most: 400 }
/** Of the riskiest, one in so many may be under suspicion: what floods one window must not keep out what is thin in all. */
const SUSPECTS = 5
/** Bytes of record lines that a window gives: the windows that are kept stay within 64 MiB. */
const MOST_BYTES = 1024 * 1024
/** Of each window back so much of what the next newer one has in the pool, and all together no more than this. */
const FADING = 0.95
const MOST_RECORDS = 8000
/** After how many windows of a dataset its pool is scanned: at the same ones, however often a memory is made. */
const EVERY = 4

/**
 * The records that a window gives to its dataset's pool, from the n risks of its scan: its riskiest, and a random sample of
 * those below suspicion, by turns, so that any first part of the list has as many of both. Same seed and window, same list.
 */
export function choosePool(risk: ArrayLike<number>, { seed, window }: { seed: number; window: string }): number[] {
  const n = risk.length
  const share = Math.min(SHARE.most, Math.max(SHARE.least, Math.ceil(SHARE.of * n)))
  const order = Array.from({ length: n }, (_, i) => i).sort((a, b) => risk[b]! - risk[a]! || a - b)
  const first = order.findIndex((i) => risk[i]! < SUSPECTED)
  const clear = first < 0 ? n : first
  const suspects = order.slice(0, Math.min(clear, Math.ceil(share / SUSPECTS)))
  const riskiest = [...suspects, ...order.slice(clear, clear + share - suspects.length)]
  const rest = order.slice(clear + share - suspects.length)
  const shuffled = seededRandom(seed, `pool of ${window}`).permutation(rest.length)
  const sample = Array.from(shuffled.slice(0, share), (at) => rest[at]!)
  const turns = Math.max(riskiest.length, sample.length)
  return Array.from({ length: turns }, (_, turn) => [riskiest[turn], sample[turn]])
    .flat()
    .filter((i) => i !== undefined)
}

/** Of the chosen those that fit into what a window may give; a record that does not fit is passed over. */
export function withinBounds(chosen: readonly number[], records: readonly DataRecord[]): number[] {
  let bytes = 0
  return chosen.filter((i) => {
    const length = Buffer.byteLength(recordLine(records[i]!), 'utf8') + 1
    if (bytes + length > MOST_BYTES) return false
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
  return through % EVERY === 0 && (pools.at(-1)?.ordinal ?? 0) > through - EVERY
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

function endOf(bytes: Uint8Array, count: number): number {
  let end = 0
  for (let line = 0; line < count; line++) end = bytes.indexOf(NEWLINE, end) + 1
  return end
}
