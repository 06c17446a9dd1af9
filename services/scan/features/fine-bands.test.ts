import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import { fineBands } from './fine-bands.ts'

const imagesOf = (height: number, width: number, channels: number, of: (y: number, x: number, c: number) => number) => {
  const pixels = matrix(1, height * width * channels)
  for (let at = 0; at < pixels.cols; at++) {
    const place = Math.floor(at / channels)
    pixels.data[at] = of(Math.floor(place / width), place % width, at % channels)
  }
  return { kind: 'image', height, width, channels, pixels } as const
}

/** The value at a place and band, beside that of a place where there is nothing. */
const NOTHING = Math.log(1e-5)

it('reads the second differences of each direction, summed over channels, beside those of the rest of the image', () => {
  // Lines on the left, nothing on the right.
  const { data, cols } = fineBands(imagesOf(8, 16, 3, (_, x) => (x < 8 ? 0.1 * (x % 2) : 0.05)))
  expect(cols).toBe(4 * 128)
  const [lined, plain] = [3 * 16 + 3, 3 * 16 + 12]
  expect(data[lined]! - data[plain]!).toBeCloseTo(Math.log(3 * 0.2 ** 2 + 1e-5) - NOTHING, 4)
  for (const band of [1, 2, 3]) expect(data[band * 128 + lined]).toBeCloseTo(data[band * 128 + plain]!, 4)
  const board = fineBands(imagesOf(8, 16, 1, (y, x) => (x < 8 ? 0.1 * ((x + y) % 2) : 0.05))).data
  expect(board[2 * 128 + lined]! - board[2 * 128 + plain]!).toBeCloseTo(Math.log(0.8 ** 2 + 1e-5) - NOTHING, 4)
})

it('tells nothing of an image that is flat, or a slope, but for its border', () => {
  expect(Math.max(...fineBands(imagesOf(8, 6, 3, () => 0.5)).data.map(Math.abs))).toBeLessThan(1e-6)
  const { data } = fineBands(imagesOf(8, 6, 3, (y, x) => 0.1 * x + 0.02 * y))
  const inside = [1, 2, 3, 4].flatMap((x) => [1, 2, 3, 4, 5, 6].map((y) => y * 6 + x))
  for (let band = 0; band < 4; band++) {
    for (const cell of inside) expect(data[band * 48 + cell]).toBeCloseTo(data[band * 48 + 13]!, 3)
  }
})

it('averages cells of large images, and of their rims', () => {
  const random = seededRandom(1, 'fine bands test')
  const noise = Array.from({ length: 33 * 51 }, () => random.next())
  // Twice as noisy in the last column of cells, which is two pixels wide, as in the others, which are three.
  const { data, cols } = fineBands(imagesOf(33, 50, 1, (y, x) => (x >= 48 ? 2 : 1) * noise[y * 50 + x]!))
  expect(cols).toBe(4 * 11 * 17)
  const meanOf = (x: number) =>
    Array.from({ length: 11 }, (_, y) => data[y * 17 + x]!).reduce((sum, v) => sum + v / 11, 0)
  expect(meanOf(16) - meanOf(8)).toBeGreaterThan(0.5)
  expect(Math.abs(meanOf(7) - meanOf(8))).toBeLessThan(0.5)
})

it('reads eight pixels a side of a cell', () => {
  // Cells of 19 × 19 pixels, of which the ninth row and column and those after it differ, and are not read.
  const plain = fineBands(imagesOf(300, 300, 1, (y, x) => 0.001 * ((y * y + 3 * x * y) % 7)))
  const other = fineBands(
    imagesOf(300, 300, 1, (y, x) => (y % 19 > 8 && y % 19 < 18 ? x % 2 : 0.001 * ((y * y + 3 * x * y) % 7))),
  )
  expect(plain.cols).toBe(4 * 16 * 16)
  expect(other.data).toEqual(plain.data)
})
