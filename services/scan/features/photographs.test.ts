import { expect, it } from 'vitest'
import { matrix } from '../numeric/matrix.ts'
import { arePhotographs } from './photographs.ts'

const [HEIGHT, WIDTH] = [5, 5]
/** A tenth of the 20 pairs of pixels side by side. */
const MOST = 2

/** Images that have so many pixels which equal the next one in their row, by image. */
function images(equal: readonly number[], channels = 1) {
  const pixels = matrix(equal.length, HEIGHT * WIDTH * channels)
  equal.forEach((count, i) => {
    let left = count
    let value = 0
    for (let at = 0; at < HEIGHT * WIDTH; at++) {
      const isSame = at % WIDTH > 0 && left > 0
      if (isSame) left--
      else value++
      for (let c = 0; c < channels; c++) pixels.data[i * pixels.cols + at * channels + c] = value + c
    }
  })
  return { kind: 'image', pixels, height: HEIGHT, width: WIDTH, channels } as const
}

it.each([1, 3])(
  'takes images for photographs in which hardly any pixel equals the next one, channels: %s',
  (channels) => {
    expect(arePhotographs(images([0, MOST, MOST], channels))).toBe(true)
    expect(arePhotographs(images([MOST + 1, 20, 20], channels))).toBe(false)
  },
)

it('asks for most of the images', () => {
  expect(arePhotographs(images([MOST, MOST + 1, MOST]))).toBe(true)
  expect(arePhotographs(images([MOST + 1, MOST, MOST]))).toBe(true)
  expect(arePhotographs(images([MOST, MOST + 1]))).toBe(false)
  expect(arePhotographs(images([MOST + 1, MOST]))).toBe(false)
  expect(arePhotographs(images([]))).toBe(false)
})
