import { expect, test } from 'vitest'
import { mostAfter } from './moving.ts'
import { inOrder } from './order-points.ts'

const COUNT = 10_007
const LINE = { count: COUNT, xy: Float32Array.from({ length: 2 * COUNT }, (_, i) => (i >> 1) / COUNT) }

test('each point is drawn once, those that stand out last', () => {
  const colours = Uint8Array.from({ length: 3 * COUNT }, (_, i) => i % 256)
  const ordered = inOrder(LINE, { colours, standsOut: (i) => i % 10 === 0 })
  const from = Array.from({ length: COUNT }, (_, k) => Math.round((ordered.xy[2 * k] ?? 0) * COUNT))
  expect(from.toSorted((a, b) => a - b)).toEqual(Array.from({ length: COUNT }, (_, i) => i))
  expect(from.map((i) => i % 10 === 0)).toEqual(Array.from({ length: COUNT }, (_, k) => k >= ordered.plain))
  const bytes = new Uint8Array(ordered.inks.buffer)
  expect(from.every((i, k) => [0, 1, 2].every((c) => bytes[4 * k + c] === colours[3 * i + c]))).toBe(true)
})

test('the first of them are a sample of all', () => {
  const { xy } = inOrder(LINE, { colours: new Uint8Array(3 * COUNT), standsOut: () => false })
  const tenths = Array.from({ length: 100 }, (_, k) => Math.floor(10 * (xy[2 * k] ?? 0)))
  const each = Array.from({ length: 10 }, (_, tenth) => tenths.filter((of) => of === tenth).length)
  for (const of of each) expect(of).toSatisfy((n: number) => n >= 8 && n <= 12)
})

test('a picture has as many points as there is time for', () => {
  // what takes 80 ms is cut to a tenth, and comes back twofold with each picture that took no time
  let most = mostAfter(200_000, 80)
  expect(most).toBe(20_000)
  const grown = Array.from({ length: 4 }, () => (most = mostAfter(Math.min(most, 200_000), 1)))
  expect(grown).toEqual([40_000, 80_000, 160_000, 320_000])
  expect(mostAfter(200_000, 10_000)).toBe(5000)
})
