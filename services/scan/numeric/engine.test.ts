import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from './create-engine.ts'
import type { Engine } from './engine.ts'
import { type Matrix, matrix, transpose } from './matrix.ts'

function randomMatrix(rows: number, cols: number, seed: number): Matrix {
  const random = seededRandom(seed)
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => random.normal()),
  )
}

function definition(a: Matrix, b: Matrix): number[] {
  return Array.from({ length: a.rows * b.cols }, (_, at) => {
    const [i, j] = [Math.floor(at / b.cols), at % b.cols]
    let sum = 0
    for (let k = 0; k < a.cols; k++) sum += a.data[i * a.cols + k]! * b.data[k * b.cols + j]!
    return sum
  })
}

/** In single precision, each product and each sum rounded; sums of 256 at a time, and of those in turn. */
function roundedProduct(a: Matrix, b: Matrix): Float32Array {
  const out = new Float32Array(a.rows * b.cols)
  for (let i = 0; i < a.rows; i++) {
    for (let j = 0; j < b.cols; j++) {
      for (let from = 0; from < a.cols; from += 256) {
        let sum = 0
        for (let k = from; k < Math.min(a.cols, from + 256); k++)
          sum = Math.fround(sum + Math.fround(a.data[i * a.cols + k]! * b.data[k * b.cols + j]!))
        out[i * b.cols + j]! += sum
      }
    }
  }
  return out
}

function expectProduct(actual: Matrix, a: Matrix, b: Matrix): void {
  expect([actual.rows, actual.cols]).toEqual([a.rows, b.cols])
  const apart = definition(a, b).map((value, at) => Math.abs(value - actual.data[at]!))
  expect(apart.reduce((most, value) => Math.max(most, value), 0)).toBeLessThan(1e-3)
}

describe('the engine', () => {
  const engine: Promise<Engine> = createEngine()
  const shape = fc.tuple(
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 1, max: 70 }),
    fc.integer({ min: 1, max: 70 }),
  )

  test.prop([shape, fc.integer()], { numRuns: 20 })(
    'multiplies, with either side transposed',
    async ([m, k, n], seed) => {
      const a = randomMatrix(m, k, seed)
      const b = randomMatrix(k, n, seed + 1)
      const by = await engine
      expectProduct(await by.multiply(a, b), a, b)
      expectProduct(await by.multiplyTransposed(transpose(a), b), a, b)
      expectProduct(await by.multiplyByTransposed(a, transpose(b)), a, b)
    },
  )

  test.prop([shape, fc.integer()], { numRuns: 20 })('takes a triangle for what it is', async ([m, k], seed) => {
    const lower = randomMatrix(k, k, seed)
    for (let i = 0; i < k; i++) for (let j = i + 1; j < k; j++) lower.data[i * k + j] = 0
    const a = randomMatrix(m, k, seed + 1)
    expectProduct(await (await engine).multiplyByLower(a, lower), a, transpose(lower))
    const b = transpose(a)
    expect(await (await engine).lowerTimes(lower, b)).toEqual(await (await engine).multiply(lower, b))
  })

  it('takes the product of rows with themselves for what it is', async () => {
    const by = await engine
    const bitsOf = ({ data }: Matrix) => Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('base64')
    const a = randomMatrix(110, 5000, 7)
    expect(bitsOf(await by.multiplyByTransposed(a, a))).toBe(bitsOf(await by.multiplyByTransposed(a, { ...a })))
    const lower = randomMatrix(300, 300, 8)
    for (let i = 0; i < 300; i++) lower.data.fill(0, i * 300 + i + 1, (i + 1) * 300)
    const b = randomMatrix(300, 4000, 9)
    expect(bitsOf(await by.lowerTimes(lower, b))).toBe(bitsOf(await by.multiply(lower, b)))
  })

  // Beyond every block that a product is cut into.
  it.each([
    [3, 2, 9000],
    [6, 2100, 300],
    [4500, 130, 5],
  ])('multiplies %i × %i with %i terms between', async (m, n, k) => {
    const a = randomMatrix(m, k, 7)
    const b = randomMatrix(k, n, 8)
    const by = await engine
    expectProduct(await by.multiply(a, b), a, b)
    expectProduct(await by.multiplyTransposed(transpose(a), b), a, b)
    expectProduct(await by.multiplyByTransposed(a, transpose(b)), a, b)
  })

  it('gives second moments that are exactly symmetric', async () => {
    const a = randomMatrix(700, 45, 5)
    const { data } = await (await engine).gram(a)
    expectProduct(matrix(45, 45, data), transpose(a), a)
    const mirrored = transpose(matrix(45, 45, data)).data
    expect(Buffer.from(mirrored.buffer).equals(Buffer.from(data.buffer))).toBe(true)
  })

  it('takes rows times factors as if they had been multiplied before', async () => {
    const [a, b] = [randomMatrix(700, 45, 5), randomMatrix(700, 9, 6)]
    const factors = Float64Array.from({ length: 700 }, (_, i) => [1, 0.02, 0, 3][i % 4]!)
    const scaled = matrix(
      700,
      45,
      a.data.map((value, at) => value * factors[Math.floor(at / 45)]!),
    )
    const by = await engine
    expect((await by.gram(a, factors)).data).toEqual((await by.gram(scaled)).data)
    expect((await by.multiplyTransposed(a, b, factors)).data).toEqual((await by.multiplyTransposed(scaled, b)).data)
  })

  it('gives the same bytes every time', async () => {
    const a = randomMatrix(300, 200, 1)
    const b = randomMatrix(200, 150, 2)
    const first = await (await engine).multiply(a, b)
    const second = await (await createEngine()).multiply(a, b)
    expect(Buffer.from(second.data.buffer).equals(Buffer.from(first.data.buffer))).toBe(true)
  })

  // Whole blocks and the rest of one, in each direction; with and without terms that are zeros in several rows, which are left out.
  it.each([
    [130, 520, 515, 1],
    [1, 1100, 9, 1],
    [130, 520, 515, 0.1],
    [9, 300, 20, 0.02],
  ])(
    'multiplies %i × %i by × %i to the bits that IEEE 754 gives, on whichever processor (%d not zero)',
    async (...of) => {
      const [m, k, n, share] = of
      const [a, b] = [randomMatrix(m, k, 5), randomMatrix(k, n, 6)]
      const random = seededRandom(9)
      a.data.forEach((value, at) => (a.data[at] = random.next() < share ? value : 0))
      const by = await engine
      const expected = roundedProduct(a, b)
      for (const product of [
        await by.multiply(a, b),
        await by.multiplyTransposed(transpose(a), b),
        await by.multiplyByTransposed(a, transpose(b)),
      ])
        expect(Buffer.from(product.data.buffer).equals(Buffer.from(expected.buffer))).toBe(true)
    },
  )

  it('reads views into a larger array', async () => {
    const whole = randomMatrix(20, 8, 3)
    const part = matrix(5, 8, whole.data.subarray(8 * 8, 13 * 8))
    const b = randomMatrix(8, 3, 4)
    expectProduct(await (await engine).multiply(part, b), part, b)
  })

  it('gives zeros for an empty inner dimension and nothing for no rows', async () => {
    const by = await engine
    expect([...(await by.multiply(matrix(2, 0), matrix(0, 2))).data]).toEqual([0, 0, 0, 0])
    expect((await by.multiply(matrix(0, 3), matrix(3, 2))).rows).toBe(0)
  })

  it('refuses shapes that do not fit', async () => {
    const by = await engine
    await expect(async () => by.multiply(matrix(2, 3), matrix(2, 3))).rejects.toThrow(
      'inner dimensions differ: 3 and 2',
    )
  })
})
