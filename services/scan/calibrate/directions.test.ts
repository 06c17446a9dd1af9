import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detection, Detector, DetectorTags } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const [N, FAR] = [3000, 60]
const random = seededRandom(21, 'directions test')
/** The first vectors are farther out than the others' distances lead to expect, and near nothing. */
const distances = Float64Array.from({ length: N }, (_, i) => (i < FAR ? 5 : 0) - Math.log(1 - random.next()))
const lone = Float64Array.from({ length: N }, (_, i) => Number(i < FAR) + random.next())

/** How many are held for their distance where so many of the far ones stray from the directions that the others keep to. */
async function held(stray: number | null): Promise<number> {
  const scored = (name: string, tags: DetectorTags, scores: Float64Array, more: Partial<Detection> = {}): Detector => ({
    info: { name, family: 'outlier', version: 1 },
    needs: [],
    tags,
    score: async () => ({ scores, scale: 'relative', groups: [], why: () => '', ...more }),
  })
  const astray = stray === null ? {} : { astray: Uint8Array.from({ length: N }, (_, i) => Number(i < stray)) }
  const detectors = [
    scored('far', { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples' }, distances),
    scored('fellows', { role: 'supporting', farOutIn: 'neighbours' }, lone, astray),
  ]
  const samples = { kind: 'vector' as const, vectors: matrix(N, 8, random.normals(8 * N)) }
  const view = createView({ n: N, seed: 1, samples, labels: null, contributors: null }, await createEngine())
  const [channel] = await calibrateChannels(view, detectors, EMPTY_HISTORY, [])
  return channel!.logOdds.filter((l) => l >= 0).length
}

it('holds no vectors for their distance that keep to the directions of the others', async () => {
  expect(await held(null)).toBeGreaterThan(FAR / 2)
  expect(await held(FAR)).toBeGreaterThan(FAR / 2)
  expect(await held(FAR / 3)).toBe(0)
})
