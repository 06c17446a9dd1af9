import { expect, test } from 'vitest'
import { viewed, viewsOf, type ImageSample } from './image-views.ts'

const image = (channels: 1 | 3, ...pixels: number[]): ImageSample => ({
  kind: 'image',
  width: 2,
  height: pixels.length / channels / 2,
  channels,
  pixels: Buffer.from(pixels).toString('base64'),
})
const pixels = (sample: ImageSample) => [...Buffer.from(sample.pixels, 'base64')]

test('a grey image has no channels, and nothing to differ from where nothing of its size lies beside it', () => {
  const grey = image(1, 1, 2)
  expect(viewsOf(grey, [])).toEqual(['whole'])
  expect(viewsOf(grey, [image(1, 1, 2, 3, 4)])).toEqual(['whole'])
  expect(viewsOf(grey, [image(1, 3, 4)])).toEqual(['whole', 'difference'])
  expect(viewed(grey, 'whole', [])).toBe(grey)
})

test('a channel is shown in grey', () => {
  const colours = image(3, 1, 2, 3, 4, 5, 6)
  expect(viewsOf(colours, [])).toEqual(['whole', 'red', 'green', 'blue'])
  expect(viewed(colours, 'green', [])).toMatchObject({ channels: 1, width: 2, height: 1 })
  expect(['red', 'green', 'blue'].map((of) => pixels(viewed(colours, of as 'red', [])))).toEqual([
    [1, 4],
    [2, 5],
    [3, 6],
  ])
})

test('the difference is from the mean of those of its size, in either direction', () => {
  const beside = [image(1, 10, 20), image(1, 30, 20), image(1, 9, 9, 9, 9)]
  expect(pixels(viewed(image(1, 25, 5), 'difference', beside))).toEqual([5, 15])
})
