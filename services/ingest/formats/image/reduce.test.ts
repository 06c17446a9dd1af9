import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { reduced } from './reduce.ts'
import type { Pixels } from './pixels.ts'

const image = (shape: readonly number[], values: readonly number[]): Pixels => ({
  shape,
  data: Uint8Array.from(values),
})
const brought = (pixels: Pixels, shape: readonly number[]) => [...reduced(pixels, shape)]

describe('an image that is brought to a shape', () => {
  test('is the mean of each area, pixels shared between two of them', () => {
    expect(brought(image([2, 4], [0, 10, 20, 30, 40, 50, 60, 70]), [1, 2])).toEqual([25, 45])
    expect(brought(image([1, 3], [0, 90, 30]), [1, 2])).toEqual([30, 50])
    expect(brought(image([1, 1], [7]), [2, 2])).toEqual([7, 7, 7, 7])
  })

  test('has the channels of the shape: grey as colours, colours as luma, opacity where there is one', () => {
    expect(brought(image([1, 1], [9]), [1, 1, 3])).toEqual([9, 9, 9])
    expect(brought(image([1, 1, 3], [255, 0, 0]), [1, 1])).toEqual([76])
    expect(brought(image([1, 1, 3], [1, 2, 3]), [1, 1, 4])).toEqual([1, 2, 3, 255])
    expect(brought(image([1, 1, 4], [1, 2, 3, 0]), [1, 1, 4])).toEqual([1, 2, 3, 0])
    expect(brought(image([1, 1, 4], [1, 2, 3, 0]), [1, 1, 3])).toEqual([1, 2, 3])
  })

  test('has 8 bits of 16', () => {
    expect([...reduced({ shape: [1, 2], data: Uint16Array.of(65_535, 0) }, [1, 1])]).toEqual([128])
    expect([...reduced({ shape: [1, 2], data: Uint16Array.of(65_535, 257) }, [1, 2])]).toEqual([255, 1])
  })

  const side = fc.integer({ min: 1, max: 12 })
  property.prop([side, side, side, side, fc.infiniteStream(fc.nat(255))])(
    'keeps its mean, whatever the sizes',
    (rows, cols, height, width, stream) => {
      const values = Array.from({ length: rows * cols }, () => stream.next().value as number)
      const mean = (of: readonly number[]) => of.reduce((sum, value) => sum + value, 0) / of.length
      expect(Math.abs(mean(brought(image([rows, cols], values), [height, width])) - mean(values))).toBeLessThanOrEqual(
        0.5,
      )
    },
  )
})
