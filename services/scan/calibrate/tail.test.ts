import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { tailSurprise } from './tail.ts'

const random = seededRandom(5, 'tail test')
const drawn = (of: () => number, n = 6000) => Float64Array.from({ length: n }, of)
const exponential = () => -Math.log(1 - random.next())

describe('tailSurprise', () => {
  const LAWS = [
    ['an exponential tail', exponential, (p: number) => -Math.log(p)],
    ['a tail that ends', () => 1 - random.next() ** 0.5, (p: number) => 1 - p ** 0.5],
    ['a long tail', () => Math.exp(exponential() / 4), (p: number) => p ** -0.25],
  ] as const
  it.each(LAWS)('tells how rare scores of %s are', (_, draw, quantile) => {
    const surprise = tailSurprise(drawn(draw), 0.02)
    for (const p of [0.3, 0.1, 0.03, 0.003]) expect(surprise(quantile(p))).toBeCloseTo(-Math.log(p), -0.3)
  })

  it('is not led astray by what was planted beyond it', () => {
    const scores = drawn(exponential)
    scores.fill(12, 0, 100)
    // By rank, a hundred of six thousand are no surprise.
    expect(tailSurprise(scores, 0.02)(12)).toBeGreaterThan(Math.log(60) + 1)
  })

  it('never falls with the score, and is by rank where there are too few to tell', () => {
    for (const scores of [drawn(exponential, 400), Float64Array.of(1, 2, 3, 4), new Float64Array(50)]) {
      const surprise = tailSurprise(scores, 0.05)
      let last = -Infinity
      for (let x = -1; x < 20; x += 0.1) {
        expect(surprise(x)).toBeGreaterThanOrEqual(last - 1e-9)
        last = surprise(x)
      }
    }
    expect(tailSurprise(Float64Array.of(1, 2, 3, 4), 0.05)(4)).toBeCloseTo(Math.log(4))
  })
})
