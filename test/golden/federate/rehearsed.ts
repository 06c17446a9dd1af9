import { writeFileSync } from 'node:fs'
import type { WeightedUpdate } from '#services/federate/secure/client.ts'
import {
  AGGREGATOR,
  openMessage,
  sealMessage,
  type Binding,
  type SecureStage,
} from '#services/federate/secure/message.ts'
import { publicKeyOf } from '#services/federate/secure/primitives.ts'
import { castRound, honest } from '../../federate/support/rehearse.ts'

/** What the vectors are of: `round` without sketches, `sketched` with them, one client left out, `noised` with noise. */
export const CASTS = {
  round: () => castRound(5, 6, { seed: 'golden', terms: { weightCap: 3, clip: 2.5, range: 4 } }),
  sketched: () =>
    castRound(7, 128, {
      seed: 'golden sketches',
      terms: { clip: 2, range: 2, sketch: 8 },
      leaveOut: () => ({ must: ['client-0004'], may: [] }),
    }),
  noised: () => castRound(4, 60, { seed: 'golden noise', terms: { clip: 2, range: 2, noise: 0.25, countNoise: 1.5 } }),
} as const

/** Whom faults are tried on. */
const CLIENT = 'client-0000'

export interface Exchange {
  readonly stage: SecureStage
  readonly client: string
  readonly request: string
  readonly answer: string | null
}

export interface Silence {
  readonly client: string
  readonly stage: SecureStage
}

export type GoldenFault = readonly [fault: string, stage: SecureStage, request: Uint8Array]

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Plays a round and keeps every message of it. */
export function rehearse(file: keyof typeof CASTS, updates: Readonly<Record<string, WeightedUpdate>>, quiet?: Silence) {
  const cast = CASTS[file]()
  const steps = honest((name) => updates[name]!)
  const exchanges: Exchange[] = []
  let requests = cast.round.begin()
  while (cast.round.stage !== 'done') {
    const { stage } = cast.round
    for (const [client, request] of requests) {
      const silent = client === quiet?.client && stage === quiet.stage
      const answer = silent ? null : steps[stage](cast.clients.get(client)!, client, request)
      if (answer !== null) cast.round.accept(answer)
      exchanges.push({ stage, client, request: hex(request), answer: answer === null ? null : hex(answer) })
    }
    requests = cast.round.close()
  }
  const { mean, weight, saturated, clipped, survivors, transcript } = cast.round.result()

  /** The request of a stage to the first client, opened. */
  const asked = (stage: SecureStage) => {
    const request = Buffer.from(exchanges.find((exchange) => exchange.stage === stage)!.request, 'hex')
    const at = 4 + 1 + 32 + 4 + 1 + AGGREGATOR.length
    const transcript = request.subarray(at, at + 32)
    const binding: Binding = { session: cast.session, round: 1, stage, request: true, transcript }
    return { request, opened: openMessage(request, binding, () => publicKeyOf('ed25519', cast.aggregator.publicKey)) }
  }
  return {
    cast,
    asked,
    /** The same request, but for what is said here, signed by the aggregator. */
    altered: (stage: SecureStage, other: Partial<ReturnType<typeof asked>['opened']>) =>
      sealMessage({ ...asked(stage).opened, ...other }, cast.aggregator),
    /** Each fault is asked of the first client after the stages before it; `answered_twice` after its own. */
    write: (seed: string, faults: readonly GoldenFault[]) => {
      const golden = {
        session: hex(cast.session),
        round: 1,
        aggregator: hex(cast.aggregator.publicKey),
        clients: cast.names.map((name) => {
          const { secret, publicKey } = cast.identities.get(name)!
          const keys = { secret: hex(secret), publicKey: hex(publicKey) }
          return { name, random: `client ${seed} ${name}`, ...keys, ...updates[name]! }
        }),
        exchanges,
        result: { mean: [...mean], weight, saturated, clipped, survivors, transcript: hex(transcript) },
        faults: faults.map(([fault, stage, request]) => ({ fault, client: CLIENT, stage, request: hex(request) })),
      }
      writeFileSync(new URL(`${file}.json`, import.meta.url), `${JSON.stringify(golden, null, 1)}\n`)
    },
  }
}
