import { expect, it } from 'vitest'
import { matrix } from '../numeric/matrix.ts'
import { groupBy } from './build-input.ts'
import type { Samples } from './samples.ts'
import { withReference } from './with-reference.ts'

const labelled = (samples: Samples, names: readonly (string | null)[]) => ({ samples, labels: groupBy(names)! })

it('puts rows behind rows, with codes of all levels, and knows labels by their names', () => {
  const table = (values: number[], levels: string[], codes: number[]): Samples => ({
    kind: 'table',
    columns: [
      { name: 'x', type: 'number', values: Float64Array.from(values) },
      { name: 'colour', type: 'category', levels, codes: Int32Array.from(codes) },
    ],
  })
  const window = labelled(table([1, 2, 3], ['blue', 'red'], [1, 0, -1]), ['b', 'a', null])
  const others = labelled(table([4, 5], ['green', 'red'], [0, 1]), ['c', 'b'])
  const { samples, labels } = withReference(window.samples, window.labels, others)
  // nobody in the window has the label c
  expect([...labels]).toEqual([1, 0, -1, -1, 1])
  expect(samples).toEqual({
    kind: 'table',
    columns: [
      { name: 'x', type: 'number', values: Float64Array.of(1, 2, 3, 4, 5) },
      { name: 'colour', type: 'category', levels: ['blue', 'green', 'red'], codes: Int32Array.of(2, 0, -1, 1, 2) },
    ],
  })
})

it('puts images behind images, and vectors behind vectors', () => {
  const pixels = (data: number[]): Samples => ({
    kind: 'image',
    height: 1,
    width: 2,
    channels: 1,
    pixels: matrix(data.length / 2, 2, Float32Array.from(data)),
  })
  const window = labelled(pixels([0, 1]), ['a'])
  const { samples } = withReference(window.samples, window.labels, labelled(pixels([0.5, 0.25]), ['a']))
  expect(samples).toMatchObject({ kind: 'image', pixels: { rows: 2, data: Float32Array.of(0, 1, 0.5, 0.25) } })
  const vectors = (data: number[]): Samples => ({ kind: 'vector', vectors: matrix(1, 2, Float32Array.from(data)) })
  const joined = withReference(vectors([1, 2]), window.labels, labelled(vectors([3, 4]), ['a']))
  expect(joined.samples).toMatchObject({ kind: 'vector', vectors: { rows: 2, data: Float32Array.of(1, 2, 3, 4) } })
})

it('refuses records of another kind', () => {
  const window = labelled({ kind: 'text', texts: ['a'] }, ['a'])
  const others = labelled({ kind: 'table', columns: [] }, ['a'])
  expect(() => withReference(window.samples, window.labels, others)).toThrow('text')
})
