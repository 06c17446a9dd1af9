import { fc, test } from '@fast-check/vitest'
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

function expectProduct(actual: Matrix, a: Matrix, b: Matrix): void {
  expect([actual.rows, actual.cols]).toEqual([a.rows, b.cols])
  definition(a, b).forEach((value, at) => expect(actual.data[at]).toBeCloseTo(value, 3))
}

describe.each(['onnxruntime', 'javascript'] as const)('the %s engine', (name) => {
  const engine: Promise<Engine> = createEngine(name)
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

  it('gives the same bytes every time', async () => {
    const a = randomMatrix(300, 200, 1)
    const b = randomMatrix(200, 150, 2)
    const first = await (await engine).multiply(a, b)
    const second = await (await createEngine(name)).multiply(a, b)
    expect(Buffer.from(second.data.buffer).equals(Buffer.from(first.data.buffer))).toBe(true)
  })

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

it('prefers onnxruntime, which loads on this machine', async () => {
  expect((await createEngine()).name).toBe('onnxruntime')
})
