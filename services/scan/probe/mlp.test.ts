import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { softmaxRows } from '../numeric/sweeps.ts'
import { Mlp, type MlpOptions } from './mlp.ts'

const OPTIONS: MlpOptions = { hidden: [16, 8], classes: 2, epochs: 30, batch: 32, learningRate: 1e-2, seed: 3 }
const N = 240
const random = seededRandom(8)
const x = matrix(
  N,
  2,
  Float32Array.from({ length: 2 * N }, () => random.normal()),
)
/** Opposite quadrants alike: not linearly separable. */
const labels = Int32Array.from({ length: N }, (_, i) => Number(x.data[2 * i]! * x.data[2 * i + 1]! > 0))
const all = Int32Array.from(labels.keys())

describe('the perceptron', () => {
  it('learns what no line separates', async () => {
    const engine = await createEngine()
    const network = await Mlp.train(x, labels, all, OPTIONS)
    const { activations, logits } = await network.outputs(engine, x)
    expect([activations.cols, logits.cols]).toEqual([8, 2])
    expect(Math.min(...activations.data)).toBe(0)
    const probabilities = softmaxRows(logits)
    const right = all.filter((i) => probabilities.data[2 * i + labels[i]!]! > 0.5)
    expect(right.length).toBeGreaterThan(0.95 * N)
  })

  it('comes out the same from the same seed, another from another', async () => {
    const engine = await createEngine()
    const logitsOf = async (seed: number) => {
      const network = await Mlp.train(x, labels, all, { ...OPTIONS, epochs: 2, seed })
      return (await network.outputs(engine, x)).logits.data
    }
    expect(await logitsOf(1)).toEqual(await logitsOf(1))
    expect(await logitsOf(1)).not.toEqual(await logitsOf(2))
  })

  it('comes out the same in memory that another network has left', async () => {
    const engine = await createEngine()
    const logitsOf = async (seed: number) => {
      const network = await Mlp.train(x, labels, all, { ...OPTIONS, epochs: 2, seed })
      const { logits } = await network.outputs(engine, x)
      network.release()
      return logits.data
    }
    const first = await logitsOf(1)
    await logitsOf(2)
    expect(await logitsOf(1)).toEqual(first)
  })

  it('does not learn from records that it is not given', async () => {
    const engine = await createEngine()
    const some = all.subarray(0, 100)
    const logitsOf = async (of: Int32Array) => {
      const network = await Mlp.train(x, of, some, { ...OPTIONS, epochs: 2 })
      return (await network.outputs(engine, x)).logits.data
    }
    const scrambled = labels.map((label, i) => (i < 100 ? label : 1 - label))
    expect(await logitsOf(scrambled)).toEqual(await logitsOf(labels))
  })

  it('ends with the epoch after which it has learnt, as training of so many epochs would', async () => {
    const epochsOf = async (learnt: number) => {
      let last = -1
      await Mlp.train(x, labels, all, { ...OPTIONS, learnt }, (epoch) => (last = epoch))
      return last + 1
    }
    expect(await epochsOf(0)).toBe(30)
    const sooner = await epochsOf(0.3)
    expect(sooner).toBeGreaterThan(1)
    expect(sooner).toBeLessThan(30)
    const engine = await createEngine()
    const logitsOf = async (options: Partial<MlpOptions>) => {
      const network = await Mlp.train(x, labels, all, { ...OPTIONS, ...options })
      return (await network.outputs(engine, x)).logits.data
    }
    expect(await logitsOf({ learnt: 0.3 })).toEqual(await logitsOf({ epochs: sooner }))
  })
})
