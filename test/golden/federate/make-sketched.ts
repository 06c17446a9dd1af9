import { encodeTerms, type Terms } from '#services/federate/secure/terms.ts'
import { rehearse } from './rehearsed.ts'

/**
 * Writes sketched.json: every message of one round with sketches, and requests with exactly one fault each. Run it when the protocol
 * changes, and only then: `node test/golden/federate/make-sketched.ts`.
 */

const update = (place: number) => Array.from({ length: 128 }, (_, i) => ((place * 37 + i * 11) % 64) / 64 - 0.5)
const updates = Object.fromEntries(
  Array.from({ length: 6 }, (_, place) => [`client-000${place}`, { update: update(place), weight: 1 }]),
)
const { cast, asked, altered, write } = rehearse('sketched', updates)
const flipped = new Uint8Array(asked('sketch').request)
flipped[flipped.length - 1]! ^= 1
const seed = asked('sketch').opened.body
const terms = (some: Partial<Terms>) => altered('advertise', { body: encodeTerms({ ...cast.terms, ...some }) })

write('golden sketches', [
  ['bad_terms', 'advertise', terms({ sketch: 4 })],
  ['bad_terms', 'advertise', terms({ dimension: 127 })],
  ['bad_terms', 'advertise', terms({ weightCap: 2 })],
  ['bad_terms', 'advertise', terms({ clip: 0 })],
  ['bad_terms', 'advertise', terms({ clip: 2.5 })],
  ['bad_terms', 'advertise', terms({ noise: 0.25 })],
  ['bad_terms', 'advertise', terms({ dimension: 256, sketch: 16 })],
  ['truncated', 'sketch', altered('sketch', { body: seed.subarray(1) })],
  ['trailing_data', 'sketch', altered('sketch', { body: Buffer.concat([seed, Buffer.alloc(1)]) })],
  ['bad_signature', 'sketch', flipped],
  ['wrong_stage', 'sketch', altered('sketch', { stage: 'agree' })],
  ['wrong_transcript', 'sketch', altered('sketch', { transcript: new Uint8Array(32) })],
  ['unknown_sender', 'sketch', altered('sketch', { sender: 'client-0001' })],
  ['answered_twice', 'sketch', asked('agree').request],
])
