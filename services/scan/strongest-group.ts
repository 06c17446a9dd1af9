import type { Group } from './detector.ts'

/** By record: the highest product of a group's evidence and the record's posterior in it, and that group. */
export function strongestGroup(
  n: number,
  groups: readonly Group[],
): { readonly scores: Float64Array; readonly best: readonly (Group | undefined)[] } {
  const scores = new Float64Array(n)
  const best: (Group | undefined)[] = []
  for (const group of groups) {
    group.members.forEach((i, at) => {
      const score = group.evidence * group.posterior[at]!
      if (score <= scores[i]!) return
      scores[i] = score
      best[i] = group
    })
  }
  return { scores, best }
}
