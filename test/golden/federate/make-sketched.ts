import { decodeDraw, encodeDraw } from '#services/federate/secure/bodies.ts'
import { encodeTerms, type Terms } from '#services/federate/secure/terms.ts'
import { rehearse } from './rehearsed.ts'

/**
 * Writes sketched.json: every message of one round with sketches, and requests with exactly one fault each. Run it when the protocol
 * changes, and only then: `node test/golden/federate/make-sketched.ts`.
 */

const update = (place: number) => Array.from({ length: 128 }, (_, i) => ((place * 37 + i * 11) % 64) / 64 - 0.5)
const updates = Object.fromEntries(
  Array.from({ length: 7 }, (_, place) => [`client-000${place}`, { update: update(place), weight: 1 }]),
)
// one drops out between its vector and its sketch: the others explain theirs
const { cast, asked, altered, write } = rehearse('sketched', updates, {
  quiet: { client: 'client-0005', stage: 'sketch' },
})
const flipped = new Uint8Array(asked('sketch').request)
flipped[flipped.length - 1]! ^= 1
const draw = asked('sketch').opened.body
const { seed } = decodeDraw(draw, 7)
const drawn = (maskers: readonly number[]) => altered('sketch', { body: encodeDraw({ seed, maskers }) })
const terms = (some: Partial<Terms>) => altered('advertise', { body: encodeTerms({ ...cast.terms, ...some }) })

write('golden sketches', [
  ['bad_terms', 'advertise', terms({ sketch: 4 })],
  ['bad_terms', 'advertise', terms({ dimension: 127 })],
  ['bad_terms', 'advertise', terms({ weightCap: 2 })],
  ['bad_terms', 'advertise', terms({ clip: 0 })],
  ['bad_terms', 'advertise', terms({ clip: 2.5 })],
  ['bad_terms', 'advertise', terms({ noise: 0.25 })],
  ['bad_terms', 'advertise', terms({ dimension: 256, sketch: 16 })],
  ['truncated', 'sketch', altered('sketch', { body: draw.subarray(1) })],
  ['trailing_data', 'sketch', altered('sketch', { body: Buffer.concat([draw, Buffer.alloc(1)]) })],
  ['bad_signature', 'sketch', flipped],
  ['wrong_stage', 'sketch', altered('sketch', { stage: 'agree' })],
  ['wrong_transcript', 'sketch', altered('sketch', { transcript: new Uint8Array(32) })],
  ['unknown_sender', 'sketch', altered('sketch', { sender: 'client-0001' })],
  ['left_out', 'sketch', drawn([1, 2, 3, 4, 5])],
  ['unknown_index', 'sketch', drawn([0, 1, 2, 3, 4, 9])],
  ['not_ascending', 'sketch', drawn([1, 0, 2, 3, 4, 5])],
  ['trailing_data', 'explain', altered('explain', { body: new Uint8Array(1) })],
  ['wrong_transcript', 'explain', altered('explain', { transcript: new Uint8Array(32) })],
  ['answered_twice', 'explain', asked('explain').request],
])
