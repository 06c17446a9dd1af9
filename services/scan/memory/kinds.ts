import { agreeing, HASHES, PRINT_BYTES } from './prints.ts'

/** Records of many windows that are near-copies of one. */
export interface Kind {
  /** Of its first record. */
  readonly print: Uint8Array
  /** The place of the window in the list, and that of the print in it. */
  readonly members: readonly { readonly part: number; readonly at: number }[]
}

/** Bytes that make one key, and keys of a print: of near-copies one is the same nearly always. */
const KEY = 3
const KEYS = PRINT_BYTES / KEY
/** Near-copies have so many of the hashes in common: about nine tenths of what they are made of. */
export const ALIKE = Math.ceil(0.8 * HASHES)
/** Kinds of one key that are tried. */
const TRIED = 8

/** The kinds of more than one record: each record is of the first kind that it is like, in the windows' order. Time is linear in the prints. */
export function kindsIn(windows: readonly (Uint8Array | null)[]): Kind[] {
  const kinds: { print: Uint8Array; members: { part: number; at: number }[] }[] = []
  const byKey = new Map<number, number[]>()
  windows.forEach((prints, part) => {
    for (let at = 0; at < (prints?.length ?? 0) / PRINT_BYTES; at++) {
      const print = prints!.subarray(at * PRINT_BYTES, (at + 1) * PRINT_BYTES)
      if (print.every((byte) => byte === 0)) continue
      const lists = keysOf(print).map((key) => listOf(byKey, key))
      const known = lists.flat().find((kind) => agreeing(kinds[kind]!.print, print) >= ALIKE)
      if (known !== undefined) kinds[known]!.members.push({ part, at })
      else {
        for (const list of lists) if (list.length < TRIED) list.push(kinds.length)
        kinds.push({ print, members: [{ part, at }] })
      }
    }
  })
  return kinds.filter(({ members }) => members.length > 1)
}

function keysOf(print: Uint8Array): number[] {
  return Array.from({ length: KEYS }, (_, key) => {
    const [a, b, c] = print.subarray(key * KEY, (key + 1) * KEY)
    return key * 2 ** 24 + a! * 2 ** 16 + b! * 2 ** 8 + c!
  })
}

function listOf(byKey: Map<number, number[]>, key: number): number[] {
  const known = byKey.get(key)
  if (known !== undefined) return known
  const list: number[] = []
  byKey.set(key, list)
  return list
}
