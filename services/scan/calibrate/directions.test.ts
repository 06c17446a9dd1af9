import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detection, Detector, DetectorTags } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const N = 3000
const random = seededRandom(21, 'directions test')
const scoresOf = (of: (i: number) => number) => Float64Array.from({ length: N }, (_, i) => of(i))

/** The first vectors are farther from their class than the others' distances lead to expect, and most of them are near nothing. */
const BY_DISTANCE = {
  far: 120,
  distances: scoresOf((i) => (i < 120 ? 3.5 + 2 * random.next() : random.normal())),
  nearest: scoresOf((i) => (i < 120 && i % 7 > 0 ? 0.95 + 0.05 * random.next() : random.next())),
}
/** The same, but for what shows it: the distances to the nearest. */
const BY_THE_NEAREST = {
  far: 60,
  distances: scoresOf((i) => (i < 60 ? 5 : 0) - Math.log(1 - random.next())),
  nearest: scoresOf((i) => Number(i < 60) + random.next()),
}

const LABELS = {
  of: Int32Array.from({ length: N }, (_, i) => i % 2),
  names: ['a', 'b'],
  counts: Int32Array.of(N / 2, N / 2),
}

/** How many are held for their distance where this share of the far ones strays from the directions that the others keep to. */
async function held({ far, distances, nearest }: typeof BY_DISTANCE, straying: number | null): Promise<number> {
  const scored = (name: string, tags: DetectorTags, scores: Float64Array, more: Partial<Detection> = {}): Detector => ({
    info: { name, family: 'outlier', version: 1 },
    needs: [],
    tags,
    score: async () => ({ scores, scale: 'relative', groups: [], why: () => '', ...more }),
  })
  const astray =
    straying === null ? {} : { astray: Uint8Array.from({ length: N }, (_, i) => Number(i < straying * far)) }
  const detectors = [
    scored('far', { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples' }, distances),
    scored('fellows', { role: 'supporting', farOutIn: 'neighbours' }, nearest, astray),
  ]
  const samples = { kind: 'vector' as const, vectors: matrix(N, 8, random.normals(8 * N)) }
  const view = createView({ n: N, seed: 1, samples, labels: LABELS, contributors: null }, await createEngine())
  const [channel] = await calibrateChannels(view, detectors, EMPTY_HISTORY, [])
  return channel!.logOdds.filter((l) => l >= 0).length
}

it.each([
  ['their class', BY_DISTANCE],
  ['the nearest', BY_THE_NEAREST],
])('holds no vectors for their distance to %s that keep to the directions of the others', async (_, made) => {
  expect(await held(made, null)).toBeGreaterThan(made.far / 3)
  expect(await held(made, 1)).toBeGreaterThan(made.far / 3)
  expect(await held(made, 1 / 3)).toBe(0)
})
