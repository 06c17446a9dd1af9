import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector, DetectorTags } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { type CleanHistory, EMPTY_HISTORY } from './history.ts'
import { mergeSketch } from './sketch.ts'

const engine = await createEngine()
const N = 2000
const FAR = 20
const random = seededRandom(5, 'witnesses test')
const samples = { kind: 'image', height: 1, width: 1, channels: 1, pixels: matrix(N, 1) } as const
const usual = () => -Math.log(1 - random.next())
/** The first records are near none by their forms, and as far from all as one another. */
const forms = Float64Array.from({ length: N }, (_, i) => (i < FAR ? 40 + 0.1 * random.next() : usual()))
/** The same far ones, of which some are far out in the activations. */
const activations = (count: number) =>
  Float64Array.from({ length: N }, (_, i) => (i < count ? 10 + random.next() : random.next()))
const HISTORY: CleanHistory = {
  windows: 3,
  channels: { 'forms/1': mergeSketch(undefined, Array.from({ length: 3 * N }, usual)) },
}

function scored(name: string, farOutIn: DetectorTags['farOutIn'], scores: Float64Array): Detector {
  const info = { name, family: 'outlier', version: 1 } as const
  const tags = { role: 'carrier', calibration: 'light-tailed', farOutIn } as const
  return { info, needs: [], tags, score: async () => ({ scores, scale: 'relative', groups: [], why: () => '' }) }
}

/** Log-odds of the far records and of the others, by their forms, and how many of all are held for these. */
async function heard(history: CleanHistory, witness: Float64Array | null) {
  const view = createView({ n: N, seed: 1, samples, labels: null, contributors: null }, engine)
  const witnesses = witness === null ? [] : [scored('activations', 'activations', witness)]
  const channels = await calibrateChannels(view, [scored('forms', 'forms', forms), ...witnesses], history, [])
  const { logOdds } = channels[0]!
  return {
    far: logOdds.slice(0, FAR),
    others: logOdds.slice(FAR),
    held: logOdds.reduce((count, l) => count + Number(l >= 0), 0),
  }
}

describe('images that are near none by their forms', () => {
  it('only rank without a history that bears them out, where no activations do', async () => {
    for (const witness of [null, activations(0)]) {
      const { far, others, held } = await heard(EMPTY_HISTORY, witness)
      expect(held).toBe(0)
      expect(Math.min(...far)).toBeGreaterThan(Math.max(...others))
    }
  })

  it('are held by the history of the dataset, and surer where activations bear them out', async () => {
    const [alone, apart, borneOut] = [
      await heard(HISTORY, null),
      await heard(HISTORY, activations(0)),
      await heard(HISTORY, activations(FAR)),
    ]
    expect([alone.held, apart.held, borneOut.held]).toEqual([FAR, FAR, FAR])
    expect(apart.far).toEqual(alone.far)
    expect(Math.min(...borneOut.far)).toBeGreaterThan(Math.max(...alone.far))
  })

  it('are none where the history knows them for the dataset’s own', async () => {
    const own = forms.subarray(0, FAR)
    const known = mergeSketch(HISTORY.channels['forms/1'], [...own, ...own, ...own])
    expect((await heard({ windows: 3, channels: { 'forms/1': known } }, null)).held).toBe(0)
  })
})
