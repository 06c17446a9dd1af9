import { expect, it } from 'vitest'
import { drawWindow } from '#cli/demo/pool.ts'
import { type Random, seededRandom } from '#core/random.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { averagedDown } from '../../features/averaged.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { ResidualisedLift } from '../lift/residualised-lift.ts'
import { CrossClassSpectrum } from './cross-class-spectrum.ts'

const engine = await createEngine()
const N = 1500

/** Digits of 7 × 7 whole numbers from 0 to 16, as vectors, or with `fractions` of their own. */
function digits(seed: number, fractions = 0) {
  const { samples, labels } = drawWindow(loadDataset('mnist'), N, seed)
  if (samples.kind !== 'image') throw new TypeError('digits are images')
  const small = averagedDown(samples, 49)
  const most = small.data.reduce((top, value) => Math.max(top, value), 0)
  const random = seededRandom(seed, 'fractions')
  const data = small.data.map((value) => Math.round((16 * value) / most) + fractions * random.next())
  const vectors = { ...small, data }
  return createView({ n: N, seed, samples: { kind: 'vector', vectors }, labels, contributors: null }, engine)
}

it.each([20, 24, 25])('takes ones that slant for a natural part of their label, draw %i', async (seed) => {
  for (const fractions of [0, 0.5]) {
    const { groups } = await new CrossClassSpectrum().score(digits(seed, fractions))
    expect(groups).toEqual([])
  }
})

it.each([
  ['in a few coordinates', 4, 2, (random: Random) => random.normal()],
  ['where these are flags', 40, 2, (random: Random) => random.below(2)],
  ['of more labels than a quarter of the coordinates', 40, 12, (random: Random) => random.normal()],
])('looks for no group of embeddings %s', async (_, coordinates, kinds, draw) => {
  const random = seededRandom(1, 'coordinates')
  const vectors = matrix(N, coordinates)
  const labels = groupBy(Array.from({ length: N }, () => `label ${random.below(kinds)}`))
  for (let at = 0; at < vectors.data.length; at++) vectors.data[at] = draw(random)
  const input = { n: N, seed: 1, samples: { kind: 'vector' as const, vectors }, labels, contributors: null }
  const { groups } = await new CrossClassSpectrum().score(createView(input, engine))
  expect(groups).toEqual([])
})

it.each([22, 27])('takes two edges that ones leave blank for what their label looks like, draw %i', async (seed) => {
  const { groups } = await new ResidualisedLift().score(digits(seed))
  expect(groups).toEqual([])
})
