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
import { castRound, honest, type Cast } from '../../federate/support/rehearse.ts'
import { resign } from '../../federate/support/resign.ts'
import { isAppError } from '#core/errors.ts'

/**
 * What the vectors are of: `round` without sketches, `sketched` with them, one client left out, `noised` with noise, `undealt` with a client whose shares three
 * of seven cannot use, which ends the round.
 */
export const CASTS = {
  round: () => castRound(5, 6, { seed: 'golden', terms: { weightCap: 3, clip: 2.5, range: 4 } }),
  sketched: () =>
    castRound(7, 128, {
      seed: 'golden sketches',
      terms: { clip: 2, range: 2, sketch: 8 },
      leaveOut: () => ({ must: ['client-0004'], may: [] }),
    }),
  undealt: () => castRound(7, 6, { seed: 'golden shares' }),
  noised: () => castRound(4, 60, { seed: 'golden noise', terms: { clip: 2, range: 2, noise: 0.25, countNoise: 1.5 } }),
} as const

/** Whom faults are tried on. */
const CLIENT = 'client-0000'

export interface Exchange {
  readonly stage: SecureStage
  readonly client: string
  readonly request: string
  /** What the client says. */
  readonly answer: string | null
  /** What the aggregator is sent in its place, signed by the same client. */
  readonly sent?: string
}

/** An answer that a client alters. */
export interface Twist {
  readonly client: string
  readonly stage: SecureStage
  readonly change: (body: Uint8Array) => void
}

/** What became of a round: its sum, or why there is none and by whose fault. */
function resultOf({ round }: Cast) {
  const { mean, weight, saturated, clipped, survivors, transcript } = round.result()
  return { mean: [...mean], weight, saturated, clipped, survivors, transcript: hex(transcript) }
}

export interface Silence {
  readonly client: string
  readonly stage: SecureStage
}

/** An answer that the aggregator refuses, of a client that gives another one afterwards. */
export interface Refused extends Twist {
  readonly fault: string
}

export type GoldenFault = readonly [fault: string, stage: SecureStage, request: Uint8Array]

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

/** Plays a round and keeps every message of it. */
export function rehearse(
  file: keyof typeof CASTS,
  updates: Readonly<Record<string, WeightedUpdate>>,
  { quiet, twist }: { quiet?: Silence; twist?: Twist } = {},
) {
  const cast = CASTS[file]()
  const steps = honest((name) => updates[name]!)
  const exchanges: Exchange[] = []
  const play = () => {
    let requests = cast.round.begin()
    while (cast.round.stage !== 'done') {
      const { stage } = cast.round
      for (const [client, request] of requests) {
        const silent = client === quiet?.client && stage === quiet.stage
        const answer = silent ? null : steps[stage](cast.clients.get(client)!, client, request)
        const twisted = answer !== null && client === twist?.client && stage === twist.stage
        const by = { name: client, identity: cast.identities.get(client)!, session: cast.session, round: 1 }
        const sent = twisted ? resign(answer, by, stage, twist.change) : answer
        if (sent !== null) cast.round.accept(sent)
        const told = { stage, client, request: hex(request), answer: answer === null ? null : hex(answer) }
        exchanges.push({ ...told, ...(twisted && { sent: hex(sent!) }) })
      }
      requests = cast.round.close()
    }
    return resultOf(cast)
  }
  const outcome = () => {
    try {
      return play()
    } catch (error) {
      if (!isAppError(error)) throw error
      return { fault: error.reason, liars: cast.round.liars }
    }
  }
  const result = outcome()

  /** The request of a stage to the first client, opened. */
  const asked = (stage: SecureStage) => {
    const request = Buffer.from(exchanges.find((exchange) => exchange.stage === stage)!.request, 'hex')
    const at = 4 + 1 + 32 + 4 + 1 + AGGREGATOR.length
    const transcript = request.subarray(at, at + 32)
    const binding: Binding = { session: cast.session, round: 1, stage, request: true, transcript }
    return { request, opened: openMessage(request, binding, () => publicKeyOf('ed25519', cast.aggregator.publicKey)) }
  }
  const refusedOf = ({ fault, client, stage, change }: Refused) => {
    const told = exchanges.find((exchange) => exchange.client === client && exchange.stage === stage)!
    const by = { name: client, identity: cast.identities.get(client)!, session: cast.session, round: 1 }
    return { fault, client, stage, answer: hex(resign(Buffer.from(told.answer!, 'hex'), by, stage, change)) }
  }
  return {
    cast,
    exchanges,
    asked,
    /** The same request, but for what is said here, signed by the aggregator. */
    altered: (stage: SecureStage, other: Partial<ReturnType<typeof asked>['opened']>) =>
      sealMessage({ ...asked(stage).opened, ...other }, cast.aggregator),
    /** Each fault is asked of the first client after the stages before it; `answered_twice` after its own. */
    write: (seed: string, faults: readonly GoldenFault[], refused: readonly Refused[] = []) => {
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
        result,
        faults: faults.map(([fault, stage, request]) => ({ fault, client: CLIENT, stage, request: hex(request) })),
        ...(refused.length > 0 && { refused: refused.map(refusedOf) }),
      }
      writeFileSync(new URL(`${file}.json`, import.meta.url), `${JSON.stringify(golden, null, 1)}\n`)
    },
  }
}
