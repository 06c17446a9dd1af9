import type { Kind } from '../repeats/kinds.ts'
import { PRINT_BYTES, type WindowPrints } from '../repeats/prints.ts'

/** The kind of a record's text: near-copies have the same number, whatever window they are in; else NO_KIND. */
export type KindOf = (part: number, index: number) => number

export const NO_KIND = -1

/**
 * The kinds of the windows' records, by their prints. A record is of no kind where it is like no other, and where its
 * window gave no print of it: windows of more than 16,384 records, records of few words, windows of early versions.
 */
export function kindsOfRecords(windows: readonly (WindowPrints | null)[], kinds: readonly Kind[]): KindOf {
  const of = windows.map((window) =>
    new Int32Array(window === null ? 0 : window.prints.length / PRINT_BYTES).fill(NO_KIND),
  )
  for (const [kind, { members }] of kinds.entries()) for (const { part, at } of members) of[part]![at] = kind
  return (part, index) => {
    const window = windows[part] ?? null
    if (window === null) return NO_KIND
    const at = (index - window.from) / window.step
    return of[part]![at] ?? NO_KIND
  }
}
