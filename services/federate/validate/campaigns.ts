import { robustScores } from './geometry.ts'
import { standingOf, type Past } from './past.ts'

/** Two clients act alike if their likeness is this many deviations above the bulk of all pairs. */
const ALIKE = 6
/** The smallest standard deviation of cosines that is assumed. */
const LEAST = 0.02

/**
 * Groups of two or more clients that act alike over rounds, as one attacker's clients under several names do. They are linked by
 * pairs whose mean cosine over rounds stands out among all pairs seen so far.
 */
export function campaignsAmong(clients: readonly string[], past: Past): readonly (readonly string[])[] {
  const pairs = [...past].flatMap(([about, mean]) => {
    const [a, b, ...more] = about.split(' ')
    return a === undefined || b === undefined || more.length > 0 ? [] : [{ a, b, likeness: standingOf(mean) }]
  })
  const likenesses = pairs.map(({ likeness }) => likeness)
  const scores = robustScores(likenesses, LEAST)
  const groupOf = new Map(clients.map((client) => [client, new Set([client])]))
  for (const [i, { a, b }] of pairs.entries()) {
    const [one, other] = [groupOf.get(a), groupOf.get(b)]
    if (scores[i]! < ALIKE || one === undefined || other === undefined || one === other) continue
    for (const client of other) groupOf.set(client, one.add(client))
  }
  return [...new Set(groupOf.values())].filter(({ size }) => size > 1).map((group) => [...group].sort())
}
