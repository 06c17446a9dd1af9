import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { type Matrix, matrix } from '../../../numeric/matrix.ts'
import { searchGroups, separationsByHalves } from './product-groups.ts'

const engine = await createEngine()
const [N, D] = [400, 300]
const HALVES = [Uint8Array.from({ length: N }, (_, i) => i & 1), Uint8Array.from({ length: N }, (_, i) => (i >> 1) & 1)]

/** Products of noise, of which the first `planted` records have one constant of so many deviations. */
async function products(planted: number, constant: number): Promise<Matrix> {
  const random = seededRandom(planted, 'product groups test')
  const z = matrix(N, D, random.normals(N * D))
  const direction = random.normals(D)
  const length = Math.hypot(...direction)
  for (let i = 0; i < planted; i++) {
    for (let j = 0; j < D; j++) z.data[i * D + j] = z.data[i * D + j]! + (constant * direction[j]!) / length
  }
  const found = await engine.multiplyByTransposed(z, z)
  for (let i = 0; i < N; i++) found.data[i * N + i] = 0
  return found
}

const best = async (of: Matrix, known: Uint8Array[] = []) =>
  (await searchGroups(engine, of, known)).toSorted((a, b) => b.modes.separation - a.modes.separation)[0]!

it.each([
  [16, 6],
  [150, 5],
])('finds the %i records of 400 that share a constant, which no pair of them shows', async (planted, constant) => {
  const of = await products(planted, constant)
  const group = await best(of)
  const wrong = group.member.reduce((count, m, i) => count + Number(m !== Number(i < planted)), 0)
  expect(wrong).toBeLessThan(0.1 * planted)
  expect(group.modes.separation).toBeGreaterThan(4.5)
  expect((await separationsByHalves(engine, of, [group], HALVES))[0]).toBeGreaterThan(3.5)
})

it('takes what chance put together for no group, by halves', async () => {
  const of = await products(0, 0)
  const groups = await searchGroups(engine, of, [])
  expect(groups.length).toBeGreaterThan(0)
  const separations = await separationsByHalves(engine, of, groups, HALVES)
  // The search has found it apart, as searches do.
  expect(Math.max(...groups.map(({ modes }) => modes.separation))).toBeGreaterThan(3.5)
  expect(separations.reduce((sum, s) => sum + s, 0) / separations.length).toBeLessThan(3)
})

it('starts at groups that are known as well', async () => {
  const of = await products(16, 6)
  const known = Uint8Array.from({ length: N }, (_, i) => Number(i < 12 || i === 100))
  expect((await best(of, [known])).member.slice(0, 16)).toEqual(new Uint8Array(16).fill(1))
})

it('has no separation to tell where one half has no member', async () => {
  const of = await products(16, 6)
  const member = Uint8Array.from({ length: N }, (_, i) => Number(i % 4 === 0))
  expect(await separationsByHalves(engine, of, [{ member }], [member])).toEqual([0])
})
