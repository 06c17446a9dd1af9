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

test.each(['', '{}', '{"version":1}', '{"version":"2"}', '{"version":1.5}', '[]', '{"version":0,"window":"w1"}'])(
  'refuses what is not a sidecar: %j',
  (text) => {
    let error: unknown
    try {
      decodeSidecar(Buffer.from(text))
    } catch (thrown) {
      error = thrown
    }
    expect(isAppError(error, 'corrupt')).toBe(true)
  },
)

const stored = () => JSON.parse(Buffer.from(encodeSidecar(sidecar)).toString()) as Record<string, unknown>
const decoded = (file: object) => () => decodeSidecar(Buffer.from(JSON.stringify(file)))

test('what a later version wrote is told from what is damaged', () => {
  const [, record] = stored()['records'] as { issues: object[] }[]
  const withIssue = (issue: object) => ({ ...stored(), records: [{ ...record, index: 0, issues: [issue] }] })
  const withTrigger = (trigger: object) => ({
    ...stored(),
    campaigns: [{ ...(stored()['campaigns'] as object[])[0], trigger }],
  })
  const leftOut = { records: 0, columns: 0, prints: 0 }
  const withHold = (hold: unknown) => ({ ...stored(), policy: { ...sidecar.policy, hold } })
  const later = [
    { version: 2 },
    { ...stored(), version: 3 },
    { ...stored(), echoes: [] },
    { ...stored(), pool: { sha256: '', members: [], leftOut: { ...leftOut, echoes: 4 } } },
    withIssue({ family: 'echo', score: 1, why: '' }),
    withTrigger({ kind: 'echo', of: 1 }),
    withHold({ precision: 0.9 }),
    withHold({ precision: { of: 'echoes' } }),
  ]
  for (const file of later)
    expect(decoded(file)).toThrow(expect.objectContaining({ code: 'conflict', reason: 'newer_sidecar' }))
  const { seed: _, ...lacking } = stored()
  const damaged = [
    { ...lacking, echoes: [] },
    { ...stored(), seed: '7' },
    { ...stored(), map: '#' },
    { ...stored(), pool: { sha256: '', members: [], leftOut: { ...leftOut, prints: -1 } } },
    withIssue({ family: 7, score: 1, why: '' }),
    withTrigger({ of: 1 }),
    withHold({}),
    withHold({ risk: '0.4', echoes: 1 }),
    withHold([0.4]),
  ]
  for (const file of damaged)
    expect(decoded(file)).toThrow(expect.objectContaining({ code: 'corrupt', reason: 'sidecar' }))
})

test('what cannot be read is named by its path, and nothing of it is quoted', () => {
  const read = (file: object) => () => decodeSidecar(Buffer.from(JSON.stringify(file)), 'scores/mail/w1')
  expect(read({ ...stored(), echoes: 'secret' })).toThrow(
    /^scores\/mail\/w1: a sidecar of scores was written by a newer version: upgrade to read it$/,
  )
  expect(read({ seed: 'secret' })).toThrow(/^scores\/mail\/w1: a sidecar of scores is damaged, or was never one$/)
})
