import type { Aggregate } from '../aggregate.ts'
import { pastsInMemory } from '../past-store.ts'
import { judgeUpdates, type JudgeRules, type RootLoss } from '../validate/judge.ts'
import { createOpenRound } from '../validate/open-round.ts'
import { collect } from './collect.ts'
import { hexOf, type MaskedOptions } from './masked.ts'

export interface JudgedOptions extends MaskedOptions {
  readonly rules: Omit<JudgeRules, 'dimension'>
  readonly rootLoss?: RootLoss | undefined
}

/**
 * Aggregation of visible updates: each update is compared with the others and with its client's past, and is then counted,
 * clipped or held.
 */
export function createJudgedAggregate({
  identity,
  identities,
  patience,
  stageBegins,
  rules,
  rootLoss,
  pasts = pastsInMemory(),
}: JudgedOptions): Aggregate {
  return {
    name: 'judged',
    async run({ session, round, terms }, participants, signal) {
      const asked = participants.map(({ name }) => name)
      const known = new Map([...identities].filter(([name]) => asked.includes(name)))
      const driven = createOpenRound({ terms, session, round, identity, participants: known })
      const failed = await collect(driven, participants, patience, signal, (stage) =>
        stageBegins === undefined ? Promise.resolve() : stageBegins(round, stage),
      )
      const updates = driven.updates()
      const past = await pasts.means()
      const { verdicts, mean, accepted, learned } = judgeUpdates(
        updates,
        { ...rules, dimension: terms.dimension },
        { rootLoss, past },
      )
      await pasts.learn(round, { liars: [], means: learned })
      const answered = new Set(updates.map(({ client }) => client))
      const missing = asked
        .filter((name) => !answered.has(name))
        .sort()
        .map((client) => ({ client, why: failed.get(client) ?? 'no answer to update' }))
      const digests = hexOf(driven.digests, [...answered])
      const counted = accepted.map(({ client }) => client)
      const hex = Buffer.from(driven.transcript).toString('hex')
      return {
        mean,
        counted,
        missing,
        verdicts,
        saturated: 0,
        clipped: null,
        transcript: hex,
        agreement: null,
        digests,
      }
    },
  }
}
