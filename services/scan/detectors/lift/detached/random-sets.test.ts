import { describe, expect, it } from 'vitest'
import { beyondRandom } from './random-sets.ts'

const N = 200
const labels = { of: new Int32Array(N), names: ['a'], counts: Int32Array.of(N) }

/** The mean product of the records' values, which are by turns. */
const alike = (records: Int32Array) => {
  const sum = records.reduce((all, i) => all + (i % 2 ? 1 : -1), 0)
  return (sum ** 2 - records.length) / (records.length * (records.length - 1))
}

const records = (of: (k: number) => number) => Int32Array.from({ length: 40 }, (_, k) => of(k))

describe('records beside random ones of their label', () => {
  it('are as alike where they are any, and more where they are of one kind', () => {
    const beyond = beyondRandom(labels, 1, alike)
    expect(
      Math.abs(
        beyond(
          records((k) => 3 * k),
          0,
        ),
      ),
    ).toBeLessThan(2)
    expect(
      beyond(
        records((k) => 4 * k),
        0,
      ),
    ).toBeGreaterThan(5)
  })

  it('are alike where the label has none to draw', () => {
    const beyond = beyondRandom(labels, 1, alike, () => true)
    expect(
      beyond(
        records((k) => 3 * k),
        0,
      ),
    ).toBe(1e6)
  })
})
