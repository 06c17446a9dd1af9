import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { type Matrix, matrix, row } from '../numeric/matrix.ts'
import { sumOfSquares } from '../numeric/rows.ts'
import type { ImageSamples } from '../view/samples.ts'
import { haveOutlines, outlines } from './outlines.ts'

const engine = await createEngine()

type Value = (image: number, y: number, x: number, channel: number) => number

function imagesOf(count: number, side: number, channels: number, of: Value): ImageSamples {
  const pixels = matrix(count, side * side * channels)
  for (let at = 0; at < pixels.data.length; at++) {
    const [image, within] = [Math.floor(at / pixels.cols), at % pixels.cols]
    const place = Math.floor(within / channels)
    pixels.data[at] = of(image, Math.floor(place / side), place % side, within % channels)
  }
  return { kind: 'image', height: side, width: side, channels, pixels }
}

/** A square of so many pixels with its corner at (top, left), by image. */
const squares = (places: readonly (readonly [number, number])[], size: number): Value => {
  const isIn = (at: number, from: number) => at >= from && at < from + size
  return (image, y, x) => Number(isIn(y, places[image]![0]) && isIn(x, places[image]![1]))
}

function apart(x: Matrix, i: number, j: number): number {
  return Math.sqrt(sumOfSquares(row(x, i).map((value, at) => value - x.data[j * x.cols + at]!)))
}

const random = seededRandom(3, 'outlines')
const places = Array.from({ length: 60 }, () => [2 + random.below(16), 2 + random.below(16)] as const)

it('is much the same of what moved by a pixel, and another of what is elsewhere', async () => {
  const samples = imagesOf(60, 28, 1, squares([...places.slice(0, 57), [8, 8], [9, 9], [14, 14]], 3))
  const { projected } = await outlines(engine, samples, 1)
  const near = (x: Matrix) => apart(x, 57, 58) / apart(x, 57, 59)
  expect(near(samples.pixels)).toBeGreaterThan(0.7)
  expect(near(projected)).toBeLessThan(0.5)
})

it('tells in which of eight directions an image grows lighter', async () => {
  const ways = Array.from({ length: 8 }, (_, k) => [Math.sin((k * Math.PI) / 4), Math.cos((k * Math.PI) / 4)] as const)
  const slope: Value = (image, y, x) => 0.5 + 0.01 * (ways[image % 8]![0] * y + ways[image % 8]![1] * x)
  const { projected } = await outlines(engine, imagesOf(64, 16, 1, slope), 1)
  // Of two neighbouring directions neither has anything of the other: all pairs are equally far apart.
  const pairs = ways.flatMap((_, i) => ways.slice(i + 1).map((__, j) => apart(projected, i, i + 1 + j)))
  expect(Math.max(...pairs) / Math.min(...pairs)).toBeLessThan(1.01)
  expect(apart(projected, 0, 8)).toBeLessThan(0.01 * pairs[0]!)
})

it('counts a direction between two as both, by how near it is to either', async () => {
  const angle = (image: number) => (image * Math.PI) / 32
  const slope: Value = (image, y, x) => 0.02 * (Math.sin(angle(image)) * y + Math.cos(angle(image)) * x)
  const { projected } = await outlines(engine, imagesOf(64, 16, 1, slope), 1)
  const [one, two, four] = [apart(projected, 8, 9), apart(projected, 8, 10), apart(projected, 8, 12)]
  expect(two).toBeGreaterThan(one)
  expect(four).toBeGreaterThan(two)
  expect(apart(projected, 0, 1)).toBeGreaterThan(0.1 * apart(projected, 0, 8))
})

it('sees an edge between two colours that are equally light', async () => {
  const colours: Value = (image, _, x, c) => (c === (x < 4 + (image % 8) ? 0 : 1) ? 1 : 0)
  const { projected } = await outlines(engine, imagesOf(40, 16, 3, colours), 1)
  expect(apart(projected, 0, 7)).toBeGreaterThan(10 * apart(projected, 0, 8))
})

it('puts other images where they would have been', async () => {
  const samples = imagesOf(60, 20, 1, squares(places, 4))
  const { projected, alike } = await outlines(engine, samples, 1)
  expect(await alike(samples)).toEqual(projected)
})

it('averages large images', async () => {
  const small = squares(places, 6)
  const large: Value = (image, y, x) => small(image, Math.floor(y / 2), Math.floor(x / 2), 0)
  const of = await outlines(engine, imagesOf(60, 30, 1, small), 1)
  expect((await outlines(engine, imagesOf(60, 60, 1, large), 1)).projected).toEqual(of.projected)
})

it('finds nothing in images that are flat, and no number that is none', async () => {
  const { projected } = await outlines(
    engine,
    imagesOf(30, 8, 3, (image) => image / 30),
    1,
  )
  expect(projected.data.every((value) => value === 0)).toBe(true)
})

it('asks for eight pixels each way', () => {
  const sized = (height: number, width: number) => ({ ...imagesOf(1, 8, 1, () => 0), height, width })
  expect([haveOutlines(sized(8, 90)), haveOutlines(sized(90, 7))]).toEqual([true, false])
  // Averaged over squares of four, of which two are left.
  expect(haveOutlines(sized(8, 2000))).toBe(false)
})
