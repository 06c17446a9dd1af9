import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { symmetricEigen } from './eigen.ts'
import { fastIca } from './ica.ts'
import { createEngine } from './create-engine.ts'
import { type Matrix, matrix, row } from './matrix.ts'
import { pursueGroups } from './pursuit.ts'
import { orthonormalRows, topEigenpairs } from './subspace.ts'

const engine = await createEngine()

function normals(rows: number, cols: number, seed: number): Matrix {
  const random = seededRandom(seed)
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => random.normal()),
  )
}

const dot = (a: ArrayLike<number>, b: ArrayLike<number>) => Array.from(a).reduce((sum, v, i) => sum + v * b[i]!, 0)

describe('topEigenpairs', () => {
  it('agrees with the whole spectrum', async () => {
    const samples = normals(200, 60, 3)
    for (let i = 0; i < 200; i++) for (let j = 0; j < 60; j++) samples.data[i * 60 + j]! *= 3 / (1 + j)
    const gram = await engine.multiplyTransposed(samples, samples)
    const { values, vectors } = await topEigenpairs(engine, gram, 5, 1)
    const exact = symmetricEigen(Float64Array.from(gram.data), 60)
    for (let j = 0; j < 5; j++) {
      expect(values[j]! / exact.values[j]!).toBeCloseTo(1, 4)
      expect(Math.abs(dot(row(vectors, j), exact.vectors.subarray(j * 60, (j + 1) * 60)))).toBeCloseTo(1, 2)
    }
  })

  it('gives the same for the same seed', async () => {
    const gram = await engine.multiplyTransposed(normals(80, 40, 1), normals(80, 40, 1))
    const [a, b] = [await topEigenpairs(engine, gram, 3, 9), await topEigenpairs(engine, gram, 3, 9)]
    expect(a.vectors.data).toEqual(b.vectors.data)
  })
})

describe('orthonormalRows', () => {
  it('leaves a repeated row without a direction', () => {
    const m = normals(3, 10, 2)
    m.data.set(row(m, 0), 20)
    const q = orthonormalRows(m)
    expect(dot(row(q, 0), row(q, 0))).toBeCloseTo(1, 5)
    expect(dot(row(q, 0), row(q, 1))).toBeCloseTo(0, 5)
    expect(dot(row(q, 2), row(q, 2))).toBeCloseTo(0, 5)
  })
})

describe('fastIca', () => {
  it('separates sources that were rotated into each other', async () => {
    const n = 2000
    const random = seededRandom(4)
    const sources = matrix(n, 3)
    for (let i = 0; i < n; i++) {
      sources.data[i * 3] = random.next() < 0.5 ? -1 : 1
      sources.data[i * 3 + 1] = (random.next() - 0.5) * Math.sqrt(12)
      sources.data[i * 3 + 2] = random.next() < 0.05 ? 4.36 : -0.23
    }
    const rotation = orthonormalRows(normals(3, 3, 8))
    const found = fastIca(await engine.multiply(sources, rotation), 1)
    const recovered = await engine.multiplyByTransposed(found, rotation)
    for (let j = 0; j < 3; j++) {
      const largest = Math.max(...Array.from({ length: 3 }, (_, i) => Math.abs(recovered.data[i * 3 + j]!)))
      expect(largest).toBeGreaterThan(0.97)
    }
  })
})

describe('pursueGroups', () => {
  it('points at a small compact group', async () => {
    const m = normals(600, 20, 6)
    const direction = row(orthonormalRows(normals(1, 20, 7)), 0)
    for (let i = 0; i < 20; i++) for (let j = 0; j < 20; j++) m.data[i * 20 + j]! += 6 * direction[j]!
    const found = await pursueGroups(engine, m, { most: 5 })
    const best = Math.max(...Array.from({ length: found.rows }, (_, r) => dot(row(found, r), direction)))
    expect(best).toBeGreaterThan(0.9)
  })

  it('counts those that go on for others: the direction of the larger group comes first', async () => {
    const m = normals(900, 20, 9)
    const [larger, smaller] = [row(orthonormalRows(normals(2, 20, 10)), 0), row(orthonormalRows(normals(2, 20, 10)), 1)]
    for (let i = 0; i < 60; i++) {
      const direction = i < 40 ? larger : smaller
      for (let j = 0; j < 20; j++) m.data[i * 20 + j]! += 6 * direction[j]!
    }
    const found = await pursueGroups(engine, m, { most: 5 })
    expect(dot(row(found, 0), larger)).toBeGreaterThan(0.9)
    const best = Math.max(...Array.from({ length: found.rows }, (_, r) => dot(row(found, r), smaller)))
    expect(best).toBeGreaterThan(0.9)
  })

  it('points nowhere where no two records pull the same way', async () => {
    const alone = matrix(12, 12)
    for (let i = 0; i < 12; i++) alone.data[i * 12 + i] = 6
    expect((await pursueGroups(engine, alone)).rows).toBe(0)
  })
})
