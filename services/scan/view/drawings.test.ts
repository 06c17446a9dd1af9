import { expect, it } from 'vitest'
import { drawWindow } from '#cli/demo/pool.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { type Matrix, row } from '../numeric/matrix.ts'
import { createView } from './create-view.ts'

const engine = await createEngine()
const { samples, labels, contributors } = drawWindow(loadDataset('mnist'), 1000, 4)
if (samples.kind !== 'image') throw new Error('digits are images')

const rightOf = (probabilities: Matrix) =>
  [...labels.of].filter((label, i) => Math.max(...row(probabilities, i)) === row(probabilities, i)[label]).length

it('has predictors learn the outlines of drawings, which tell them better than pixels do', async () => {
  const view = createView({ n: 1000, seed: 4, samples, labels, contributors }, engine)
  const { outOfFold } = await view.probe()
  // By their pixels 803 and 887.
  expect(rightOf(outOfFold)).toBeGreaterThan(900)
  expect(rightOf((await view.consensus()).probabilities)).toBeGreaterThan(930)
})
