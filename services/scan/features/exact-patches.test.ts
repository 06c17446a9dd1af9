import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'
import { ExactPatches } from './exact-patches.ts'
import { EXACT, imageTokens } from './tokens-images.ts'

const [SIDE, CHANNELS, N] = [8, 3, 120]
const CORNER = 5 * SIDE + 5

/** Pictures of noise in colours of 8 bits, each changed by `paint`, which sets a square of pixels. */
function pictures(paint: (square: (i: number, y: number, x: number, side: number, value: number) => void) => void) {
  const random = seededRandom(3, 'pictures')
  const pixels = matrix(N, SIDE * SIDE * CHANNELS)
  for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = random.below(256) / 255
  paint((i, y, x, side, value) => {
    for (let k = 0; k < side * side; k++) {
      const at = i * pixels.cols + ((y + Math.floor(k / side)) * SIDE + x + (k % side)) * CHANNELS
      pixels.data.fill(value, at, at + CHANNELS)
    }
  })
  return { kind: 'image', height: SIDE, width: SIDE, channels: CHANNELS, pixels } satisfies ImageSamples
}

/** The records' codes at the bottom right. */
function codesOf(samples: ImageSamples): Int32Array {
  const codes = new Int32Array(N)
  new ExactPatches(samples, 3).codesAt(CORNER, codes)
  return codes
}

describe('patches to the bit', () => {
  it('have one code where nine pixels are equal, and others where one of them is not', () => {
    const samples = pictures((square) => {
      for (let i = 0; i < 6; i++) square(i, 5, 5, 3, 1)
      square(5, 6, 6, 1, 254 / 255)
    })
    const codes = codesOf(samples)
    expect(new Set(codes.subarray(0, 5)).size).toBe(1)
    expect(new Set(codes).size).toBe(N - 4)
    expect(codes).not.toContain(-1)
  })

  it('have none where an area goes on beyond them', () => {
    const samples = pictures((square) => {
      for (let i = 0; i < 40; i++) square(i, 3, 3, 5, 1)
      for (let i = 40; i < 50; i++) square(i, 5, 5, 3, 1)
    })
    const codes = codesOf(samples)
    expect(codes.subarray(0, 40).every((code) => code === -1)).toBe(true)
    expect(new Set(codes.subarray(40, 50))).toEqual(new Set([codes[40]!]))
    expect(codes[40]).toBeGreaterThanOrEqual(0)
  })

  it('are told from pictures that are white there by nature', () => {
    const samples = pictures((square) => {
      for (let i = 0; i < 15; i++) square(i, 4, 4, 4, 1)
      for (let i = 15; i < 24; i++) square(i, 5, 5, 3, 1)
    })
    const tokens = imageTokens(samples)
    const exact = Array.from({ length: tokens.tokens }, (_, id) => id).filter(
      (id) => tokens.kinds[tokens.kindOf[id]!] === EXACT,
    )
    const atCorner = exact.map((id) => [tokens.describe(id), [...tokens.holders(id)]] as const)
    expect(atCorner).toContainEqual([
      {
        kind: 'pixels',
        anywhere: false,
        pixels: [5, 6, 7].flatMap((y) => [5, 6, 7].map((x) => ({ y, x, value: 1 }))),
      },
      Array.from({ length: 9 }, (_, at) => 15 + at),
    ])
  })

  it('are at every place what pixel by pixel comes to', () => {
    const [n, height, width] = [37, 7, 6]
    const random = seededRandom(5, 'few values')
    const pixels = matrix(n, height * width)
    for (let at = 0; at < pixels.data.length; at++) pixels.data[at] = random.below(2) === 0 ? random.below(9) / 255 : 0
    const samples: ImageSamples = { kind: 'image', height, width, channels: 1, pixels }
    const exact = new ExactPatches(samples, 3)
    const codes = new Int32Array(n)
    let [ended, went] = [0, 0]
    for (let top = 0; top + 3 <= height; top++)
      for (let left = 0; left + 3 <= width; left++) {
        const expected = oneByOne(samples, top, left)
        expect(exact.codesAt(top * width + left, codes)).toBe(1 + Math.max(...expected))
        expect([...codes]).toEqual(expected)
        ended += expected.filter((code) => code >= 0).length
        went += expected.filter((code) => code < 0).length
      }
    expect(Math.min(ended, went)).toBeGreaterThan(50)
  })
})

/** Each record's code of its 3 × 3 patch, by comparing the pixels one by one. */
function oneByOne({ pixels, height, width }: ImageSamples, top: number, left: number): number[] {
  const met = new Map<string, number>()
  return Array.from({ length: pixels.rows }, (_, i) => {
    const at = (y: number, x: number) => pixels.data[(i * height + y) * width + x]!
    const pairs: boolean[] = []
    for (let k = 0; k < 3; k++) {
      if (top > 0) pairs.push(at(top, left + k) === at(top - 1, left + k))
      if (top + 3 < height) pairs.push(at(top + 2, left + k) === at(top + 3, left + k))
      if (left > 0) pairs.push(at(top + k, left) === at(top + k, left - 1))
      if (left + 3 < width) pairs.push(at(top + k, left + 2) === at(top + k, left + 3))
    }
    if (pairs.filter(Boolean).length > Math.floor(pairs.length / 4)) return -1
    const values = JSON.stringify([0, 1, 2].map((y) => [0, 1, 2].map((x) => at(top + y, left + x))))
    if (!met.has(values)) met.set(values, met.size)
    return met.get(values)!
  })
}
