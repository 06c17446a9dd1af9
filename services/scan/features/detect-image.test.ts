import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { looksLikeImage } from './detect-image.ts'

const N = 200
const random = seededRandom(1)

function rows(cols: number, make: () => ArrayLike<number>): Matrix {
  const out = matrix(N, cols)
  for (let i = 0; i < N; i++) out.data.set(make(), i * cols)
  return out
}

/** A soft blob at a random place. */
function blobs(side: number): Matrix {
  return rows(side * side, () => {
    const [cy, cx, spread] = [random.next() * side, random.next() * side, side / (3 + 3 * random.next())]
    return Float32Array.from({ length: side * side }, (_, at) => {
      const [y, x] = [Math.floor(at / side), at % side]
      return Math.exp(-((y - cy) ** 2 + (x - cx) ** 2) / (2 * spread ** 2)) + 0.05 * random.next()
    })
  })
}

describe('vectors look like an image', () => {
  it.each([8, 16, 28])('where pixels of %i × %i resemble their neighbours', (side) => {
    expect(looksLikeImage(blobs(side))).toEqual({ height: side, width: side })
  })

  it('not where the pixels are shuffled', () => {
    const images = blobs(16)
    const order = random.permutation(256)
    const shuffled = matrix(N, 256)
    for (let i = 0; i < N; i++)
      order.forEach((from, to) => (shuffled.data[i * 256 + to] = images.data[i * 256 + from]!))
    expect(looksLikeImage(shuffled)).toBeNull()
  })

  it('not where they are embeddings, with or without a common factor', () => {
    expect(looksLikeImage(rows(256, () => Float32Array.from({ length: 256 }, () => random.normal())))).toBeNull()
    const common = rows(256, () => {
      const factor = random.normal()
      return Float32Array.from({ length: 256 }, () => factor + random.normal())
    })
    expect(looksLikeImage(common)).toBeNull()
  })

  it('not where they are time series', () => {
    const walks = rows(256, () => {
      let at = 0
      return Float32Array.from({ length: 256 }, () => (at += random.normal()))
    })
    expect(looksLikeImage(walks)).toBeNull()
  })

  it('not where there are too few records, a side too short, or no square', () => {
    expect(looksLikeImage(matrix(5, 784))).toBeNull()
    expect(looksLikeImage(matrix(50, 25))).toBeNull()
    expect(looksLikeImage(matrix(50, 300))).toBeNull()
    expect(looksLikeImage(matrix(50, 784))).toBeNull()
  })
})
