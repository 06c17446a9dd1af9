import type { Group } from '../../detector.ts'

/** The groups without those whose records a group before has: what the last answers show, all of them show too. */
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
