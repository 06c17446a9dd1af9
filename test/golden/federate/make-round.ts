import {
  decodeMessages,
  encodeDelivery,
  encodeIndexes,
  encodeKeys,
  encodeMessages,
  decodeDelivery,
} from '#services/federate/secure/bodies.ts'
import { sealMessage } from '#services/federate/secure/message.ts'
import { encodeTerms } from '#services/federate/secure/terms.ts'
import type { Cast } from '../../federate/support/rehearse.ts'
import { rehearse, type GoldenFault } from './rehearsed.ts'

/**
 * Writes round.json: every message of one round, and requests with exactly one fault each. Run it when the protocol changes, and only then:
 * `node test/golden/federate/make-round.ts`.
 */

const UPDATES: Readonly<Record<string, { update: readonly number[]; weight: number }>> = {
  'client-0000': { update: [0.5, -0.25, 1, 0, 0.125, -1], weight: 1 },
  'client-0001': { update: [3, 1, -4, 1, 5, -9], weight: 2 },
  'client-0002': { update: [0, 0, 0, 0, 0, 0], weight: 3 },
  'client-0003': { update: [1e-9, -1e-9, 1, -1, 0.1, 0.2], weight: 1 },
  'client-0004': { update: [1, 2, 0.3, 0.4, 0.5, 0.6], weight: 2 },
}
const { cast, asked, altered, write } = rehearse('round', UPDATES, { quiet: { client: 'client-0002', stage: 'mask' } })
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
const faults: readonly GoldenFault[] = [
  ['truncated', 'advertise', first.subarray(0, -1)],
  ['trailing_data', 'advertise', Buffer.concat([first, Buffer.alloc(1)])],
  ['bad_magic', 'advertise', flipped(first, 0)],
  ['old_version', 'advertise', Buffer.concat([Buffer.from('CFM1'), first.subarray(4)])],
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
    altered('mask', { body: encodeDelivery({ ...delivery(), dealt: delivery().dealt.slice(1) }) }),
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

write('golden', faults)
