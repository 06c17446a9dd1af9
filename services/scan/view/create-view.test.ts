import { beforeAll, describe, expect, it } from 'vitest'
import { isAppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import { flips, pictures } from '#test/conformance/detector/planted-windows.ts'
import { createView } from './create-view.ts'
import { createEngine } from '../numeric/create-engine.ts'
import type { Engine } from '../numeric/engine.ts'
import { matrix } from '../numeric/matrix.ts'

let engine: Engine
beforeAll(async () => {
  engine = await createEngine()
})

const window = pictures(300, 4, flips(0.05))
const rowSums = (m: { rows: number; cols: number; data: Float32Array }) =>
  Array.from({ length: m.rows }, (_, i) => m.data.subarray(i * m.cols, (i + 1) * m.cols).reduce((a, b) => a + b, 0))

describe('a view of a window', () => {
  it('computes nothing twice', async () => {
    const view = createView(window.input, engine)
    expect(view.neighbours()).toBe(view.neighbours())
    expect(await view.inputs()).toBe(await view.inputs())
    expect(view.probe()).toBe(view.probe())
  })

  it('has shapes as promised', async () => {
    const view = createView(window.input, engine)
    const inputs = await view.inputs()
    expect([inputs.rows, inputs.cols]).toEqual([300, 144])
    expect((await view.reduced()).cols).toBe(50)
    expect((await view.neighbours()).k).toBe(60)
    const probe = await view.probe()
    expect([probe.activations.rows, probe.activations.cols]).toEqual([300, 64])
    expect([probe.losses.rows, probe.losses.cols]).toEqual([300, 8])
    for (const m of [probe.probabilities, probe.outOfFold, (await view.expected()).probabilities]) {
      expect([m.rows, m.cols]).toEqual([300, 4])
      for (const sum of rowSums(m)) expect(sum).toBeCloseTo(1, 4)
    }
  })

  it('is the same bytes every time', async () => {
    const [one, other] = [createView(window.input, engine), createView(window.input, engine)]
    expect((await one.probe()).activations.data).toEqual((await other.probe()).activations.data)
    expect((await one.consensus()).probabilities.data).toEqual((await other.consensus()).probabilities.data)
  })

  it('learns labels, and judges flipped ones by models that did not see them', async () => {
    const view = createView(window.input, engine)
    const { probabilities, bulkLoss, priorLoss } = await view.consensus()
    expect(bulkLoss).toBeLessThan(priorLoss / 5)
    const right = [...(view.labels?.of ?? [])].filter((label, i) => {
      const believed = (probabilities.data[i * 4 + label] ?? 0) > 0.5
      return believed === (window.planted[i] === 0)
    })
    expect(right.length).toBeGreaterThan(291)
  })

  it('refuses to learn without labels', async () => {
    const view = createView({ ...window.input, labels: null }, engine)
    for (const learn of ['probe', 'expected', 'consensus'] as const) {
      await expect(view[learn]()).rejects.toSatisfy((error) => isAppError(error, 'invalid'))
    }
    expect((await view.neighbours()).k).toBe(60)
  })
})

describe('a user model', () => {
  const n = window.input.n
  const activations = matrix(
    n,
    5,
    Float32Array.from({ length: n * 5 }, (_, at) => at % 7),
  )
  const probabilities = matrix(n, 4, new Float32Array(n * 4).fill(0.25))

  it('takes the place of the probe as far as it speaks', async () => {
    const probe = await createView({ ...window.input, model: { activations, probabilities } }, engine).probe()
    expect(probe.activations).toBe(activations)
    expect(probe.losses.cols).toBe(1)
    expect(probe.losses.data[0]).toBeCloseTo(Math.log(4), 5)
    expect(probe.margin[0]).toBeCloseTo(0, 6)
    expect(probe.outOfFold.cols).toBe(4)
  })

  it('is refused where its outputs do not fit', async () => {
    const model = { probabilities: matrix(n, 3) }
    await expect(createView({ ...window.input, model }, engine).probe()).rejects.toThrow(
      "the model's outputs do not fit the window: probabilities of 300 × 3, not 300 × 4",
    )
  })
})

it('has predictors learn from more axes than distances take where vectors are wide', async () => {
  const [n, d, loud] = [1200, 700, 80]
  const random = seededRandom(6, 'wide vectors test')
  const vectors = matrix(
    n,
    d,
    random.normals(n * d).map((value) => 0.2 * value),
  )
  const of = Int32Array.from({ length: n }, (_, i) => i % 2)
  // eighty coordinates vary more than the two that tell the labels
  of.forEach((label, i) => {
    for (let j = 0; j < loud; j++) vectors.data[i * d + j] = 0.8 * random.normal()
    for (let j = loud; j < loud + 2; j++) vectors.data[i * d + j]! += label === 0 ? -0.3 : 0.3
  })
  const labels = { of, names: ['a', 'b'], counts: Int32Array.of(n / 2, n / 2) }
  const input = { n, seed: 1, samples: { kind: 'vector' as const, vectors }, labels, contributors: null }
  const view = createView(input, engine)
  expect((await view.reduced()).cols).toBe(50)
  const { probabilities } = await view.consensus()
  const right = of.filter((label, i) => probabilities.data[2 * i + label]! > 0.5)
  expect(right.length).toBeGreaterThan(0.7 * n)
})
