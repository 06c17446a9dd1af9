import type { Aggregate, Aggregation } from '../aggregate.ts'
import type { KeyPair } from '../secure/primitives.ts'
import type { Stage } from '../secure/message.ts'
import { createRound } from '../secure/round.ts'
import { collect } from './collect.ts'

export interface MaskedOptions {
  readonly identity: KeyPair
  /** Ed25519 keys of everybody who may take part. */
  readonly identities: ReadonlyMap<string, Uint8Array>
  /** Milliseconds that a stage waits for its clients. */
  readonly patience: number
  /** Awaited before the clients of a round are asked the next thing. */
  readonly stageBegins?: ((round: number, stage: Stage) => Promise<void>) | undefined
}

/** Aggregation by secure sums: nobody's update is seen, and none can be judged. */
export function createMaskedAggregate({ identity, identities, patience, stageBegins }: MaskedOptions): Aggregate {
  return {
    name: 'masked',
    async run({ session, round, terms }, participants, signal) {
      const asked = participants.map(({ name }) => name)
      const known = new Map([...identities].filter(([name]) => asked.includes(name)))
      const driven = createRound({ terms, session, round, identity, participants: known })
      const failed = await collect(driven, participants, patience, signal, (stage) =>
        stageBegins === undefined ? Promise.resolve() : stageBegins(round, stage),
      )
      const { mean, survivors, dropped, saturated, clipped, transcript, agreement, digests } = driven.result()
      const silent = new Map(dropped.map(({ name, stage }) => [name, `no answer to ${stage}`]))
      const missing = asked
        .filter((name) => !survivors.includes(name))
        .sort()
        .map((client) => ({ client, why: failed.get(client) ?? silent.get(client) ?? 'no answer to advertise' }))
      const hex = Buffer.from(transcript).toString('hex')
      return {
        mean,
        counted: survivors,
        missing,
        verdicts: [],
        saturated,
        clipped,
        transcript: hex,
        agreement,
        digests: hexOf(digests, survivors),
      }
    },
  }
}

/** Of those clients alone, by name. */
export function hexOf(digests: ReadonlyMap<string, Uint8Array>, of: readonly string[]): Aggregation['digests'] {
  return of.map((client) => ({ client, sha256: Buffer.from(digests.get(client)!).toString('hex') }))
}
