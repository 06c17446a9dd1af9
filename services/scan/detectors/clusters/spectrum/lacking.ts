import type { Grouping, TableColumn } from '../../../view/samples.ts'

/**
 * Share of a group that must lack a value, and share of the label's records without the value that must be in the
 * group.
 */
const SAME = 0.9
/**
 * Another label lacks the value, too, when its share of records without it is at least this fraction of the label's
 * share.
 */
const AS_OFTEN = 0.5

/** The column in which a group has no value, and whether another label's records lack it about as often. */
export interface Lacking {
  readonly column: string
  readonly byOthers: boolean
}

/**
 * Finds the first column in which a group's records, and hardly any others of their label, have no value; null where
 * there is none.
 */
export function lackedBy(
  members: Int32Array,
  label: number,
  columns: readonly TableColumn[],
  { of, counts }: Grouping,
): Lacking | null {
  for (const column of columns) {
    const lacks = (i: number) => (column.type === 'category' ? column.codes[i]! < 0 : Number.isNaN(column.values[i]!))
    const shared = members.reduce((sum, i) => sum + Number(lacks(i)), 0)
    if (shared < SAME * members.length) continue
    const lacking = new Int32Array(counts.length)
    of.forEach((own, i) => {
      if (own >= 0 && lacks(i)) lacking[own]!++
    })
    if (shared < SAME * lacking[label]!) continue
    const share = (of: number) => lacking[of]! / Math.max(1, counts[of]!)
    const byOthers = [...counts.keys()].some((other) => other !== label && share(other) >= AS_OFTEN * share(label))
    return { column: column.name, byOthers }
  }
  return null
}
