import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { centredRows } from '../../../numeric/centred.ts'
import { matrix } from '../../../numeric/matrix.ts'
import { varyingWithinClasses, whiten } from './whitened.ts'

describe('what varies of features within classes', () => {
  const features = matrix(4, 3, Float32Array.from([1, 5, 0, 3, 5, 0, 2, 5, 1, 6, 5, 3]))
  const labels = { of: Int32Array.from([0, 0, 1, 1]), names: ['a', 'b'], counts: Int32Array.from([2, 2]) }

  it('is computed once for the same matrix and labels, and anew for others', async () => {
    const engine = await createEngine()
    let grams = 0
    const counting = { ...engine, gram: (...of: Parameters<typeof engine.gram>) => (grams++, engine.gram(...of)) }
    const [first, second] = [
      await varyingWithinClasses(counting, features, labels),
      await varyingWithinClasses(counting, features, labels),
    ]
    expect(second).toBe(first)
    expect(grams).toBe(1)
    const others = { ...labels, of: Int32Array.from([0, 1, 0, 1]) }
    expect([...(await varyingWithinClasses(counting, features, others)).within.means]).toEqual([1.5, 0.5, 4.5, 1.5])
    expect(grams).toBe(2)
  })

  it('leaves out columns that are the same in every row, and class means', async () => {
    const { x, within } = await varyingWithinClasses(await createEngine(), features, labels)
    expect(x.cols).toBe(2)
    expect([...centredRows(within.centred, [0, 1, 2, 3]).data]).toEqual([-1, 0, 1, 0, -2, -1, 2, 1])
    expect([...within.scatter.data]).toEqual([10, 4, 4, 2])
  })

  it('comes out the same where rows stay as they are, as pixels do', async () => {
    const engine = await createEngine()
    const random = seededRandom(2)
    const pixels = matrix(
      60,
      9,
      Float32Array.from({ length: 540 }, (_, at) => (at % 9 === 4 || random.next() < 0.7 ? 0 : random.next())),
    )
    const of = Int32Array.from({ length: 60 }, (_, i) => i % 3)
    const by = { of, names: ['a', 'b', 'c'], counts: Int32Array.of(20, 20, 20) }
    const { within: written } = await varyingWithinClasses(engine, pixels, by)
    const { within: asTheyAre } = await varyingWithinClasses(engine, matrix(60, 9, pixels.data), by, true)
    expect([written.centred.less, asTheyAre.centred.less]).toEqual([null, { means: written.means, of }])
    const [one, other] = [await whiten(engine, written, 1e-5), await whiten(engine, asTheyAre, 1e-5)]
    const apart = (a: Float32Array, b: Float32Array) =>
      a.reduce((most, v, at) => Math.max(most, Math.abs(v - b[at]!)), 0)
    expect(asTheyAre.scatter.cols).toBe(8)
    expect(apart(one.rows.data, other.rows.data)).toBeLessThan(1e-4)
    expect(apart(written.scatter.data, asTheyAre.scatter.data)).toBeLessThan(1e-5)
  })
})
