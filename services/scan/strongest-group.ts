import type { Group } from './detector.ts'

/** What groups say of each of n records: the strongest one's evidence by the record's share in it, and which group that is. */
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
