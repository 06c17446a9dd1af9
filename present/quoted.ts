import type { Issue, Trigger } from '#core/score.ts'

const QUOTED = /“([^”]{1,200})”/g
const MOST = 20

/**
 * What the sentences about a record quote from it, to be marked in the record: a detector's words are known before a campaign
 * has a trigger. Undefined if nothing is quoted.
 */
export function quotedIn(issues: readonly Pick<Issue, 'why'>[]): Trigger | undefined {
  const quoted = issues.flatMap(({ why }) => Array.from(why.matchAll(QUOTED), ([, text = '']) => text))
  const tokens = [...new Set(quoted)].slice(0, MOST)
  return tokens.length === 0 ? undefined : { kind: 'tokens', tokens }
}
