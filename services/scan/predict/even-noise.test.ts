import { expect, it } from 'vitest'
import { evenNoise } from './even-noise.ts'

/** Records of labels with so many of each, of which so many are suspected. */
function window(counts: readonly number[], suspects: readonly number[]) {
  const of = Int32Array.from(counts.flatMap((count, label) => Array<number>(count).fill(label)))
  const left = [...suspects]
  const wrong = Float64Array.from(of, (label) => Number(left[label]!-- > 0))
  const labels = { of, names: counts.map(String), counts: Int32Array.from(counts) }
  return evenNoise(wrong, labels, Int32Array.from(of.keys()))
}

it('is the rate at which every label was put on the records of the others', () => {
  // One in twenty of 1,000: of the label with 700 records the others' 300 may be given 15, of the others 35 and 45 each.
  expect(window([500, 500], [25, 25])).toBeCloseTo(0.05)
  expect(window([700, 300], [15, 35])).toBeCloseTo(0.05)
  expect(window([600, 200, 200], [10, 20, 20])).toBeCloseTo(0.05)
})

it('is told by the labels with the fewest suspects, so that vague labels show none', () => {
  expect(window([500, 500], [100, 25])).toBeCloseTo(0.05)
  expect(window([500, 500], [100, 0])).toBe(0)
  expect(window([250, 250, 250, 250], [13, 12, 80, 90])).toBeCloseTo(0.05)
})

it('is 0 where it is too small to matter, or where there is one label', () => {
  expect(window([500, 500], [8, 8])).toBeCloseTo(0.016)
  expect(window([500, 500], [7, 7])).toBe(0)
  expect(window([500, 0], [25, 0])).toBe(0)
})
