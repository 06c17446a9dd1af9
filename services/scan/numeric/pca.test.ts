import { expect, describe, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from './create-engine.ts'
import { symmetricEigen } from './eigen.ts'
import { matrix } from './matrix.ts'
import { orthonormalColumns, principalComponents } from './pca.ts'

/** Gaussian rows with standard deviation `spread(j)` along coordinate j. */
function gaussian(n: number, d: number, spread: (j: number) => number) {
  const random = seededRandom(5)
  return matrix(
    n,
    d,
    Float32Array.from({ length: n * d }, (_, at) => random.normal() * spread(at % d) + 3),
  )
}

describe('the spectrum of a symmetric matrix', () => {
  it('rebuilds the matrix, values descending, vectors orthonormal', () => {
    const d = 30
    const random = seededRandom(1)
    const a = new Float64Array(d * d)
    for (let i = 0; i < d; i++) for (let j = i; j < d; j++) a[i * d + j] = a[j * d + i] = random.normal()
    const { values, vectors } = symmetricEigen(a, d)
    expect([...values]).toEqual([...values].sort((x, y) => y - x))
    for (let i = 0; i < d; i++) {
      for (let j = 0; j < d; j++) {
        let sum = 0
        let dot = 0
        for (let r = 0; r < d; r++) {
          sum += values[r]! * vectors[r * d + i]! * vectors[r * d + j]!
          dot += vectors[i * d + r]! * vectors[j * d + r]!
        }
        expect(sum).toBeCloseTo(a[i * d + j]!, 10)
        expect(dot).toBeCloseTo(i === j ? 1 : 0, 10)
      }
    }
  })
})

describe('principal components', () => {
  it.each([12, 200])('finds the axes that vary most of %i columns', async (d) => {
    const engine = await createEngine()
    const x = gaussian(2000, d, (j) => (j < 3 ? 10 - 3 * j : 0.5))
    const { variances, axes, projected, mean } = await principalComponents(engine, x, 3, 7)
    expect(Math.sqrt(variances[0]!)).toBeCloseTo(10, 0)
    expect(Math.sqrt(variances[1]!)).toBeCloseTo(7, 0)
    expect(Math.sqrt(variances[2]!)).toBeCloseTo(4, 0)
    for (let r = 0; r < 3; r++) expect(Math.abs(axes.data[r * 3 + r]!)).toBeGreaterThan(0.99)
    expect([projected.rows, projected.cols]).toEqual([2000, 3])
    expect(mean[d - 1]).toBeCloseTo(3, 1)
  })

  it('has no more axes than columns, and zero variance along constant ones', async () => {
    const x = gaussian(50, 4, (j) => (j === 0 ? 1 : 0))
    const { variances } = await principalComponents(await createEngine(), x, 10, 7)
    expect(variances.length).toBe(4)
    expect(variances[1]).toBeCloseTo(0, 6)
  })
})

describe('orthonormal columns', () => {
  it.each([
    ['of full rank', 5],
    ['that depend on others', 4],
  ])('span what columns %s span', async (_, rank) => {
    const engine = await createEngine()
    const [n, k] = [60, 5]
    const x = gaussian(n, k, () => 1)
    if (rank < k) for (let i = 0; i < n; i++) x.data[i * k + 4] = 2 * x.data[i * k]! - x.data[i * k + 1]!
    const q = await orthonormalColumns(engine, x)
    const gram = (await engine.gram(q)).data
    for (let a = 0; a < k; a++)
      for (let b = 0; b < k; b++) expect(gram[a * k + b]).toBeCloseTo(a === b && a < rank ? 1 : 0, 3)
    // x = q · qᵀ · x
    const back = await engine.multiply(q, await engine.multiplyTransposed(q, x))
    back.data.forEach((value, at) => expect(value).toBeCloseTo(x.data[at]!, 2))
  })
})
