import type { TokenMatrix } from '../../../view/window-view.ts'

/** The most values of the same records, with the same event, that are asked about. */
const MOST_OF_THE_SAME = 16
/** The most columns of which single values are asked about, those with the strongest candidates. */
const MOST_COLUMNS = 128

/**
 * Whether a value is among the first that are of the same records and the same event, and of the first columns. One copied
 * vector has a value in each of its columns, and each would be asked the same. Candidates are given strongest first; tokens
 * of no column are never too many.
 */
export function isOneOfFew(
  { columns }: Pick<TokenMatrix, 'columns'>,
  holders: (token: number) => Int32Array,
): (candidate: { readonly token: number; readonly event: number }) => boolean {
  const counts = new Map<string, number>()
  const asked = new Set<string>()
  return ({ token, event }) => {
    const own = columns(token)
    if (own.length === 0) return true
    const records = holders(token)
    let hash = 0
    for (const i of records) hash = Math.imul(hash ^ i, 0x01000193)
    const key = `${event}/${records.length}/${hash}`
    const before = counts.get(key) ?? 0
    if (before >= MOST_OF_THE_SAME) return false
    counts.set(key, before + 1)
    if (own.length > 1) return true
    if (asked.size < MOST_COLUMNS) asked.add(own[0]!)
    return asked.has(own[0]!)
  }
}
