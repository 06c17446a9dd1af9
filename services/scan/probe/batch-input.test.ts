import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { loadKernels } from '../numeric/kernels/kernels.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Sparse } from '../numeric/sparse.ts'
import { planInput } from './batch-input.ts'

const [N, COLS, TO, BATCH] = [40, 24, 8, 5]

/** Rows of which so large a share is not what its column mostly holds. */
function rowsWith(share: number, background: (column: number) => number): Matrix {
  const random = seededRandom(3)
  const data = Float32Array.from({ length: N * COLS }, (_, at) =>
    random.next() < share ? random.normal() : background(at % COLS),
  )
  return matrix(N, COLS, data)
}

/** The same without their zeros. */
function sparseOf({ rows: n, cols, data }: Matrix): Sparse {
  const [offsets, columns, values]: [number[], number[], number[]] = [[0], [], []]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < cols; j++) {
      if (data[i * cols + j] === 0) continue
      columns.push(j)
      values.push(data[i * cols + j]!)
    }
    offsets.push(columns.length)
  }
  const given = { offsets: Int32Array.from(offsets), columns: Int32Array.from(columns) }
  return { n, cols, ...given, values: Float32Array.from(values) }
}

it.each([
  [0.05, false, 'zeros'],
  [0.9, false, 'zeros'],
  [0.2, true, 'zeros'],
  [0.1, false, 'a background'],
  [0.4, false, 'a background'],
  [1, false, 'nothing'],
] as const)(
  'multiplies rows of which %d stands out as the definition does (given without zeros: %s) on %s',
  (share, isGiven, on) => {
    const x = rowsWith(share, (column) => (on === 'zeros' ? 0 : 1 - column / COLS))
    const kernels = loadKernels()
    const planned = planInput(isGiven ? sparseOf(x) : x, BATCH, TO)
    const sizes = [kernels.productScratch, 4 * COLS * TO, 4 * BATCH * TO, 4 * COLS * TO, ...planned.bytes]
    const [scratch = 0, weights = 0, out = 0, table = 0, ...blocks] = kernels.reserve(...sizes)
    const random = seededRandom(4)
    const w = Float32Array.from({ length: COLS * TO }, () => random.normal())
    kernels.floats(weights, COLS * TO).set(w)
    const input = planned.at(kernels, scratch, blocks)
    // A batch that is not full after one that is.
    for (const rows of [Int32Array.of(39, 0, 7, 7, 12), Int32Array.of(3, 1)]) {
      kernels.floats(out, BATCH * TO).fill(0)
      kernels.floats(table, COLS * TO).fill(0)
      input.load(rows)
      input.times(weights, TO, out)
      const outputs = kernels.floats(out, rows.length * TO).slice()
      input.transposedTimes(out, TO, table)
      const sums = kernels.floats(table, COLS * TO)
      const at = (r: number, j: number) => x.data[rows[r]! * COLS + j]!
      outputs.forEach((value, place) => {
        const [r, t] = [Math.floor(place / TO), place % TO]
        const wanted = Array.from({ length: COLS }, (_, j) => at(r, j) * w[j * TO + t]!).reduce((a, b) => a + b, 0)
        expect(value).toBeCloseTo(wanted, 4)
      })
      sums.forEach((value, place) => {
        const [j, t] = [Math.floor(place / TO), place % TO]
        const wanted = Array.from(rows, (_, r) => at(r, j) * outputs[r * TO + t]!).reduce((a, b) => a + b, 0)
        expect(value).toBeCloseTo(wanted, 4)
      })
    }
  },
)

it('steps along slopes of zeros and others as one that sums them first does', () => {
  const [units, rate] = [32, 0.01]
  const x = rowsWith(0.05, () => 0)
  const kernels = loadKernels()
  const planned = planInput(x, BATCH, units)
  const size = COLS * units
  const sizes = [kernels.productScratch, 4 * BATCH * units, ...Array.from({ length: 7 }, () => 4 * size)]
  const reserved = kernels.reserve(...sizes, ...planned.bytes)
  const [scratch = 0, slopes = 0, table = 0, value = 0, mean = 0, square = 0, ...rest] = reserved
  const [otherValue = 0, otherMean = 0, otherSquare = 0, ...blocks] = rest
  const random = seededRandom(5)
  const w = Float32Array.from({ length: size }, () => random.normal())
  for (const [at, start] of [
    [value, w],
    [otherValue, w],
  ] as const)
    kernels.floats(at, size).set(start)
  for (const at of [mean, square, otherMean, otherSquare]) kernels.floats(at, size).fill(0)
  const input = planned.at(kernels, scratch, blocks)
  for (const rows of [Int32Array.of(39, 0, 7, 7, 12), Int32Array.of(3, 1)]) {
    input.load(rows)
    const given = Float32Array.from({ length: rows.length * units }, () => random.normal())
    kernels.floats(slopes, given.length).set(given)
    input.descend?.(slopes, units, { value, mean, square }, rate)
    kernels.floats(table, size).fill(0)
    input.transposedTimes(slopes, units, table)
    kernels.adam(otherValue, table, otherMean, otherSquare, size, rate)
  }
  expect(input.descend).toBeDefined()
  expect(kernels.floats(value, size)).not.toEqual(w)
  for (const [one, other] of [
    [value, otherValue],
    [mean, otherMean],
    [square, otherSquare],
  ] as const)
    kernels.floats(one, size).forEach((number, at) => expect(number).toBeCloseTo(kernels.floats(other, size)[at]!, 5))
})
