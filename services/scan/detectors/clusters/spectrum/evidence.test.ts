import { expect, it } from 'vitest'
import { matrix } from '../../../numeric/matrix.ts'
import { weigh } from './evidence.ts'

const CLASS = 400
const MEMBERS = 92
/** Nobody lies near anybody. */
const neighbours = { k: 0, index: new Int32Array(0), distance: new Float32Array(0) }

/** A split of which the fit has `size` records and the posteriors name 92, of whom `inside` are doubted, and of the rest `outside`. */
function disagreementOf(size: number, inside: number, outside: number) {
  const expected = matrix(CLASS, 2)
  for (let i = 0; i < CLASS; i++) {
    expected.data[2 * i] = i < MEMBERS ? inside : outside
    expected.data[2 * i + 1] = 1 - expected.data[2 * i]!
  }
  const split = {
    label: 1,
    records: Int32Array.from({ length: CLASS }, (_, i) => i),
    posterior: Float32Array.from({ length: CLASS }, (_, i) => Number(i < MEMBERS)),
    size,
    separation: 20,
    spread: [1, 1] as const,
  }
  return weigh([split], [0, 1], expected, neighbours)[0]!.disagreement
}

it('takes neighbours that disagree by the share of those whom a split names, however few the fit has of them', () => {
  // A third of 92 records is more than 25: it is no share of these.
  expect(disagreementOf(25, 0.34, 0.27)).toBeLessThan(0.3)
  expect(disagreementOf(25, 0.34, 0.27)).toBeGreaterThan(0)
  expect(disagreementOf(25, 0.9, 0.1)).toBeGreaterThan(10)
  expect(disagreementOf(92, 0.27, 0.34)).toBe(0)
})

it('lowers what other classes show by chance for what lowers a split itself, where it is asked to', () => {
  const expected = matrix(CLASS, 5)
  const splitOf = (label: number, size: number, separation: number) => ({
    label,
    records: Int32Array.from({ length: CLASS }, (_, i) => i),
    posterior: Float32Array.from({ length: CLASS }, (_, i) => Number(i < size)),
    size,
    separation,
    spread: [1, 1] as const,
  })
  const separationAmong = (others: number, size: number, alike: boolean) => {
    const splits = [splitOf(0, 40, 12), ...[1, 2, 3, 4].map((label) => splitOf(label, size, others + label / 2))]
    return weigh(splits, [0, 1, 2, 3, 4], expected, neighbours, alike)[0]!.separation
  }
  // A dozen records that lie apart in every class are chance; forty are what classes show by nature.
  expect(separationAmong(6, 12, true)).toBeGreaterThan(separationAmong(6, 12, false) + 1)
  expect(separationAmong(6, 12, true)).toBeGreaterThan(8)
  expect(separationAmong(6, 40, true)).toBeCloseTo(separationAmong(6, 40, false))
})
