import { fc, test } from '#test/support/property.ts'
import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { type Matrix, matrix } from './matrix.ts'
import { type Sparse, sparseTimes, turned } from './sparse.ts'

/** A sparse matrix of which about one element in four is there, and the same in full. */
function randomSparse(n: number, cols: number, seed: number): { sparse: Sparse; dense: Matrix } {
  const random = seededRandom(seed)
  const dense = matrix(n, cols)
  const [columns, values, offsets]: [number[], number[], number[]] = [[], [], [0]]
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < cols; j++) {
      if (random.next() > 0.25) continue
      columns.push(j)
      values.push(random.normal())
      dense.data[i * cols + j] = values.at(-1)!
    }
    offsets.push(columns.length)
  }
  const sparse = { n, cols, offsets: Int32Array.from(offsets), columns: Int32Array.from(columns) }
  return { sparse: { ...sparse, values: Float32Array.from(values) }, dense }
}

const normals = (rows: number, cols: number, seed: number) => {
  const random = seededRandom(seed)
  return matrix(
    rows,
    cols,
    Float32Array.from({ length: rows * cols }, () => random.normal()),
  )
}

describe('products of a sparse matrix', () => {
  const size = fc.integer({ min: 1, max: 40 })

  test.prop([size, size, fc.integer({ min: 1, max: 75 }), fc.nat()], { numRuns: 40 })(
    'are those of the definition',
    (n, cols, k, seed) => {
      const { sparse, dense } = randomSparse(n, cols, seed)
      const [right, left] = [normals(cols, k, seed + 1), normals(n, k, seed + 2)]
      const times = sparseTimes(sparse, right)
      const transposed = sparseTimes(turned(sparse), left)
      expect([times.rows, times.cols, transposed.rows, transposed.cols]).toEqual([n, k, cols, k])
      for (let c = 0; c < k; c++) {
        for (let i = 0; i < n; i++) {
          let sum = 0
          for (let j = 0; j < cols; j++) sum += dense.data[i * cols + j]! * right.data[j * k + c]!
          expect(times.data[i * k + c]).toBeCloseTo(sum, 4)
        }
        for (let j = 0; j < cols; j++) {
          let sum = 0
          for (let i = 0; i < n; i++) sum += dense.data[i * cols + j]! * left.data[i * k + c]!
          expect(transposed.data[j * k + c]).toBeCloseTo(sum, 4)
        }
      }
    },
  )

  it('are the same over more entries than are handed over at a time', () => {
    const [n, cols] = [3, 800_000]
    const entries = n * cols
    const offsets = Int32Array.from({ length: n + 1 }, (_, i) => i * cols)
    const columns = Int32Array.from({ length: entries }, (_, at) => at % cols)
    const values = Float32Array.from({ length: entries }, (_, at) => (at % cols === 5 ? 2 : 0))
    const table = matrix(cols, 1)
    table.data[5] = 3
    expect([...sparseTimes({ n, cols, offsets, columns, values }, table).data]).toEqual([6, 6, 6])
  })

  it('agree with those of the transpose', () => {
    const { sparse } = randomSparse(2500, 7, 3)
    const [right, left] = [normals(7, 3, 4), normals(2500, 3, 5)]
    const times = sparseTimes(sparse, right)
    const transposed = sparseTimes(turned(sparse), left)
    // ⟨left, s · right⟩ = ⟨sᵀ · left, right⟩
    const inner = (a: Float32Array, b: Float32Array) => a.reduce((sum, value, at) => sum + value * b[at]!, 0)
    expect(inner(left.data, times.data)).toBeCloseTo(inner(transposed.data, right.data), 2)
    expect(inner(left.data, times.data)).not.toBe(0)
  })
})
