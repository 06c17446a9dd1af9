import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { approximateNeighbours } from './approximate.ts'
import { createEngine } from './create-engine.ts'
import { matrix } from './matrix.ts'
import { nearestNeighbours } from './neighbours.ts'

const engine = await createEngine()
const [N, D, K] = [6000, 8, 20]

/** Points around forty centres, the first fifty of them one and the same. */
function points(n: number) {
  const random = seededRandom(4, 'approximate neighbours test')
  const centres = Float32Array.from({ length: 40 * D }, () => 3 * random.normal())
  const x = matrix(n, D)
  for (let i = 0; i < n; i++) {
    const centre = random.below(40) * D
    for (let j = 0; j < D; j++) x.data[i * D + j] = i < 50 ? 1 : centres[centre + j]! + random.normal()
  }
  return x
}

it('finds nearly all of the nearest, at their distances, nearest first, and no record itself', async () => {
  const x = points(N)
  const [found, exact] = [await approximateNeighbours(engine, x, K, 3), nearestNeighbours(x, K)]
  expect(found.k).toBe(K)
  let hits = 0
  for (let i = 0; i < N; i++) {
    const own = [...found.index.subarray(i * K, (i + 1) * K)]
    expect(new Set(own).size).toBe(K)
    expect(own).not.toContain(i)
    const distances = found.distance.subarray(i * K, (i + 1) * K)
    expect([...distances]).toEqual([...distances].sort((a, b) => a - b))
    expect(distances[K - 1]!).toBeGreaterThanOrEqual(exact.distance[i * K + K - 1]!)
    const far = Math.hypot(...Array.from({ length: D }, (_, j) => x.data[i * D + j]! - x.data[own[0]! * D + j]!))
    expect(distances[0]).toBeCloseTo(far, 4)
    const wanted = new Set(exact.index.subarray(i * K, (i + 1) * K))
    if (i >= 50) hits += own.filter((j) => wanted.has(j)).length
  }
  expect(hits / (K * (N - 50))).toBeGreaterThan(0.9)
})

it('finds copies of one record, at distance 0', async () => {
  const { index, distance } = await approximateNeighbours(engine, points(N), K, 3)
  for (let i = 0; i < 50; i++) {
    expect([...distance.subarray(i * K, (i + 1) * K)]).toEqual(Array.from({ length: K }, () => 0))
    expect(index.subarray(i * K, (i + 1) * K).every((j) => j < 50)).toBe(true)
  }
})

it('is the same for the same seed, and exact where there is nothing to save', async () => {
  const x = points(N)
  expect(await approximateNeighbours(engine, x, K, 3)).toEqual(await approximateNeighbours(engine, x, K, 3))
  const few = points(800)
  expect(await approximateNeighbours(engine, few, K, 3)).toEqual(nearestNeighbours(few, K))
})
