import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { LabelQuality } from '../detectors/labels/label-quality.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import { EMPTY_HISTORY } from './history.ts'

const N = 1200
const CLASSES = 6
const WRONG = 40

/**
 * How many labels of images are held, and the notes: of six kinds, of which WRONG bear another label, and `twice` are
 * there again to the bit, some under a label of their own.
 */
async function heldOf(twice: { readonly alike: number; readonly unlike: number }) {
  const random = seededRandom(4, 'filed twice')
  const pixels = matrix(N, CLASSES)
  const of = Int32Array.from({ length: N }, (_, i) => i % CLASSES)
  for (let i = 0; i < N; i++)
    for (let at = 0; at < CLASSES; at++)
      pixels.data[i * CLASSES + at] = (at === i % CLASSES ? 0.8 : 0.2) + 0.05 * random.normal()
  for (let at = 0; at < twice.alike + twice.unlike; at++) {
    const [from, to] = [CLASSES * Math.floor(at / CLASSES) + (at % CLASSES), N - 1 - at]
    pixels.data.copyWithin(to * CLASSES, from * CLASSES, (from + 1) * CLASSES)
    of[to] = at < twice.alike ? of[from]! : (of[from]! + 1 + (at % (CLASSES - 1))) % CLASSES
  }
  for (let at = 0; at < WRONG; at++) of[500 + 7 * at] = (of[500 + 7 * at]! + 1 + (at % (CLASSES - 1))) % CLASSES
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const labels = { of, names, counts: Int32Array.from(names, (_, c) => of.filter((label) => label === c).length) }
  const samples = { kind: 'image' as const, height: 1, width: CLASSES, channels: 1, pixels }
  const view = createView({ n: N, seed: 1, samples, labels, contributors: null }, await createEngine())
  const notes: string[] = []
  const [channel] = await calibrateChannels(view, [new LabelQuality()], EMPTY_HISTORY, notes)
  return { held: channel!.logOdds.filter((l) => l >= 0).length, notes: notes.join(' ') }
}

it('holds no label that disagrees where pictures are filed under several', async () => {
  const { held, notes } = await heldOf({ alike: 150, unlike: 30 })
  expect(held).toBe(0)
  expect(notes).toMatch(/images are equal to the bit to one with another label/)
})

it('holds wrong labels where pictures recur, and where few are there twice', async () => {
  for (const twice of [
    { alike: 150, unlike: 0 },
    { alike: 0, unlike: 0 },
    { alike: 0, unlike: 20 },
  ]) {
    const { held, notes } = await heldOf(twice)
    expect(held).toBeGreaterThan(0.8 * WRONG)
    expect(notes).not.toMatch(/equal to the bit/)
  }
})
