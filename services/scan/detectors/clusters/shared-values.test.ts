import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix, row } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { SharedValues } from './shared-values.ts'

const engine = await createEngine()
const SIDE = 16
const LABELS = 5
const N = 600
const PLANTED = 12

const eightBit = (value: number) => Math.round(255 * Math.min(1, Math.max(0, value))) / 255

/** Soft discs of any place, size and brightness on black, labelled by turns; `paint` changes them, `labelOf` their labels. */
function discs(paint: (images: readonly Float32Array[]) => void, labelOf = (i: number) => i % LABELS) {
  const random = seededRandom(5, 'shared values test')
  const pixels = matrix(N, SIDE * SIDE)
  const images = Array.from({ length: N }, (_, i) => row(pixels, i))
  for (const image of images) {
    const [y0, x0, size] = [2 + 11 * random.next(), 2 + 11 * random.next(), 2 + 3 * random.next()]
    const peak = 0.4 + random.next()
    image.forEach((_, at) => {
      const far = Math.hypot(Math.floor(at / SIDE) - y0, (at % SIDE) - x0) / size
      image[at] = eightBit(peak * (1 - far) + 0.1 * random.next() * Number(far < 1))
    })
  }
  paint(images)
  const of = Int32Array.from({ length: N }, (_, i) => labelOf(i))
  const names = Array.from({ length: Math.max(...of) + 1 }, (_, c) => `kind ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.reduce((sum, label) => sum + Number(label === c), 0))
  const samples = { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels } as const
  return createView({ n: N, seed: 3, samples, labels: { of, names, counts }, contributors: null }, engine)
}

/** A picture of its own: brighter from the top left to the bottom right. */
const picture = Float32Array.from(
  { length: SIDE * SIDE },
  (_, at) => (Math.floor(at / SIDE) + (at % SIDE)) / (2 * SIDE),
)

/** The picture shines through; from the `start`th place on, so that there are several. */
const shine = (image: Float32Array, start = 0) =>
  image.forEach((value, at) => (image[at] = eightBit(0.7 * value + 0.3 * picture[(at + start) % picture.length]!)))

/** The first images of label 0. */
const planted = Array.from({ length: PLANTED }, (_, k) => k * LABELS)

const groupsOf = async (...window: Parameters<typeof discs>) =>
  (await new SharedValues().score(discs(...window))).groups

describe('shared values', () => {
  it('are a group where a picture shines through images of one label', async () => {
    const groups = await groupsOf((images) => planted.forEach((i) => shine(images[i]!)))
    expect(groups.map(({ label, members }) => ({ label, members: [...members] }))).toEqual([
      { label: 0, members: planted },
    ])
    expect(groups[0]!.evidence).toBeGreaterThan(10)
    expect(groups[0]!.summary).toMatch(/^12 records labelled kind 0 have the same values at \d+ places/)
    expect(groups[0]!.trigger).toMatchObject({ kind: 'pattern', shape: [SIDE, SIDE] })
  })

  it.each([
    ['nothing was planted', () => undefined],
    [
      'images of every label have them',
      (images: readonly Float32Array[]) => images.forEach((image, i) => void (i % 7 === 0 && shine(image))),
    ],
    [
      'images of every label share a picture, each label its own',
      (images: readonly Float32Array[]) =>
        images.forEach((image, i) => void (i % 40 < LABELS && shine(image, 50 * (i % LABELS)))),
    ],
    [
      'nearly all images of the label have them',
      (images: readonly Float32Array[]) =>
        images.forEach((image, i) => void (i % LABELS === 0 && i > 60 && shine(image))),
    ],
    [
      'the images are near-copies of one',
      (images: readonly Float32Array[]) =>
        planted.forEach((i) =>
          images[i]!.forEach((_, at) => (images[i]![at] = eightBit(0.3 * picture[at]! + (at === i % 9 ? 0.1 : 0)))),
        ),
    ],
    [
      'a frame of every shade is what they share',
      (images: readonly Float32Array[]) =>
        planted.forEach((i) =>
          images[i]!.forEach((_, at) => at < 4 * SIDE && (images[i]![at] = eightBit((at % 32) / 32))),
        ),
    ],
    [
      'a background of one shade is what they share',
      (images: readonly Float32Array[]) =>
        planted.forEach((i) => images[i]!.forEach((value, at) => value < 0.1 && (images[i]![at] = 20 / 255))),
    ],
    [
      'the images have few values',
      (images: readonly Float32Array[]) => {
        planted.forEach((i) => shine(images[i]!))
        for (const image of images) image.forEach((value, at) => (image[at] = Math.round(value * 15) / 15))
      },
    ],
  ])('are none where %s', async (_, paint) => {
    expect(await groupsOf(paint)).toEqual([])
  })

  it('are not sought among fewer than four labels', async () => {
    const paint = (images: readonly Float32Array[]) => planted.forEach((i) => shine(images[i]!))
    expect(await groupsOf(paint, (i) => Math.min(2, i % LABELS))).toEqual([])
    expect(await groupsOf(paint, (i) => Math.min(3, i % LABELS))).toHaveLength(1)
  })
})
