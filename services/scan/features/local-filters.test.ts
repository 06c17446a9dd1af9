import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { type Matrix, matrix, row } from '../numeric/matrix.ts'
import { sumOfSquares } from '../numeric/rows.ts'
import type { ImageSamples } from '../view/samples.ts'
import { haveRoomForPatches, localFilters } from './local-filters.ts'

const engine = await createEngine()

type Value = (image: number, y: number, x: number, channel: number) => number

function imagesOf(count: number, height: number, width: number, channels: number, of: Value): ImageSamples {
  const pixels = matrix(count, height * width * channels)
  for (let at = 0; at < pixels.data.length; at++) {
    const [image, within] = [Math.floor(at / pixels.cols), at % pixels.cols]
    const place = Math.floor(within / channels)
    pixels.data[at] = of(image, Math.floor(place / width), place % width, within % channels)
  }
  return { kind: 'image', height, width, channels, pixels }
}

/** Noise, with waves of random phases that `stripes` tells: how far a pixel is along them, and how strong they are. */
function striped(count: number, size: number, stripes: (image: number, y: number, x: number) => [number, number]) {
  const random = seededRandom(7, 'stripes')
  const phases = Array.from({ length: count }, () => 2 * Math.PI * random.next())
  const lights = Array.from({ length: count }, () => 0.3 + 0.4 * random.next())
  return imagesOf(count, size, size, 1, (image, y, x) => {
    const [along, strength] = stripes(image, y, x)
    return lights[image]! + 0.1 * strength * Math.sin(1.3 * along + phases[image]!) + 0.03 * random.normal()
  })
}

/** The share of the second half of the rows that are nearer to the mean of their own kind (odd or even) in the first. */
function told(x: Matrix): number {
  const half = x.rows / 2
  const means = [0, 1].map((kind) => {
    const mean = new Float32Array(x.cols)
    for (let i = kind; i < half; i += 2) row(x, i).forEach((value, j) => (mean[j] = mean[j]! + (2 * value) / half))
    return mean
  })
  let right = 0
  for (let i = half; i < x.rows; i++) {
    const [even, odd] = means.map((mean) => sumOfSquares(row(x, i).map((value, j) => value - mean[j]!)))
    right += Number(i % 2 === 1 ? odd! < even! : even! < odd!)
  }
  return right / half
}

it('tells which way stripes run, and in which part of an image they are, wherever they begin', async () => {
  const ways = striped(400, 24, (image, y, x) => [image % 2 ? y : x, 1])
  expect(told(ways.pixels)).toBeLessThan(0.65)
  expect(told((await localFilters(engine, ways, 1)).projected)).toBeGreaterThan(0.97)
  const places = striped(400, 24, (image, y, x) => [x, Number(y < 12 === (image % 2 === 1))])
  expect(told(places.pixels)).toBeLessThan(0.65)
  expect(told((await localFilters(engine, places, 1)).projected)).toBeGreaterThan(0.97)
})

it('does not see light and hardly contrast', async () => {
  const images = striped(300, 24, (image, y, x) => [image % 2 ? y : x, 1])
  const { projected, alike } = await localFilters(engine, images, 1)
  const paler = await alike({
    ...images,
    pixels: { ...images.pixels, data: images.pixels.data.map((v) => 0.3 + v / 2) },
  })
  const off = sumOfSquares(paler.data.map((value, at) => value - projected.data[at]!))
  expect(off).toBeLessThan(0.05 * sumOfSquares(projected.data))
})

it('puts other images where they would have been, whatever the size of a block', async () => {
  const images = striped(150, 20, (image, y, x) => [image % 3 ? y : x, 1])
  const { projected, alike } = await localFilters(engine, images, 3)
  expect(await alike(images)).toEqual(projected)
  const one = { ...images, pixels: matrix(1, images.pixels.cols, row(images.pixels, 140).slice()) }
  expect((await alike(one)).data).toEqual(row(projected, 140).slice())
})

it('averages large images, in each channel', async () => {
  const random = seededRandom(9, 'large')
  const colours = Array.from({ length: 120 }, () => Array.from({ length: 60 }, () => random.next()))
  const small: Value = (image, y, x, c) => colours[image]![(Math.floor(y / 4) * 5 + x + 17 * c) % 60]!
  // Each pixel becomes four, and is averaged to itself.
  const large: Value = (image, y, x, c) => small(image, Math.floor(y / 2), Math.floor(x / 2), c)
  const of = await localFilters(engine, imagesOf(120, 40, 40, 3, small), 1)
  expect((await localFilters(engine, imagesOf(120, 80, 80, 3, large), 1)).projected).toEqual(of.projected)
})

it('finds nothing in images that are flat, and no number that is none', async () => {
  const flat = (
    await localFilters(
      engine,
      imagesOf(60, 12, 12, 3, (image) => image / 60),
      1,
    )
  ).projected
  expect(flat.data.every((value) => Math.abs(value) < 1e-3)).toBe(true)
})

it('asks for room for two patches each way', () => {
  expect(haveRoomForPatches(imagesOf(1, 12, 40, 3, () => 0))).toBe(true)
  expect(haveRoomForPatches(imagesOf(1, 40, 11, 3, () => 0))).toBe(false)
  // Averaged over squares of four, of which three are left.
  expect(haveRoomForPatches(imagesOf(1, 12, 2000, 1, () => 0))).toBe(false)
  expect(haveRoomForPatches(imagesOf(1, 256, 256, 3, () => 0))).toBe(true)
})
