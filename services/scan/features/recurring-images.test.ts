import { describe, expect } from 'vitest'
import { test } from '#test/support/property.ts'
import { matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'
import { countedOf } from './recurring-images.ts'

/** One image of two by two pixels for each of `shades`; equal shades are equal images. */
function imagesOf(shades: readonly number[]): ImageSamples {
  const pixels = matrix(shades.length, 4)
  shades.forEach((shade, i) => pixels.data.fill(shade / 255, i * 4, i * 4 + 4))
  return { kind: 'image', height: 2, width: 2, channels: 1, pixels }
}

const members = Int32Array.of(0, 1, 2, 3)
const hundred = Array.from({ length: 100 }, (_, i) => 100 + i)

describe('how much of a record each member of a group counts', () => {
  test('different images count each', () => {
    const shades = [1, 2, 3, 4, ...hundred, ...hundred]
    expect(countedOf(imagesOf(shades))(members)).toBe(1)
  })

  test('copies count once where images recur by nature', () => {
    const shades = [1, 1, 1, 2, ...hundred, ...hundred.slice(0, 10)]
    expect(countedOf(imagesOf(shades))(members)).toBe(0.5)
  })

  test('copies count each where hardly any other image recurs', () => {
    const shades = [1, 1, 1, 2, ...hundred, ...hundred.slice(0, 3)]
    expect(countedOf(imagesOf(shades))(members)).toBe(1)
  })

  test('a group that is the whole window counts each', () => {
    expect(countedOf(imagesOf([1, 1, 1, 1]))(members)).toBe(1)
  })

  test('samples that are no images count each', () => {
    expect(countedOf({ kind: 'text', texts: ['a', 'a', 'a', 'a', 'b', 'b'] })(members)).toBe(1)
  })
})
