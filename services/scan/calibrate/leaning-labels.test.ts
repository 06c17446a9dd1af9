import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const N = 2400
const CLASSES = 6
const STRUCK = 40
const TARGET = 3

/** The log-odds of two records that a ranking puts level, of the target and of another label; images of all kinds were labelled so. */
async function level(labelOf: (at: number) => number) {
  const random = seededRandom(9, 'leaning labels')
  const pixels = matrix(N, CLASSES)
  const of = Int32Array.from({ length: N }, (_, i) => i % CLASSES)
  for (let i = 0; i < N; i++)
    for (let at = 0; at < CLASSES; at++)
      pixels.data[i * CLASSES + at] = (at === i % CLASSES ? 0.8 : 0.2) + 0.05 * random.normal()
  const struck = Array.from({ length: STRUCK }, (_, at) => 7 * at)
  for (const [at, i] of struck.entries()) of[i] = labelOf(at)
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const samples = { kind: 'image' as const, height: 1, width: CLASSES, channels: 1, pixels }
  const view = createView(
    { n: N, seed: 1, samples, labels: { of, names, counts }, contributors: null },
    await createEngine(),
  )
  const [target, other] = [TARGET, TARGET + 1].map((kind) =>
    of.findIndex((label, i) => label === kind && i % CLASSES === kind && !struck.includes(i)),
  ) as [number, number]
  const ranking: Detector = {
    info: { name: 'ranking', family: 'label', version: 1 },
    needs: ['labels'],
    tags: { role: 'carrier', calibration: 'label-noise' },
    score: async () => ({
      scores: Float64Array.from({ length: N }, (_, i) =>
        struck.includes(i) || i === target || i === other ? 9 : random.next(),
      ),
      scale: 'relative',
      groups: [],
      why: () => '',
    }),
  }
  const [channel] = await calibrateChannels(view, [ranking], EMPTY_HISTORY, [])
  return [channel?.logOdds[target], channel?.logOdds[other]] as [number, number]
}

it('raises doubt of the label that leads among the wrong ones, and lowers that of others', async () => {
  const [target, other] = await level(() => TARGET)
  expect(target - other).toBeGreaterThan(2)
})

it('leaves doubt of all labels alike where labels are replaced at random', async () => {
  const [target, other] = await level((at) => (at + 1 + (at % 4)) % CLASSES)
  expect(target).toBe(other)
})
