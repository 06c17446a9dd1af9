import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { decodeSidecar } from '#core/sidecar.ts'
import { contractSchema } from '#core/contract.ts'
import { policySchema } from '#core/decision.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { calibrateChannels } from './calibrate/channels.ts'
import { EMPTY_HISTORY } from './calibrate/history.ts'
import type { Detector } from './detector.ts'
import { createEngine } from './numeric/create-engine.ts'
import { matrix } from './numeric/matrix.ts'
import { quickDetectors } from './quick.ts'
import { scanWindow } from './scan-window.ts'
import { scoreWindow } from './score-window.ts'
import { groupBy } from './view/build-input.ts'
import { createView } from './view/create-view.ts'
import type { ScanInput } from './view/samples.ts'

const engine = await createEngine()
const [N, D] = [2400, 12]

/** Vectors around three centres; `plant` may change some, and what they are labelled. */
function window(
  n: number,
  plant: (vector: Float32Array, i: number) => string | undefined = () => undefined,
): ScanInput {
  const random = seededRandom(7, 'quick scan test')
  const data = matrix(n, D)
  const names = Array.from({ length: n }, (_, i) => {
    const of = random.below(3)
    const vector = data.data.subarray(i * D, (i + 1) * D)
    for (let j = 0; j < D; j++) vector[j] = (j % 3 === of ? 4 : 0) + random.normal()
    return plant(vector, i) ?? 'abc'[of] ?? null
  })
  return { n, seed: 1, samples: { kind: 'vector', vectors: data }, labels: groupBy(names), contributors: null }
}

const CASES: readonly (readonly [what: string, plant: (vector: Float32Array, i: number) => string | undefined])[] = [
  ['foreign records', (vector, i) => (i < 24 ? (vector.fill(30 + (i % 5)), undefined) : undefined)],
  ['copies of one record', (vector, i) => (i < 40 ? (vector.fill(2), 'a') : undefined)],
  ['a value that comes with one label', (vector, i) => (i % 60 === 0 ? ((vector[5] = 3.25), 'b') : undefined)],
  ['labels that are wrong', (vector, i) => (i % 25 === 0 ? 'abc'[1 + (i % 2)] : undefined)],
]

describe('a quick scan', () => {
  it('says so where it suspects nothing, certifies nothing and teaches nothing', async () => {
    const quick = await scanWindow(window(N), { engine, effort: 'quick' })
    expect(quick).toMatchObject({ effort: 'quick', certified: false, bulk: {}, campaigns: [] })
    expect(quick.notes[0]).toMatch(/^A quick scan suspected nothing/)
    expect(Math.max(...quick.risk)).toBeLessThan(0.3)
    expect(new Set(quick.risk).size).toBeGreaterThan(N / 2)
    expect(await scanWindow(window(N), { engine, effort: 'quick' })).toEqual(quick)
    const full = await scanWindow(window(N), { engine })
    expect(full.effort).toBeUndefined()
    expect(full.detectors.length).toBeGreaterThan(quick.detectors.length)
  })

  it('trains no predictor, of images either', async () => {
    const { vectors } = window(N).samples as Extract<ScanInput['samples'], { kind: 'vector' }>
    const samples = { kind: 'image' as const, height: 3, width: 4, channels: 1, pixels: vectors }
    const view = createView({ ...window(N), samples }, engine, 'quick')
    const untrained = () => Promise.reject(new Error('a predictor was trained'))
    const asked = { ...view, probe: untrained, consensus: untrained, expectedBy: untrained }
    const channels = await calibrateChannels(asked, quickDetectors(samples), EMPTY_HISTORY, [])
    expect(channels.map(({ info }) => info.name)).toContain('random-pixels')
  })

  it.each(CASES)('leaves %s to a full scan, byte for byte', async (_, plant) => {
    const quick = await scanWindow(window(N, plant), { engine, effort: 'quick' })
    expect(quick.effort).toBeUndefined()
    expect(quick).toEqual(await scanWindow(window(N, plant), { engine }))
  })

  it.each([
    ['overlap by nature', 0, 'quick'],
    ['overlap, and are wrong besides', 0.03, undefined],
  ])('knows whether labels %s', async (_, wrong, effort) => {
    const random = seededRandom(3, 'quick scan, labels that overlap')
    const [data, columns] = [matrix(N, 20), Array.from({ length: 20 }, (_, j) => j)]
    const names = Array.from({ length: N }, (_, i) => {
      const side = random.below(2)
      // the centres lie 4.2 spreads apart, so that one record in sixty is nearer to the other
      for (const j of columns) data.data[i * 20 + j] = side * 0.94 + random.normal()
      return 'ab'[random.next() < wrong ? 1 - side : side]!
    })
    const samples = { kind: 'vector', vectors: data } as const
    const input: ScanInput = { n: N, seed: 1, samples, labels: groupBy(names), contributors: null }
    expect((await scanWindow(input, { engine, effort: 'quick' })).effort).toBe(effort)
  })

  it('is not for small windows, where every detector is needed', async () => {
    expect((await scanWindow(window(400), { engine, effort: 'quick' })).effort).toBeUndefined()
  })

  it('hears a detector of your own, and scans in full what it suspects', async () => {
    const own: Detector = {
      info: { name: 'acme', family: 'drift', version: 1 },
      needs: [],
      tags: { role: 'carrier' },
      score: async () => ({
        scores: Float64Array.from({ length: N }, (_, i) => (i < 30 ? 1000 + i : Math.sin(i) ** 2)),
        scale: 'relative',
        groups: [],
        why: () => 'It drifted.',
      }),
    }
    expect((await scanWindow(window(N), { engine, effort: 'quick', own: [own] })).effort).toBeUndefined()
  })

  it('stands in the sidecar, which then teaches later windows nothing', async () => {
    const { samples, labels } = window(N)
    if (samples.kind !== 'vector' || labels === null) throw new Error('not what was made')
    const records = Array.from({ length: N }, (_, i) => ({
      id: `r${i}`,
      fields: { label: labels.names[labels.of[i]!]!, ...columnsOf(samples.vectors.data.subarray(i * D, (i + 1) * D)) },
      provenance: { source: 's', partition: 'p', position: String(i) },
    }))
    const columns = Array.from({ length: D }, (_, j) => ({ name: `x${j}`, type: 'number' }))
    const contract = contractSchema.parse({
      version: 1,
      schema: {},
      features: { kind: 'table', columns },
      label: 'label',
    })
    const task = { window: 'w', plaintext: encodeRecords(records), contract, policy: policySchema.parse({}), seed: 0 }
    const quick = decodeSidecar((await scoreWindow({ ...task, effort: 'quick' }, engine)).sidecar)
    expect(quick.effort).toBe('quick')
    expect(quick.taught).toBeUndefined()
    const full = decodeSidecar((await scoreWindow(task, engine)).sidecar)
    expect(full.effort).toBeUndefined()
    expect(Object.keys(full.taught ?? {}).length).toBeGreaterThan(0)
  })
})

function columnsOf(vector: Float32Array): Record<string, number> {
  return Object.fromEntries(Array.from(vector, (value, j) => [`x${j}`, value]))
}
