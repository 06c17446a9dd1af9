import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from './matrix.ts'
import { nearestNeighbours } from './neighbours.ts'

function points(n: number, d: number, seed: number) {
  const random = seededRandom(seed)
  return matrix(
    n,
    d,
    Float32Array.from({ length: n * d }, () => random.below(5)),
  )
}

describe('nearest neighbours', () => {
  // Beside three columns of numbers, rows may have a block in which one level of many is set: they are mostly zeros then.
  const levels = fc.constantFrom(0, 25)
  test.prop([fc.integer({ min: 1, max: 700 }), fc.integer({ min: 1, max: 20 }), levels, fc.integer()], { numRuns: 30 })(
    'are those of the definition, ties by index',
    (n, k, levels, seed) => {
      const d = 3 + levels
      const x = matrix(n, d)
      const numbers = points(n, 3, seed)
      for (let i = 0; i < n; i++) {
        for (let c = 0; c < 3; c++) x.data[i * d + c] = numbers.data[i * 3 + c]!
        if (levels > 0) x.data[i * d + 3 + (i % levels)] = 2
      }
      const found = nearestNeighbours(x, k)
      expect(found.k).toBe(Math.min(k, n - 1))
      for (let i = 0; i < n; i += 37) {
        const all = Array.from({ length: n }, (_, j) => {
          let squared = 0
          for (let c = 0; c < d; c++) squared += (x.data[i * d + c]! - x.data[j * d + c]!) ** 2
          return { j, squared }
        })
        const wanted = all.filter(({ j }) => j !== i).sort((a, b) => a.squared - b.squared || a.j - b.j)
        const nearest = wanted.slice(0, found.k)
        expect([...found.index.subarray(i * found.k, (i + 1) * found.k)]).toEqual(nearest.map(({ j }) => j))
        const distances = [...found.distance.subarray(i * found.k, (i + 1) * found.k)]
        expect(distances).toEqual(nearest.map(({ squared }) => Math.fround(Math.sqrt(squared))))
      }
    },
  )

  it('puts exact copies far from the origin at distance 0', () => {
    const x = matrix(3, 2, Float32Array.of(1000.1, 999.3, 1000.1, 999.3, 1001, 999))
    const found = nearestNeighbours(x, 1)
    expect([...found.index]).toEqual([1, 0, 0])
    expect(found.distance[0]).toBe(0)
  })

  it('searches another set without leaving anything out', () => {
    const base = points(50, 3, 1)
    const query = matrix(2, 3, base.data.slice(0, 6))
    const found = nearestNeighbours(query, 1, base)
    expect(found.distance).toEqual(Float32Array.of(0, 0))
  })

  it('of more points than are searched for at a time are those of each alone', () => {
    const base = points(300, 3, 1)
    const query = points(5000, 3, 2)
    const found = nearestNeighbours(query, 2, base)
    for (const i of [0, 255, 256, 4095, 4096, 4999]) {
      const alone = nearestNeighbours(matrix(1, 3, query.data.slice(3 * i, 3 * i + 3)), 2, base)
      expect(found.index.slice(2 * i, 2 * i + 2)).toEqual(alone.index)
      expect(found.distance.slice(2 * i, 2 * i + 2)).toEqual(alone.distance)
    }
  })

  it('of a single record are none', () => {
    expect(nearestNeighbours(matrix(1, 4), 10).k).toBe(0)
  })
})
