import { expect, it } from 'vitest'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'
import { bothOf, toUnit } from './picture.ts'

const others: ImageSamples = { kind: 'image', height: 1, width: 1, channels: 1, pixels: matrix(1, 1) }
const pictureOf = (projected: Matrix, other: number[]) => ({
  projected,
  alike: async () => matrix(1, other.length, Float32Array.from(other)),
})

it('sets two pictures side by side, each as wide as the other, and other images in the same units', async () => {
  const wide = pictureOf(matrix(2, 1, Float32Array.of(10, -10)), [20])
  const narrow = pictureOf(matrix(2, 2, Float32Array.of(0.1, 0.1, -0.1, 0.1)), [0.3, 0])
  const { projected, alike } = bothOf(wide, narrow)
  const rounded = (x: Matrix) => [...x.data].map((value) => Math.round(1e6 * value) / 1e6)
  expect(rounded(projected)).toEqual([1, 1, 1, -1, -1, 1])
  expect(rounded(await alike(others))).toEqual([2, 3, 0])
})

it('leaves what has no spread as it is', () => {
  expect(toUnit(matrix(3, 2))).toBe(1)
})
