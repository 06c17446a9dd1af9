import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const N = 400
const CLASSES = 5
const GROUP = { members: Int32Array.of(0, 5, 10), posterior: Float64Array.of(1, 1, 1), evidence: 40, label: 1 }

/** The groups that a ranking of labels holds by itself, in images of five kinds whose labels follow from them or from nothing. */
async function held(isFollowed: boolean) {
  const random = seededRandom(6, 'followed labels')
  const pixels = matrix(N, CLASSES)
  const of = Int32Array.from({ length: N }, (_, i) => (isFollowed ? i % CLASSES : random.below(CLASSES)))
  for (let i = 0; i < N; i++)
    for (let at = 0; at < CLASSES; at++)
      pixels.data[i * CLASSES + at] = (at === i % CLASSES ? 0.8 : 0.2) + 0.05 * random.normal()
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const samples = { kind: 'image' as const, height: 1, width: CLASSES, channels: 1, pixels }
  const view = createView(
    { n: N, seed: 1, samples, labels: { of, names, counts }, contributors: null },
    await createEngine(),
  )
  const ranking: Detector = {
    info: { name: 'pairs', family: 'label', version: 1 },
    needs: ['labels'],
    tags: { role: 'supporting', calibration: 'label-noise' },
    score: async () => ({
      scores: Float64Array.from({ length: N }, () => random.normal()),
      scale: 'relative',
      groups: [],
      extremes: [{ ...GROUP, summary: 'one class pushed into another' }],
      why: () => '',
    }),
  }
  const [channel] = await calibrateChannels(view, [ranking], EMPTY_HISTORY, [])
  return channel?.extremes?.map(({ members }) => members)
}

it('holds a pair of labels that leads only where labels follow from the records', async () => {
  expect(await held(true)).toEqual([GROUP.members])
  expect(await held(false)).toEqual([])
})
