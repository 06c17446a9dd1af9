import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { normalScores } from './normal-scores.ts'

const N = 2000
const random = seededRandom(1, 'normal-scores')
const normals = Float64Array.from({ length: N }, () => random.normal())
const farthest = (scores: Float64Array) => Math.max(...scores.map(Math.abs))

describe('normal scores', () => {
  it('are what normal values are, and what amounts would be', () => {
    const scores = normalScores(normals)!
    scores.forEach((score, i) => {
      if (Math.abs(normals[i]!) < 1.6) expect(Math.abs(score - normals[i]!)).toBeLessThan(0.1)
    })
    const amounts = normalScores(normals.map((value) => Math.exp(2 * value)))!
    amounts.forEach((score, i) => {
      if (Math.abs(normals[i]!) < 1.6) expect(Math.abs(score - scores[i]!)).toBeLessThan(0.01)
    })
    expect(farthest(amounts)).toBeLessThan(4)
  })

  it('rise with the values', () => {
    const scores = normalScores(normals)!
    const order = [...normals.keys()].sort((a, b) => normals[a]! - normals[b]!)
    for (let at = 1; at < N; at++) expect(scores[order[at]!]!).toBeGreaterThanOrEqual(scores[order[at - 1]!]!)
  })

  it('say how far out a few values lie, and not how many lie as far', () => {
    const values = Float64Array.from(normals)
    for (let i = 0; i < 40; i++) values[i] = i % 2 ? 9 : -9
    const scores = normalScores(values)!
    for (let i = 0; i < 40; i++) expect(Math.abs(scores[i]!)).toBeGreaterThan(3.2)
    expect(farthest(scores.subarray(40))).toBeLessThan(3.2)
  })

  it('of flags and counts keep to what their steps allow', () => {
    const flags = Float64Array.from({ length: N }, (_, i) => Number(i % 50 === 0))
    expect(farthest(normalScores(flags)!)).toBeLessThan(2.6)
    flags[7] = 4
    expect(normalScores(flags)![7]).toBeGreaterThan(3)
    const counts = Float64Array.from(normals, (value) => Math.floor(Math.exp(value)))
    expect(farthest(normalScores(counts)!)).toBeLessThan(4.5)
  })

  it('are of ranks where too few values lie at an end', () => {
    const costs = Float64Array.from({ length: N }, (_, i) => (i < 9 ? 10 ** i : 0))
    expect(farthest(normalScores(costs)!)).toBeLessThan(3.6)
    for (let i = 9; i < 12; i++) costs[i] = 1
    expect(farthest(normalScores(costs)!)).toBeGreaterThan(3.6)
  })

  it('are 0 where a value is missing, and none of what has no scale', () => {
    const values = Float64Array.from(normals)
    values[3] = NaN
    expect(normalScores(values)![3]).toBe(0)
    expect(normalScores(new Float64Array(N).fill(5))).toBeNull()
    expect(normalScores(normals.subarray(0, 99))).toBeNull()
    values[4] = Number.MAX_VALUE
    values[5] = -Number.MAX_VALUE
    expect(normalScores(values)).toBeNull()
  })
})
