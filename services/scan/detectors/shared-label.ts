import type { Grouping } from '../view/samples.ts'

/** The label that at least 90 % of the members have; −1 where there is none. */
export function sharedLabel(members: Int32Array, labels: Grouping | null): number {
  if (labels === null) return -1
  const counts = new Int32Array(labels.names.length)
  for (const i of members) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
  const most = counts.indexOf(Math.max(...counts))
  return counts[most]! >= 0.9 * members.length ? most : -1
}
