import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { cholesky, invertLower } from './cholesky.ts'

/** A Aᵀ + I for a random A: positive definite. */
function positiveDefinite(d: number, seed: number): Float64Array {
  const random = seededRandom(seed)
  const a = Float64Array.from({ length: d * d }, () => random.normal())
  return Float64Array.from({ length: d * d }, (_, at) => {
    const [i, j] = [Math.floor(at / d), at % d]
    let sum = i === j ? 1 : 0
    for (let k = 0; k < d; k++) sum += a[i * d + k]! * a[j * d + k]!
    return sum
  })
}

describe('cholesky', () => {
  test.prop([fc.integer({ min: 1, max: 12 }), fc.nat()])('multiplies back to the matrix', (d, seed) => {
    const a = positiveDefinite(d, seed)
    const lower = cholesky(a, d)
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let product = 0
        for (let k = 0; k < d; k++) product += lower[i * d + k]! * lower[j * d + k]!
        expect(product).toBeCloseTo(a[i * d + j]!, 8)
        if (j > i) expect(lower[i * d + j]).toBe(0)
      }
    }
  })

  it('refuses a matrix that is not positive definite', () => {
    expect(() => cholesky(Float64Array.of(1, 2, 2, 1), 2)).toThrow(RangeError)
  })
})

describe('invertLower', () => {
  test.prop([fc.integer({ min: 1, max: 12 }), fc.nat()])('undoes the triangle', (d, seed) => {
    const lower = cholesky(positiveDefinite(d, seed), d)
    const inverse = invertLower(lower, d)
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let product = 0
        for (let k = 0; k < d; k++) product += lower[i * d + k]! * inverse[k * d + j]!
        expect(product).toBeCloseTo(i === j ? 1 : 0, 8)
      }
    }
  })
})
