import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const N = 2000
const CLASSES = 5
const SIDE = 5
const FAR = 40

/** Images of five classes; some of them are labelled as the first. */
function window() {
  const random = seededRandom(4, 'selection test')
  const kinds = Int32Array.from({ length: N }, (_, i) => i % CLASSES)
  const pixels = matrix(N, SIDE * SIDE)
  kinds.forEach((kind, i) => {
    for (let at = 0; at < SIDE * SIDE; at++)
      pixels.data[i * SIDE * SIDE + at] = (at % CLASSES === kind ? 0.8 : 0.2) + 0.05 * random.normal()
  })
  const far = [...random.permutation(N).subarray(0, FAR)]
  const of = kinds.slice()
  for (const i of far) of[i] = 0
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const samples = { kind: 'image' as const, height: SIDE, width: SIDE, channels: 1, pixels }
  return { far, input: { n: N, seed: 1, samples, labels: { of, names, counts }, contributors: null } }
}

it('asks the records farthest out for their labels, but in a selection of the riskiest', async () => {
  const { far, input } = window()
  const isFar = new Set(far)
  const random = seededRandom(5, 'scores')
  const ranking: Detector = {
    info: { name: 'ranking', family: 'outlier', version: 1 },
    needs: [],
    tags: { role: 'carrier', knows: 'nothing' },
    score: async () => ({
      scores: Float64Array.from({ length: N }, (_, i) => random.normal() + (isFar.has(i) ? 6 : 0)),
      scale: 'relative',
      groups: [],
      why: () => '',
    }),
  }
  const view = createView(input, await createEngine())
  const [asked] = await calibrateChannels(view, [ranking], EMPTY_HISTORY, [])
  expect(asked?.extremes).toHaveLength(1)
  const [selected] = await calibrateChannels(view, [ranking], EMPTY_HISTORY, [], true)
  expect(selected?.extremes).toEqual([])
})
