import { exactCodes } from '../../../features/column-codes.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import { toldByValues } from '../../lift/nature/told-by-values.ts'

/**
 * Share of a group that must have one value of a flag, and share of its label's other records that must have another.
 */
const SAME = 0.9
/** Another label has a value as often when its share of records with it is at least this fraction of the label's. */
const AS_OFTEN = 0.5

/**
 * Whether a flag (a column of two values) separates a group from its label's other records, and one of the two values
 * occurs with one label alone. Such a group is natural. For the label “no freshman”, a flag “sophomore” occurs with
 * this label alone, and the juniors are the group without it.
 */
export function isFlagged(
  members: Int32Array,
  label: number,
  columns: readonly TableColumn[],
  labels: Grouping,
): boolean {
  // A flag is only known where there are two labels.
  if (labels.names.length !== 2) return false
  const own = new Set(members)
  const rest = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label && !own.has(i))
  const { isFlag } = toldByValues(columns, labels)
  return columns.some((column) => {
    const { codes } = exactCodes(column, 1)
    const [ofGroup, ofRest] = [commonest(members, codes), commonest(rest, codes)]
    if (ofGroup === null || ofRest === null || codes[ofGroup] === codes[ofRest]) return false
    return isFlag(column.name, ofGroup) || isFlag(column.name, ofRest)
  })
}

/**
 * Whether a value of a column separates a group from its label's other records, and another label's records have it at
 * least half as often as the label's: these vary along it as much.
 */
export function isHeldByOthers(
  members: Int32Array,
  label: number,
  columns: readonly TableColumn[],
  { of, counts }: Grouping,
): boolean {
  return columns.some((column) => {
    const { codes } = exactCodes(column, 1)
    const first = commonest(members, codes)
    if (first === null) return false
    const holding = new Int32Array(counts.length)
    of.forEach((own, i) => {
      if (own >= 0 && codes[i] === codes[first]) holding[own]!++
    })
    const shared = members.reduce((sum, i) => sum + Number(codes[i] === codes[first]), 0)
    if (shared < SAME * holding[label]!) return false
    const share = (one: number) => holding[one]! / Math.max(1, counts[one]!)
    return [...counts.keys()].some((other) => other !== label && share(other) >= AS_OFTEN * share(label))
  })
}

/** A record with the value that nearly all of these records have; null where there is no such value. */
function commonest(records: Int32Array, codes: Int32Array): number | null {
  const counts = new Map<number, number>()
  for (const i of records) counts.set(codes[i]!, (counts.get(codes[i]!) ?? 0) + 1)
  const [value, count] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [-1, 0]
  return value >= 0 && count >= SAME * records.length ? records.find((i) => codes[i] === value)! : null
}
