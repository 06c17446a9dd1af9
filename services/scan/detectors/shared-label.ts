import type { Grouping } from '../view/samples.ts'

/** The label of at least nine in ten members, or −1. */
export function sharedLabel(members: Int32Array, labels: Grouping | null): number {
  if (labels === null) return -1
  const counts = new Int32Array(labels.names.length)
  for (const i of members) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
  const most = counts.indexOf(Math.max(...counts))
  return counts[most]! >= 0.9 * members.length ? most : -1
}
