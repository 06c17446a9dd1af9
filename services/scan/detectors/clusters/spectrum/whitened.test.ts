import { describe, expect, it } from 'vitest'
import { createEngine } from '../../../numeric/create-engine.ts'
import { matrix } from '../../../numeric/matrix.ts'
import { varyingWithinClasses } from './whitened.ts'

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
    expect([...within.centred.data]).toEqual([-1, 0, 1, 0, -2, -1, 2, 1])
    expect([...within.scatter.data]).toEqual([10, 4, 4, 2])
  })
})
