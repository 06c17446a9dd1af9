import { encodeTerms, type Terms } from '#services/federate/secure/terms.ts'
import { rehearse } from './rehearsed.ts'

/**
 * Writes noised.json: every message of one round with noise, and terms with exactly one fault each. Run it when the protocol changes, and only then:
 * `node test/golden/federate/make-noised.ts`.
 */

const update = (place: number) => Array.from({ length: 60 }, (_, i) => ((place * 29 + i * 7) % 32) / 32 - 0.5)
const updates = Object.fromEntries(
  Array.from({ length: 4 }, (_, place) => [`client-000${place}`, { update: update(place), weight: 1 }]),
)
const { cast, altered, write } = rehearse('noised', updates)
const terms = (some: Partial<Terms>) => altered('advertise', { body: encodeTerms({ ...cast.terms, ...some }) })

write('golden noise', [
  ['bad_terms', 'advertise', terms({ clip: 0 })],
  ['bad_terms', 'advertise', terms({ clip: 2.5 })],
  ['bad_terms', 'advertise', terms({ weightCap: 2 })],
  ['bad_terms', 'advertise', terms({ noise: 0 })],
  ['bad_terms', 'advertise', terms({ noise: -0.25 })],
  ['bad_terms', 'advertise', terms({ noise: 1e-5 })],
  ['bad_terms', 'advertise', terms({ noise: 100 })],
  ['bad_terms', 'advertise', terms({ countNoise: 0.5 })],
  ['bad_terms', 'advertise', terms({ countNoise: Number.NaN })],
])
