import { describe, expect, it } from 'vitest'
import { FAMILIES } from '#core/score.ts'
import { seededRandom } from '#core/random.ts'
import { createView } from '#services/scan/view/create-view.ts'
import type { Detection, Detector } from '#services/scan/detector.ts'
import { createEngine } from '#services/scan/numeric/create-engine.ts'
import type { ScanInput } from '#services/scan/view/samples.ts'
import { hardWindows, pictures, type PlantedWindow, reordered } from './planted-windows.ts'

export interface DetectorSuite {
  readonly create: () => Detector
  /** A window with what the detector is made to find. */
  readonly planted: () => PlantedWindow
  /** The least area under the ROC curve on that window. */
  readonly auroc: number
  /** `exact` if scores follow the records into any order; `similar` if a probe learns from the records in their order. */
  readonly order: 'exact' | 'similar'
}

/** The tests that every detector must pass; they are modelled on scikit-learn's tests for estimators. */
export function detectorSuite({ create, planted, auroc, order }: DetectorSuite): void {
  const engine = createEngine()
  const scored = async (input: ScanInput, detector = create()): Promise<Detection> =>
    detector.score(createView(input, await engine))
  let first: Promise<Detection> | undefined
  const usual = () => (first ??= scored(planted().input))

  it('says what it is', () => {
    const { info, needs, tags }: Detector = create()
    expect(info.name).toMatch(/^[a-z]+(-[a-z]+)*$/)
    expect(FAMILIES).toContain(info.family)
    expect(info.version).toBeGreaterThanOrEqual(1)
    expect(new Set(needs).size).toBe(needs.length)
    expect(['carrier', 'supporting']).toContain(tags.role)
    expect(['bulk', 'light-tailed', 'label-noise']).toContain(tags.calibration ?? 'bulk')
    expect(['nothing', 'its class', undefined]).toContain(tags.knows)
    if (tags.calibration === 'label-noise') expect(needs).toContain('labels')
  })

  it('gives every record a finite score, higher for what is planted', async () => {
    const window = planted()
    const detection = await usual()
    expectWellFormed(detection, window.input)
    expect(areaUnderRoc(detection.scores, window.planted)).toBeGreaterThanOrEqual(auroc)
  })

  it('says why in a sentence', async () => {
    const window = planted()
    const detection = await usual()
    expect(detection.why(window.planted.indexOf(1))).toMatch(/^\S.{15,250}$/)
  })

  it('gives the same bytes for the same window, whatever it scored before', async () => {
    const detector = create()
    await scored(pictures(60, 9).input, detector)
    const again = await scored(planted().input, detector)
    const { scores, groups } = await usual()
    expect(again.scores).toEqual(scores)
    expect(again.groups).toEqual(groups)
  })

  it(`gives ${order === 'exact' ? 'the same' : 'much the same'} scores to records in another order`, async () => {
    const window = planted()
    const shuffle = seededRandom(3).permutation(window.input.n)
    const { scores } = await usual()
    const moved = await scored(reordered(window, shuffle).input)
    const back = new Float64Array(scores.length)
    shuffle.forEach((from, r) => (back[from] = moved.scores[r]!))
    if (order === 'similar') {
      expect(areaUnderRoc(back, window.planted)).toBeGreaterThanOrEqual(auroc)
      return
    }
    scores.forEach((score, i) => expect(Math.abs(back[i]! - score)).toBeLessThanOrEqual(1e-3 * (1 + Math.abs(score))))
  })

  describe('on a window', () => {
    it.each(Object.entries(hardWindows()))('%s, throws nothing and stays finite', async (_, input) => {
      expectWellFormed(await scored(input), input)
    })
  })
}

function expectWellFormed({ scores, groups, scale }: Detection, { n, labels }: ScanInput): void {
  expect(scores).toHaveLength(n)
  expect([...scores].filter((score) => !Number.isFinite(score))).toEqual([])
  expect(['absolute', 'relative']).toContain(scale)
  for (const group of groups) {
    expect([...group.members]).toEqual([...new Set(group.members)].sort((a, b) => a - b))
    expect(group.posterior).toHaveLength(group.members.length)
    for (const i of group.members) expect(i >= 0 && i < n).toBe(true)
    for (const q of group.posterior) expect(q >= 0 && q <= 1).toBe(true)
    expect(Number.isFinite(group.evidence)).toBe(true)
    expect(group.label).toBeLessThan(labels?.names.length ?? 0)
    expect(group.summary).not.toBe('')
  }
}

function areaUnderRoc(scores: Float64Array, planted: Uint8Array): number {
  let [wins, pairs] = [0, 0]
  scores.forEach((score, i) => {
    if (planted[i] !== 1) return
    scores.forEach((other, j) => {
      if (planted[j] === 1) return
      wins += score > other ? 1 : score === other ? 0.5 : 0
      pairs++
    })
  })
  return wins / pairs
}
