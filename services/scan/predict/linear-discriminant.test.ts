import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import { linearDiscriminant } from './linear-discriminant.ts'

const N = 600

/** Two classes about (0, 0) and (2, 0), of spread 1, and three records of a third. */
function window() {
  const random = seededRandom(5, 'linear discriminant test')
  const of = Int32Array.from({ length: N }, (_, i) => (i < 3 ? 2 : i % 2))
  const x = matrix(N, 2)
  of.forEach((label, i) => x.data.set([2 * label + random.normal(), random.normal()], 2 * i))
  const counts = Int32Array.from([0, 1, 2], (c) => of.filter((label) => label === c).length)
  return { x, labels: { of, names: ['a', 'b', 'c'], counts } }
}

const all = Int32Array.from({ length: N }, (_, i) => i)

describe('linearDiscriminant', () => {
  it('gives the posterior of Gaussians of one covariance', () => {
    const { x, labels } = window()
    const posterior = linearDiscriminant(x, labels, all)!
    // ln odds of b against a are 2x − 2 where spreads are 1.
    for (const i of [10, 11, 200, 301]) {
      const expected = 1 / (1 + Math.exp(2 - 2 * x.data[2 * i]!))
      expect(Math.abs(posterior.data[3 * i + 1]! - expected)).toBeLessThan(0.1)
    }
  })

  it('never expects a class that is hardly there, and learns of nothing where records are few', () => {
    const { x, labels } = window()
    const posterior = linearDiscriminant(x, labels, all)!
    expect(posterior.data.filter((_, at) => at % 3 === 2).every((p) => p === 0)).toBe(true)
    expect(linearDiscriminant(x, labels, all.subarray(0, 2))).toBeNull()
  })

  it('hears the records it is given alone', () => {
    const { x, labels } = window()
    const half = all.filter((i) => i < 300)
    const [one, other] = [linearDiscriminant(x, labels, half)!, structuredClone(x)]
    other.data.fill(7, 2 * 300)
    const again = linearDiscriminant(other, labels, half)!
    expect(again.data.subarray(0, 900)).toEqual(one.data.subarray(0, 900))
  })
})
