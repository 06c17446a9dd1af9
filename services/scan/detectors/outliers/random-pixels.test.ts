import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { RandomPixels } from './random-pixels.ts'

const N = 600
const SIDE = 24

type Paint = (image: Float32Array, random: Random, channels: number) => void

/** A soft blob of one colour at some place, as in all images that are not `struck`. */
const blob: Paint = (image, random, channels) => {
  const [y, x] = [6 + 12 * random.next(), 6 + 12 * random.next()]
  const colour = Array.from({ length: channels }, () => 0.6 + 0.4 * random.next())
  for (let at = 0; at < image.length; at++) {
    const pixel = Math.floor(at / channels)
    const far = (Math.floor(pixel / SIDE) - y) ** 2 + ((pixel % SIDE) - x) ** 2
    image[at] = colour[at % channels]! * Math.exp(-far / 60)
  }
}

const noiseOf = seededRandom(4, 'one image of noise')
const noise: Paint = (image, random) => image.forEach((_, at) => (image[at] = random.next()))

const shuffled: Paint = (image, random, channels) => {
  blob(image, random, channels)
  const pixels = image.slice()
  random.permutation(SIDE * SIDE).forEach((from, to) => {
    for (let c = 0; c < channels; c++) image[to * channels + c] = pixels[from * channels + c]!
  })
}

async function detected(
  struck: number,
  paint: Paint,
  { channels = 1, side = SIDE, labelled = false, recurs = false } = {},
) {
  const random = seededRandom(3, 'random pixels test')
  const pixels = matrix(N, side * side * channels)
  for (let i = 0; i < N; i++) {
    const image = pixels.data.subarray(i * pixels.cols, (i + 1) * pixels.cols)
    if (i < struck) paint(image, random, channels)
    else if (recurs && i % 2 === 1) image.set(pixels.data.subarray((i - 1) * pixels.cols, i * pixels.cols))
    else blob(image, random, channels)
  }
  const of = Int32Array.from({ length: N }, (_, i) => i % 2)
  const labels = { of, names: ['a', 'b'], counts: Int32Array.of(N / 2, N / 2) }
  const samples = { kind: 'image' as const, height: side, width: side, channels, pixels }
  const input = { n: N, seed: 1, samples, labels: labelled ? labels : null, contributors: null }
  return new RandomPixels().score(createView(input, await createEngine()))
}

const first = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('random pixels', () => {
  it.each([
    ['noise', noise, 1, true],
    ['noise, without labels', noise, 1, false],
    ['noise in colours', noise, 3, false],
    ['shuffled pixels', shuffled, 1, false],
    ['shuffled pixels in colours', shuffled, 3, false],
  ] as const)('are found, and nothing else: %s', async (_, paint, channels, labelled) => {
    const detection = await detected(12, paint, { channels, labelled })
    const { groups, scores } = detection
    expect(groups.map(({ members }) => [...members])).toEqual([first(12)])
    expect(groups[0]!.evidence).toBeGreaterThan(10)
    expect(groups[0]!.label).toBe(-1)
    expect(scores.findIndex((score) => score <= 0)).toBe(12)
    expect(detection.why(0)).toContain('by chance')
    expect(detection.why(12)).toBe('')
  })

  it.each([
    ['a dot on black', (image, random) => (image[random.below(image.length)] = 1)],
    ['a dither of two shades', (image, random) => image.forEach((__, at) => (image[at] = random.below(2)))],
    [
      'a dark frame with the noise of a sensor',
      (image, random) => image.forEach((__, at) => (image[at] = Math.abs(0.05 * random.normal()))),
    ],
  ] as readonly (readonly [string, Paint])[])('are not taken for what a set has by nature: %s', async (_, paint) => {
    expect((await detected(30, paint)).groups).toEqual([])
  })

  it('are found in images too large for all of their colours to be counted', async () => {
    const { groups } = await detected(12, noise, { side: 3 * SIDE })
    expect(groups.map(({ members }) => [...members])).toEqual([first(12)])
  })

  it('are what a set is about where they are many', async () => {
    expect((await detected(N / 4, noise)).groups).toEqual([])
  })

  it('are not asked for in fewer than nine images, nor where there are too few pixels to tell', async () => {
    expect((await detected(6, noise)).groups).toEqual([])
    expect((await detected(12, noise, { side: 8 })).groups).toEqual([])
  })

  it('count once where one image comes again, as others do by nature', async () => {
    const one = Float32Array.from({ length: SIDE * SIDE }, () => noiseOf.next())
    const again: Paint = (image) => image.set(one)
    expect((await detected(12, again, { recurs: true })).groups).toEqual([])
  })

  it('are no evidence where textures nearly are so as well', async () => {
    /** From noise to smooth, evenly. */
    const texture: Paint = (image, random) => {
      noise(image, random, 1)
      const mixed = 0.5 * random.next()
      for (let at = 1; at < image.length; at++) image[at] = (1 - mixed) * image[at]! + mixed * image[at - 1]!
    }
    expect((await detected(60, texture)).groups).toEqual([])
  })
})
