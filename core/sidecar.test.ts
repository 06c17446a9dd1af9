import { expect, test } from 'vitest'
import { isAppError } from './errors.ts'
import { decodeSidecar, encodeSidecar, type Sidecar } from './sidecar.ts'

const sidecar: Sidecar = {
  version: 1,
  window: 'w1',
  policy: { hold: { risk: 0.5 }, rejectAbove: 1.01 },
  seed: 7,
  detectors: [{ name: 'knn', family: 'outlier', version: 1 }],
  notes: ['no labels'],
  certified: false,
  campaigns: [
    {
      id: 'c1',
      family: 'trigger',
      summary: 'one patch',
      trigger: { kind: 'patch', shape: [2, 2], pixels: [{ y: 0, x: 1, value: 1 }] },
      members: [1],
      contributors: [{ name: 'mallory', members: 1, records: 2 }],
      evidence: 12.5,
      mitigations: ['quarantine_records'],
    },
  ],
  records: [
    { id: 'a', index: 0, risk: 0.1, decision: 'admit', issues: [] },
    {
      id: 'b',
      index: 1,
      risk: 0.9,
      decision: 'quarantine',
      issues: [{ family: 'trigger', score: 0.9, why: 'patch', by: ['residualised-lift'] }],
    },
  ],
  map: Float32Array.of(0, 1, -0.5, 2),
}

test('a sidecar decodes to what was encoded', () => {
  expect(decodeSidecar(encodeSidecar(sidecar))).toEqual(sidecar)
})

test('the same scan gives the same bytes whatever the order of keys', () => {
  const reordered = Object.fromEntries(Object.entries(sidecar).reverse()) as unknown as Sidecar
  expect(encodeSidecar(reordered)).toEqual(encodeSidecar(sidecar))
})

test.each(['', '{}', '{"version":2}'])('refuses what is not a sidecar: %j', (text) => {
  let error: unknown
  try {
    decodeSidecar(Buffer.from(text))
  } catch (thrown) {
    error = thrown
  }
  expect(isAppError(error, 'corrupt')).toBe(true)
})
