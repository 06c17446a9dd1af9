import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { calibrateRelative, isotonic } from './calibrate.ts'
import { ownTail } from './tail.ts'

const random = seededRandom(7, 'tail test')
const exponential = (n: number) => Float64Array.from({ length: n }, () => -Math.log(1 - random.next()))

describe('ownTail', () => {
  it('extends the bulk of an exponential sample to far beyond it', () => {
    const { surprise } = ownTail(exponential(8000), 0)
    for (const x of [1, 3, 8]) expect(surprise(x)).toBeCloseTo(x, -0.5)
  })

  it('rises strictly with the score, beyond the end point of a short tail too', () => {
    const { surprise } = ownTail(Float64Array.from({ length: 4000 }, () => random.next()))
    const at = [0.7, 0.9, 1, 1.2, 2, 5, 50].map(surprise)
    for (let k = 1; k < at.length; k++) expect(at[k]).toBeGreaterThan(at[k - 1]!)
  })

  it('is not led astray by five per cent that stand far apart', () => {
    const scores = exponential(6000)
    const clean = ownTail(scores, 0).surprise(6)
    scores.fill(30, 0, 300)
    expect(ownTail(scores, 0).surprise(6)).toBeGreaterThan(0.6 * clean)
  })
})

describe('calibrateRelative', () => {
  it('suspects nobody in a sample whose tail goes on as it began', () => {
    const scores = exponential(10_000)
    const { logOdds, share } = calibrateRelative(scores, ownTail(scores))
    expect(logOdds.filter((l) => l > 0).length).toBeLessThanOrEqual(2)
    expect(share).toBeLessThan(0.005)
  })

  it('suspects those who stand apart, and them alone', () => {
    const scores = exponential(10_000)
    for (let i = 0; i < 100; i++) scores[i] = 14 + 3 * random.next()
    const { logOdds } = calibrateRelative(scores, ownTail(scores))
    expect(logOdds.subarray(0, 100).filter((l) => l > 0).length).toBe(100)
    expect(logOdds.subarray(100).filter((l) => l > 0).length).toBeLessThanOrEqual(5)
  })

  it('ranks as the raw score does', () => {
    const scores = exponential(2000)
    scores.fill(20, 0, 10)
    const { logOdds } = calibrateRelative(scores, ownTail(scores))
    const order = [...scores.keys()].sort((a, b) => scores[a]! - scores[b]!)
    for (let k = 1; k < order.length; k++) expect(logOdds[order[k]!]).toBeGreaterThanOrEqual(logOdds[order[k - 1]!]!)
  })
})

it('pools adjacent violators into weighted means', () => {
  expect([...isotonic(Float64Array.of(1, 3, 1, 4), Float64Array.of(1, 1, 3, 1))]).toEqual([1, 1.5, 1.5, 4])
})
