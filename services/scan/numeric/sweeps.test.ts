import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from './matrix.ts'
import { rests, softmaxRows } from './sweeps.ts'

describe('what labels weigh', () => {
  it.each([
    [1000, 10, 1],
    [700, 2, 0.3],
    [3, 1, 1],
    [50, 7001, 2],
  ])(
    'is, of %i rows of %i logits times a factor, what exponentials in double precision add up to',
    (n, cols, factor) => {
      const random = seededRandom(4, 'sweeps')
      const logits = matrix(
        n,
        cols,
        Float32Array.from({ length: n * cols }, () => 6 * random.normal()),
      )
      const labels = Int32Array.from({ length: n }, () => random.below(cols + 1) - 1)
      const before = logits.data.slice()
      const [others, shares] = [rests(logits, labels, factor), softmaxRows(logits, factor)]
      expect(logits.data).toEqual(before)
      for (let i = 0; i < n; i++) {
        const own = Array.from(logits.data.subarray(i * cols, (i + 1) * cols), (x) => factor * x)
        const label = labels[i]!
        const sum = own.reduce((all, x, c) => (c === label ? all : all + Math.exp(x - own[label]!)), 0)
        expect(others[i]! / (label < 0 ? 1 : sum || 1)).toBeCloseTo(label < 0 || sum === 0 ? 0 : 1, 4)
        const whole = own.reduce((all, x) => all + Math.exp(x), 0)
        const apart = own.map((x, c) => Math.abs(shares.data[i * cols + c]! - Math.exp(x) / whole))
        expect(Math.max(...apart)).toBeLessThan(1e-6)
      }
    },
  )

  it('is held, and no infinity, where a label is out of the question', () => {
    const logits = matrix(1, 9, new Float32Array([0, ...Array.from({ length: 8 }, () => 1000)]))
    const [sum] = rests(logits, new Int32Array([0]), 30)
    expect(sum).toBeGreaterThan(1e30)
    expect(sum).toBeLessThan(Infinity)
    expect(softmaxRows(logits, 30).data[0]).toBeLessThan(1e-30)
  })
})
