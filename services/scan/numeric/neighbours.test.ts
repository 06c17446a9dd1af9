import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from './matrix.ts'
import { apart } from './apart.ts'
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

/** Four labels about centres that far apart, of which one record in fifty bears another; some records are copies of others. */
function labelled(scale: number) {
  const random = seededRandom(scale, 'labelled')
  const [n, d] = [2600, 12]
  const centres = Float32Array.from({ length: 4 * d }, () => scale * random.normal())
  const labels = Int32Array.from({ length: n }, (_, i) => i % 4)
  const x = matrix(n, d)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < d; j++) x.data[i * d + j] = centres[labels[i]! * d + j]! + random.normal()
  }
  for (let i = 0; i < 300; i++) x.data.copyWithin(random.below(n) * d, (i % 3) * d, ((i % 3) + 1) * d)
  for (let i = 0; i < n; i += 50) labels[i] = random.below(5) - 1
  return { x, labels }
}

describe('neighbours among sets that lie apart', () => {
  it.each([6, 2])('are the same as without sets (centres %d apart)', (scale) => {
    const { x, labels } = labelled(scale)
    const sets = apart(x, labels, 256)!
    expect(sets.gap(0, sets.tiles.length - 1)).toBeGreaterThan(0)
    const [found, expected] = [nearestNeighbours(x, 60, x, { labels }), nearestNeighbours(x, 60)]
    expect(found.index.every((i, at) => i === expected.index[at])).toBe(true)
    expect(found.distance.every((squared, at) => squared === expected.distance[at])).toBe(true)
    expect(found.index.length).toBe(60 * x.rows)
  })

  it('no two records of two tiles are nearer than the gap between these', () => {
    const { x, labels } = labelled(3)
    const { tiles, order, gap } = apart(x, labels, 256)!
    const squared = (i: number, j: number) =>
      Array.from({ length: x.cols }, (_, c) => (x.data[i * x.cols + c]! - x.data[j * x.cols + c]!) ** 2)
    for (let b = 1; b < tiles.length; b++) {
      if (tiles[b]!.set === tiles[0]!.set) continue
      const records = ({ from, size }: { from: number; size: number }) => order.subarray(from, from + size)
      let least = Infinity
      for (const i of records(tiles[0]!))
        for (const j of records(tiles[b]!))
          least = Math.min(
            least,
            squared(i, j).reduce((sum, v) => sum + v),
          )
      expect(gap(0, b)).toBeLessThanOrEqual(least)
    }
  })

  it('are not looked for where labels lie among one another', () => {
    const { x, labels } = labelled(0.1)
    expect(apart(x, labels, 256)).toBeNull()
  })
})
