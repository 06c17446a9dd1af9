import type { Group } from '../../../detector.ts'

/**
 * Drops each group whose records all belong to one earlier group: a reading by turns finds again what the last answers
 * show.
 */
export function distinct(groups: readonly Group[]): Group[] {
  const kept: Group[] = []
  for (const group of groups) {
    const isKnown = kept.some(({ members }) => {
      const known = new Set(members)
      return group.members.every((i) => known.has(i))
    })
    if (!isKnown) kept.push(group)
  }
  return kept
}
