import { writeFileSync } from 'node:fs'
import {
  decodeMessages,
  encodeDelivery,
  encodeIndexes,
  encodeKeys,
  encodeMessages,
  decodeDelivery,
} from '#services/federate/secure/bodies.ts'
import {
  AGGREGATOR,
  openMessage,
  sealMessage,
  type Binding,
  type SecureStage,
} from '#services/federate/secure/message.ts'
import { publicKeyOf } from '#services/federate/secure/primitives.ts'
import { encodeTerms } from '#services/federate/secure/terms.ts'
import { castRound, honest, type Cast } from '../../federate/support/rehearse.ts'

/**
 * Writes round.json: every message of one round, and requests with exactly one fault each. Run it when the protocol changes, and only then:
 * `node test/golden/federate/make-round.ts`.
 */

const SEED = 'golden'
const TERMS = { weightCap: 3, clip: 2.5, range: 4 }
const UPDATES: Readonly<Record<string, { update: readonly number[]; weight: number }>> = {
  'client-0000': { update: [0.5, -0.25, 1, 0, 0.125, -1], weight: 1 },
  'client-0001': { update: [3, 1, -4, 1, 5, -9], weight: 2 },
  'client-0002': { update: [0, 0, 0, 0, 0, 0], weight: 3 },
  'client-0003': { update: [1e-9, -1e-9, 1, -1, 0.1, 0.2], weight: 1 },
  'client-0004': { update: [1, 2, 0.3, 0.4, 0.5, 0.6], weight: 2 },
}
const SILENT = { client: 'client-0002', stage: 'mask' } as const

interface Exchange {
  readonly stage: SecureStage
  readonly client: string
  readonly request: string
  readonly answer: string | null
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const cast = castRound(5, 6, { seed: SEED, terms: TERMS })
const steps = honest((name) => UPDATES[name]!)
const exchanges: Exchange[] = []
let requests = cast.round.begin()
while (cast.round.stage !== 'done') {
  const { stage } = cast.round
  for (const [client, request] of requests) {
    const silent = client === SILENT.client && stage === SILENT.stage
    const answer = silent ? null : steps[stage](cast.clients.get(client)!, client, request)
    if (answer !== null) cast.round.accept(answer)
    exchanges.push({ stage, client, request: hex(request), answer: answer === null ? null : hex(answer) })
  }
  requests = cast.round.close()
}
const { mean, weight, saturated, clipped, survivors, transcript } = cast.round.result()

/** The request of a stage to the first client, opened. */
function asked(stage: SecureStage) {
  const request = Buffer.from(exchanges.find((exchange) => exchange.stage === stage)!.request, 'hex')
  const at = 4 + 1 + 32 + 4 + 1 + AGGREGATOR.length
  const binding: Binding = {
    session: cast.session,
    round: 1,
    stage,
    request: true,
    transcript: request.subarray(at, at + 32),
  }
  return { request, opened: openMessage(request, binding, () => publicKeyOf('ed25519', cast.aggregator.publicKey)) }
}

const CLIENT = 'client-0000'
const altered = (stage: SecureStage, other: Partial<ReturnType<typeof asked>['opened']>) =>
  sealMessage({ ...asked(stage).opened, ...other }, cast.aggregator)
const flipped = (bytes: Uint8Array, at: number) => {
  const copy = new Uint8Array(bytes)
  copy[at]! ^= 1
  return copy
}
const roster = () => decodeMessages(asked('share').opened.body)

/** An advertisement of another client with a key that agrees to nothing. */
function withBadKey(cast: Cast): Uint8Array[] {
  const other = cast.names[1]!
  const message = roster()[1]!
  const at = 4 + 1 + 32 + 4 + 1 + other.length
  const body = encodeKeys({ maskKey: new Uint8Array(32), shareKey: new Uint8Array(32) })
  const binding = { session: cast.session, round: 1, stage: 'advertise', request: false } as const
  const bad = { ...binding, transcript: message.subarray(at, at + 32), sender: other, body }
  return roster().with(1, sealMessage(bad, cast.identities.get(other)!))
}

const first = asked('advertise').request
const delivery = () => decodeDelivery(asked('mask').opened.body, 5)
const none = new Uint8Array(32)
const faults: readonly (readonly [fault: string, stage: SecureStage, request: Uint8Array])[] = [
  ['truncated', 'advertise', first.subarray(0, -1)],
  ['trailing_data', 'advertise', Buffer.concat([first, Buffer.alloc(1)])],
  ['bad_magic', 'advertise', flipped(first, 0)],
  ['bad_signature', 'advertise', flipped(first, first.length - 1)],
  ['wrong_stage', 'advertise', altered('advertise', { stage: 'agree' })],
  ['wrong_stage', 'advertise', altered('advertise', { request: false })],
  ['wrong_session', 'advertise', altered('advertise', { session: none })],
  ['wrong_round', 'advertise', altered('advertise', { round: 2 })],
  ['unknown_sender', 'advertise', altered('advertise', { sender: 'client-0001' })],
  ['bad_terms', 'advertise', altered('advertise', { body: encodeTerms({ ...cast.terms, range: 0 }) })],
  ['wrong_transcript', 'share', altered('share', { transcript: none })],
  ['left_out', 'share', altered('share', { body: encodeMessages(roster().slice(1)) })],
  ['too_few', 'share', altered('share', { body: encodeMessages(roster().slice(0, 2)) })],
  ['not_ascending', 'share', altered('share', { body: encodeMessages(roster().toReversed()) })],
  ['bad_signature', 'share', altered('share', { body: encodeMessages(roster().with(1, flipped(roster()[1]!, 150))) })],
  ['bad_key', 'share', altered('share', { body: encodeMessages(withBadKey(cast)) })],
  ['answered_twice', 'advertise', asked('share').request],
  [
    'wrong_size',
    'mask',
    altered('mask', { body: encodeDelivery({ ...delivery(), sealed: delivery().sealed.slice(1) }) }),
  ],
  ['left_out', 'mask', altered('mask', { body: encodeIndexes([1, 2, 3, 4]) })],
  ['too_few', 'agree', altered('agree', { body: encodeIndexes([0, 1, 3]) })],
  ['left_out', 'agree', altered('agree', { body: encodeIndexes([1, 2, 3, 4]) })],
  ['unknown_index', 'agree', altered('agree', { body: encodeIndexes([0, 1, 3, 9]) })],
  [
    'too_few',
    'unmask',
    altered('unmask', { body: encodeMessages(decodeMessages(asked('unmask').opened.body).slice(0, 3)) }),
  ],
]

const golden = {
  session: hex(cast.session),
  round: 1,
  aggregator: hex(cast.aggregator.publicKey),
  clients: cast.names.map((name) => {
    const { secret, publicKey } = cast.identities.get(name)!
    return { name, random: `client ${SEED} ${name}`, secret: hex(secret), publicKey: hex(publicKey), ...UPDATES[name]! }
  }),
  exchanges,
  result: { mean: [...mean], weight, saturated, clipped, survivors, transcript: hex(transcript) },
  // each is asked of the first client after the stages before it; `answered_twice` after its own
  faults: faults.map(([fault, stage, request]) => ({ fault, client: CLIENT, stage, request: hex(request) })),
}
writeFileSync(new URL('round.json', import.meta.url), `${JSON.stringify(golden, null, 1)}\n`)
