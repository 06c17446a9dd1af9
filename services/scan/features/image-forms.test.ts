import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import { imageForms } from './image-forms.ts'

const random = seededRandom(4, 'image forms test')
const images = (side: number, channels: number, valueOf: (i: number, y: number, x: number, c: number) => number) => {
  const pixels = matrix(6, side * side * channels)
  for (let i = 0; i < 6; i++)
    for (let at = 0; at < pixels.cols; at++) {
      const cell = Math.floor(at / channels)
      pixels.data[i * pixels.cols + at] = valueOf(i, Math.floor(cell / side), cell % side, at % channels)
    }
  return { kind: 'image', height: side, width: side, channels, pixels } as const
}
const isDrawn = (i: number, y: number, x: number) => y > 2 && y < 9 && x > 2 + (i % 3) && x < 7
const product = (data: Float32Array, cols: number, a: number, b: number) => {
  let sum = 0
  for (let j = 0; j < cols; j++) sum += data[a * cols + j]! * data[b * cols + j]!
  return sum
}

describe('forms of images', () => {
  it('are of unit length, whatever the ink', () => {
    const { data, cols } = imageForms(images(12, 1, (i, y, x) => (isDrawn(i, y, x) ? 0.2 * (i + 1) * 0.8 : 0)))
    for (let i = 0; i < 6; i++) expect(product(data, cols, i, i)).toBeCloseTo(1, 5)
    expect(product(data, cols, 0, 3)).toBeCloseTo(1, 5)
    expect(product(data, cols, 0, 1)).toBeLessThan(0.98)
  })

  it('are of what is drawn, on a black ground and on a white one', () => {
    const ink = images(12, 3, (i, y, x, c) => (isDrawn(i, y, x) ? 0.3 + 0.2 * c : 0))
    const onBlack = imageForms(ink)
    const onWhite = imageForms({ ...ink, pixels: { ...ink.pixels, data: ink.pixels.data.map((v) => 1 - v) } })
    onBlack.data.forEach((value, at) => expect(onWhite.data[at]).toBeCloseTo(value, 4))
  })

  it('have sixteen cells a side at most, and cells where a side is no multiple of them', () => {
    const { cols, data } = imageForms(images(37, 1, () => random.next()))
    expect(cols).toBe(13 * 13)
    expect(data.every((value) => Number.isFinite(value) && value >= 0)).toBe(true)
  })

  it('of empty images are empty', () => {
    const { data } = imageForms(images(8, 1, () => 0))
    expect(data.every((value) => value === 0)).toBe(true)
  })
})
