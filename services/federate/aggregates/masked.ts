import type { Aggregate, Aggregation } from '../aggregate.ts'
import { pastsInMemory, type PastStore } from '../past-store.ts'
import type { KeyPair, RandomBytes } from '#services/federate/secure/primitives.ts'
import type { Stage } from '../secure/message.ts'
import { createRound } from '../secure/round.ts'
import { NO_PAST } from '../validate/past.ts'
import { judgeSketches, SKETCH_DEFAULTS, type SketchRules } from '../validate/sketches.ts'
import type { Verdict } from '../validate/verdict.ts'
import { collect } from './collect.ts'

export interface MaskedOptions {
  readonly identity: KeyPair
  /** Ed25519 keys of all possible participants. */
  readonly identities: ReadonlyMap<string, Uint8Array>
  /** Milliseconds that a stage waits for its clients. */
  readonly patience: number
  /** Awaited before the clients of a round are asked for the next stage. */
  readonly stageBegins?: ((round: number, stage: Stage) => Promise<void>) | undefined
  /** What rounds have taught about clients; if absent, it is lost when the process ends. */
  readonly pasts?: PastStore | undefined
}

export interface SketchedOptions extends MaskedOptions {
  /** Rules for rounds whose terms have sketches. */
  readonly rules?: SketchRules | undefined
  /** The randomness from which the seeds of sketches are drawn. */
  readonly random?: RandomBytes | undefined
}

/** Aggregation by secure sums: nobody sees a single update. If the terms have sketches, updates are judged by those. */
export function createMaskedAggregate({
  identity,
  identities,
  patience,
  stageBegins,
  rules = SKETCH_DEFAULTS,
  pasts = pastsInMemory(),
  random,
}: SketchedOptions): Aggregate {
  return {
    name: 'masked',
    async run({ session, round, terms }, participants, signal) {
      const barred = new Map(await pasts.barred())
      const past = terms.sketch > 0 ? await pasts.means() : NO_PAST
      let means = NO_PAST
      const admitted = participants.filter(({ name }) => !barred.has(name))
      const asked = admitted.map(({ name }) => name)
      const known = new Map([...identities].filter(([name]) => asked.includes(name)))
      let judged: readonly Verdict[] = []
      const leaveOut = (sketches: ReadonlyMap<string, Int32Array>) => {
        const judgement = judgeSketches(sketches, terms, past, rules)
        means = judgement.learned
        judged = judgement.verdicts
        return judgement
      }
      const driven = createRound({ terms, session, round, identity, participants: known, leaveOut, random })
      let failed: ReadonlyMap<string, string>
      try {
        failed = await collect(driven, admitted, patience, signal, (stage) =>
          stageBegins === undefined ? Promise.resolve() : stageBegins(round, stage),
        )
      } finally {
        for (const name of driven.liars) barred.set(name, round)
        if (driven.liars.length + means.size > 0) await pasts.learn(round, { liars: driven.liars, means })
      }
      const { mean, survivors, dropped, leftOut, disputed, saturated, clipped, transcript, agreement, digests } =
        driven.result()
      const silent = new Map(dropped.map(({ name, stage }) => [name, `no answer to ${stage}`]))
      // a client that the committees could not do without stays in the sum, and keeps its score
      const spared = (verdict: Verdict): Verdict => ({ ...verdict, ruling: 'accept', why: [] })
      const lied = participants
        .filter(({ name }) => barred.has(name))
        .map(({ name }) => ({ client: name, ruling: 'hold', score: 0, why: [liedIn(barred.get(name)!)] }) as const)
      const verdicts = [
        ...judged.map((verdict) => (leftOut.includes(verdict.client) ? verdict : spared(verdict))),
        ...lied,
      ].sort((a, b) => (a.client < b.client ? -1 : 1))
      const gone = new Set(verdicts.map(({ client }) => client))
      const whyOf = (client: string) =>
        disputed.includes(client)
          ? 'left out: it and another client named the mask that they share differently'
          : leftOut.includes(client)
            ? 'left out: among those that stand out most'
            : (failed.get(client) ?? silent.get(client) ?? 'no answer to advertise')
      const missing = asked
        .filter((name) => !survivors.includes(name) && !gone.has(name))
        .sort()
        .map((client) => ({ client, why: whyOf(client) }))
      const hex = Buffer.from(transcript).toString('hex')
      return {
        mean,
        counted: survivors,
        missing,
        verdicts,
        saturated,
        clipped,
        transcript: hex,
        agreement,
        digests: hexOf(digests, survivors),
      }
    },
  }
}

const liedIn = (round: number) => `Round ${round} proved that it lied: about its sketch, or about shares of a secret.`

/** The digests of these clients only, in hex, by name. */
export function hexOf(digests: ReadonlyMap<string, Uint8Array>, of: readonly string[]): Aggregation['digests'] {
  return of.map((client) => ({ client, sha256: Buffer.from(digests.get(client)!).toString('hex') }))
}
