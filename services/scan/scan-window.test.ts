import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from './view/build-input.ts'
import { createEngine } from './numeric/create-engine.ts'
import { matrix } from './numeric/matrix.ts'
import type { Detector, DetectorTags } from './detector.ts'
import type { ScanInput } from './view/samples.ts'
import { scanWindow } from './scan-window.ts'

const engine = await createEngine()

/** Vectors around three centres, the first `far` of them all far from every centre. */
function vectors(n: number, far: number, labelled = true): ScanInput {
  const random = seededRandom(5, 'scan window test')
  const truth = Array.from({ length: n }, () => random.below(3))
  const data = matrix(n, 12)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < 12; j++) {
      const centre = j % 3 === truth[i] ? 4 : 0
      data.data[i * 12 + j] = i < far ? 40 + random.normal() : centre + random.normal()
    }
  }
  const labels = labelled ? groupBy(truth.map((c) => 'abc'[c] ?? null)) : null
  return { n, seed: 1, samples: { kind: 'vector', vectors: data }, labels, contributors: null }
}

/** A detector of somebody's own, which ranks the first `certain` records far above all others. */
function ownDetector(tags: DetectorTags, certain: number): Detector {
  return {
    info: { name: 'acme-drift', family: 'drift', version: 1 },
    needs: [],
    tags,
    score: async ({ n }) => ({
      scores: Float64Array.from({ length: n }, (_, i) => (i < certain ? 1000 + i : Math.sin(i) ** 2)),
      scale: 'relative',
      groups: [],
      why: (i) => `Record ${i} drifted.`,
    }),
  }
}

describe('scanWindow', () => {
  it('holds a cluster of foreign records and nobody else, with or without labels', async () => {
    for (const labelled of [true, false]) {
      const { risk, issues, campaigns, notes } = await scanWindow(vectors(600, 12, labelled), { engine })
      expect(risk.subarray(0, 12).every((r) => r >= 0.5)).toBe(true)
      expect(risk.subarray(12).filter((r) => r >= 0.5).length).toBe(0)
      expect(issues[0]?.[0]).toMatchObject({ family: 'outlier' })
      expect(issues[0]?.[0]?.why).toMatch(/times as far/)
      expect(campaigns.length).toBeGreaterThan(0)
      // one cause, one note, however many detectors it concerns
      expect(notes.filter((note) => note.includes('fewer than two labels'))).toHaveLength(labelled ? 0 : 1)
    }
  })

  it('holds nobody of images that are all the same, nor of wide rows that are the same within their labels', async () => {
    const of = Array.from({ length: 60 }, (_, i) => i % 2)
    const labels = groupBy(of.map(String))
    const same: ScanInput['samples'] = {
      kind: 'image',
      pixels: matrix(60, 400, new Float32Array(60 * 400).fill(0.5)),
      height: 20,
      width: 20,
      channels: 1,
    }
    const wide = Float32Array.from({ length: 60 * 400 }, (_, at) =>
      at % 3 === 0 ? 10 * Math.sin((at % 400) + 400 * of[Math.floor(at / 400)]!) : 0,
    )
    for (const samples of [same, { kind: 'vector' as const, vectors: matrix(60, 400, wide) }]) {
      const { risk } = await scanWindow({ n: 60, seed: 1, samples, labels, contributors: null }, { engine })
      expect(risk.every((r) => r < 0.5)).toBe(true)
    }
  })

  it('gives the same bytes again, all of them cloneable', async () => {
    const first = await scanWindow(vectors(200, 4), { engine })
    const second = await scanWindow(vectors(200, 4), { engine })
    expect(structuredClone(first)).toEqual(second)
  })

  it('ends every reason with a full stop, whoever worded it', async () => {
    const own = ownDetector({ role: 'carrier' }, 12)
    const score: Detector['score'] = async (view) => ({ ...(await own.score(view)), why: (i) => `record ${i} drifted` })
    const { issues } = await scanWindow(vectors(400, 0), { engine, own: [{ ...own, score }] })
    const whys = issues.flat().map(({ why }) => why)
    expect(whys).toContain('record 0 drifted.')
    expect(whys.filter((why) => !why.endsWith('.'))).toEqual([])
  })

  it('holds what is far out in samples and activations alike, in images alone', async () => {
    const random = seededRandom(6, 'scan window test, agreement')
    const n = 2000
    const tailed = () => Float64Array.from({ length: n }, (_, i) => random.normal() ** 2 + (i < 25 ? 9 : 0))
    const ranking = (name: string, tags: DetectorTags): Detector => {
      const scores = tailed()
      const score = async () => ({ scores, scale: 'relative' as const, groups: [], why: () => 'It is far out.' })
      return { info: { name, family: 'outlier', version: 1 }, needs: [], tags, score }
    }
    const detectors = [
      ranking('far-sample', { role: 'carrier', farOutIn: 'samples' }),
      ranking('far-activation', { role: 'supporting', farOutIn: 'activations' }),
    ]
    const data = matrix(n, 16)
    data.data.forEach((_, at) => (data.data[at] = random.next()))
    const labels = groupBy(Array.from({ length: n }, (_, i) => 'ab'[i % 2]!))
    const held = async (samples: ScanInput['samples']) => {
      const { risk } = await scanWindow({ n, seed: 1, samples, labels, contributors: null }, { engine, detectors })
      return [...risk.keys()].filter((i) => risk[i]! >= 0.5)
    }
    const images = await held({ kind: 'image', height: 4, width: 4, channels: 1, pixels: data })
    expect(images.filter((i) => i < 25).length).toBeGreaterThan(15)
    expect(images.filter((i) => i >= 25).length).toBeLessThan(3)
    expect(await held({ kind: 'vector', vectors: data })).toEqual([])
  })

  it('lets a detector of your own drive risk, if it says that it is a carrier', async () => {
    const window = vectors(400, 0)
    const held = async (role: DetectorTags['role']) => {
      const { risk, issues, certified, bulk } = await scanWindow(window, {
        engine,
        detectors: [ownDetector({ role }, 12)],
      })
      return {
        held: risk.filter((r) => r >= 0.5).length,
        family: issues[0]?.[0]?.family,
        by: issues[0]?.[0]?.by,
        certified,
        bulk: Object.keys(bulk),
      }
    }
    expect(await held('carrier')).toEqual({
      held: 12,
      family: 'drift',
      by: ['acme-drift'],
      certified: false,
      bulk: ['acme-drift/1'],
    })
    expect(await held('supporting')).toMatchObject({ held: 0, bulk: [] })
  })

  it('asks a selection of the riskiest for triggers alone, and a window for all', async () => {
    const trigger: Detector = {
      ...ownDetector({ role: 'carrier' }, 12),
      info: { name: 'acme-marks', family: 'trigger', version: 1 },
    }
    const others: readonly Detector[] = [
      ownDetector({ role: 'carrier' }, 12),
      { ...trigger, tags: { role: 'supporting' } },
    ]
    const asked = async (isSelection: boolean) => {
      const { risk, detectors } = await scanWindow(vectors(400, 12), { engine, own: [trigger, ...others], isSelection })
      return {
        families: new Set(detectors.map(({ family }) => family)),
        names: detectors.map(({ name }) => name),
        risk,
      }
    }
    const pool = await asked(true)
    expect([...pool.families]).toEqual(['trigger'])
    expect(pool.names.filter((name) => name.startsWith('acme'))).toEqual(['acme-marks'])
    expect(pool.risk).toHaveLength(400)
    const { families, names } = await asked(false)
    expect(families.has('outlier') && families.has('label')).toBe(true)
    expect(names.filter((name) => name.startsWith('acme'))).toHaveLength(3)
  })

  it('ranks every record by itself', async () => {
    const { risk } = await scanWindow(vectors(300, 5), { engine })
    expect(new Set(risk).size).toBeGreaterThan(290)
    expect(risk.every((r) => r > 0 && r < 1)).toBe(true)
  })

  it('suspects nobody in a window too small to learn from, and says so', async () => {
    const result = await scanWindow(vectors(20, 1), { engine })
    expect([...result.risk]).toEqual(Array.from({ length: 20 }, () => 0))
    expect(result.map).toHaveLength(40)
    expect(result.notes[0]).toMatch(/too few/)
  })

  it('refuses a window whose parts differ in length', async () => {
    const input = vectors(60, 0)
    await expect(scanWindow({ ...input, n: 61 }, { engine })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('teaches nothing where every record is under suspicion, in place of sketches that nobody can read', async () => {
    const clean = await scanWindow(vectors(200, 0), { engine })
    const near = Object.fromEntries(
      Object.entries(clean.bulk).map(([key, { values, weights }]) => [
        key,
        { values: values.map((v) => v - 1e6), weights },
      ]),
    )
    const scan = await scanWindow(vectors(200, 1), { engine, history: { windows: 3, channels: near } })
    expect(Array.from(scan.risk).every((risk) => risk >= 0.5)).toBe(true)
    expect(Object.values(scan.bulk).every(({ values }) => values.length > 0)).toBe(true)
  })

  it('is certified once history has every relative channel', async () => {
    const clean = await scanWindow(vectors(200, 0), { engine })
    expect(clean.certified).toBe(false)
    const history = { windows: 3, channels: clean.bulk }
    const { certified } = await scanWindow(vectors(200, 0), { engine, history })
    expect(certified).toBe(true)
  })
})
