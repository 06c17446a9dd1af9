import { expect, it } from 'vitest'
import { drawWindow } from '#cli/demo/pool.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { averagedDown } from '../../features/averaged.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { ResidualisedLift } from '../lift/residualised-lift.ts'
import { CrossClassSpectrum } from './cross-class-spectrum.ts'

const engine = await createEngine()
const N = 1500

/** Digits of 7 × 7 whole numbers from 0 to 16, as vectors. */
function digits(seed: number) {
  const { samples, labels } = drawWindow(loadDataset('mnist'), N, seed)
  if (samples.kind !== 'image') throw new TypeError('digits are images')
  const small = averagedDown(samples, 49)
  const most = small.data.reduce((top, value) => Math.max(top, value), 0)
  const vectors = { ...small, data: small.data.map((value) => Math.round((16 * value) / most)) }
  return createView({ n: N, seed, samples: { kind: 'vector', vectors }, labels, contributors: null }, engine)
}

it.each([20, 24, 25])('takes ones that slant for a natural part of their label, draw %i', async (seed) => {
  const { groups } = await new CrossClassSpectrum().score(digits(seed))
  expect(groups).toEqual([])
})

it.each([22, 27])('takes two edges that ones leave blank for what their label looks like, draw %i', async (seed) => {
  const { groups } = await new ResidualisedLift().score(digits(seed))
  expect(groups).toEqual([])
})
