import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { stripedPhotographs, WAYS_OF_STRIPES } from '#test/support/datasets/striped-photographs.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { type Matrix, matrix, row } from '../numeric/matrix.ts'
import { groupBy } from './build-input.ts'
import { createView } from './create-view.ts'
import type { Reference } from './samples.ts'

const engine = await createEngine()

/** Images from the `first` on. */
function windowOf(n: number, seed: number, first = 0) {
  const named = Array.from({ length: n }, (_, i) => WAYS_OF_STRIPES[(first + i) % 4]!)
  const { pixels, ...drawn } = stripedPhotographs(first + n, seed)
  const samples = { ...drawn, pixels: matrix(n, pixels.cols, pixels.data.slice(first * pixels.cols)) }
  return { n, seed, samples, labels: groupBy(named)!, contributors: null }
}

/** The share of records whose likeliest label is theirs. */
function rightOf(probabilities: Matrix, of: Int32Array): number {
  let right = 0
  for (let i = 0; i < of.length; i++) {
    const own = row(probabilities, i)
    right += Number(Math.max(...own) === own[of[i]!])
  }
  return right / of.length
}

it('has predictors learn what photographs show, which pixels hardly tell', async () => {
  const input = windowOf(800, 5)
  const view = createView(input, engine)
  const { outOfFold, activations } = await view.probe()
  expect(rightOf(outOfFold, input.labels.of)).toBeGreaterThan(0.65)
  expect(activations.rows).toBe(800)
})

it('has them learn from pixels where these tell more, as of grainy images that lie alike', async () => {
  const random = seededRandom(9, 'alike')
  const pixels = matrix(400, 24 * 24)
  const drawn = WAYS_OF_STRIPES.map(() => random.normals(pixels.cols))
  for (let at = 0; at < pixels.data.length; at++) {
    const label = Math.floor(at / pixels.cols) % 4
    pixels.data[at] = 0.5 + 0.02 * drawn[label]![at % pixels.cols]! + 0.08 * random.normal()
  }
  const { labels, contributors } = windowOf(400, 9)
  const samples = { kind: 'image', height: 24, width: 24, channels: 1, pixels } as const
  const { outOfFold } = await createView({ n: 400, seed: 9, samples, labels, contributors }, engine).probe()
  expect(rightOf(outOfFold, labels.of)).toBeGreaterThan(0.9)
})

it('has photographs of other windows teach as well, in the same axes', async () => {
  const input = windowOf(80, 6)
  const reference: Reference = windowOf(600, 7, 2)
  const [alone, taught] = [createView(input, engine), createView({ ...input, reference }, engine)]
  const right = async (view: typeof alone) => rightOf((await view.probe()).outOfFold, input.labels.of)
  expect(await right(taught)).toBeGreaterThan(0.6)
  expect(await right(taught)).toBeGreaterThan((await right(alone)) + 0.1)
})
