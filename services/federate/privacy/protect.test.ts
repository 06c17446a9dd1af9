import { test as property, fc } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { castRound, playRound } from '#test/federate/support/rehearse.ts'
import { seededBytes } from '../secure/primitives.ts'
import { clipUpdate, nextBound, noiseBesideCount, noiseWithCount, normOf } from './clip.ts'
import { bitsOf, discreteGaussian } from './discrete-gaussian.ts'
import { noiseFor, noiseMultiplier } from './protect.ts'

describe('clipping', () => {
  property.prop([fc.array(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), { minLength: 1 })])(
    'leaves nothing longer than the bound',
    (update) => {
      const { update: kept, norm, clipped } = clipUpdate(update, 1)
      expect(normOf(kept)).toBeLessThanOrEqual(1 + 1e-12)
      expect(clipped).toBe(norm > 1)
      if (!clipped) expect([...kept]).toEqual(update.map((value) => value * 1))
    },
  )

  test.each([[Number.NaN], [Infinity], [-Infinity]])('is not switched off by %s', (value) => {
    expect(() => clipUpdate([1e9, value, 1e9], 1)).toThrow(expect.objectContaining({ reason: 'not_finite' }))
  })

  test('adapts until the quantile of updates is within the bound', () => {
    // norms uniform in 0…10: the bound that leaves 80 % whole is 8
    let bound = 0.1
    for (let round = 0; round < 200; round++)
      bound = nextBound(bound, Math.min(bound / 10, 1), { quantile: 0.8, rate: 0.2 })
    expect(bound).toBeCloseTo(8, 1)
  })

  test('is not driven away by a noised share beyond 0…1', () => {
    expect(nextBound(1, 40, { quantile: 0.5, rate: 0.2 })).toBeCloseTo(Math.exp(-0.1), 12)
  })

  test('shares its noise with the count of what is within', () => {
    expect(1 / noiseBesideCount(1, 5) ** 2 + 1 / 10 ** 2).toBeCloseTo(1, 12)
    expect(noiseWithCount(noiseBesideCount(1, 5), 5)).toBeCloseTo(1, 12)
    expect(() => noiseBesideCount(1, 0.5)).toThrow(RangeError)
  })
})

describe('the discrete Gaussian', () => {
  test.each([[1], [3], [50], [5000]])('of deviation %i has its moments', (deviation) => {
    const n = 20_000
    const bits = bitsOf(seededBytes(`gaussian ${deviation}`)(32))
    const drawn = Array.from({ length: n }, () => discreteGaussian(deviation, bits))
    const mean = drawn.reduce((sum, x) => sum + x, 0) / n
    const variance = drawn.reduce((sum, x) => sum + x * x, 0) / n
    // five standard errors
    expect(Math.abs(mean)).toBeLessThan((5 * deviation) / Math.sqrt(n))
    expect(Math.abs(variance / deviation ** 2 - 1)).toBeLessThan(5 * Math.sqrt(2 / n))
  })

  test('has the probabilities of its definition', () => {
    const n = 40_000
    const bits = bitsOf(seededBytes('probabilities')(32))
    const counts = new Map<number, number>()
    for (let i = 0; i < n; i++) {
      const x = discreteGaussian(2, bits)
      counts.set(x, (counts.get(x) ?? 0) + 1)
    }
    const weight = (x: number) => Math.exp(-(x * x) / 8)
    const total = Array.from({ length: 81 }, (_, i) => weight(i - 40)).reduce((sum, w) => sum + w, 0)
    for (let x = -5; x <= 5; x++) {
      const p = weight(x) / total
      const share = (counts.get(x) ?? 0) / n
      expect(Math.abs(share - p), `P(${x})`).toBeLessThan(5 * Math.sqrt(p / n))
    }
  })

  test('is the same for the same seed, and refuses a deviation that is no whole number', () => {
    const draw = (seed: string) => {
      const bits = bitsOf(seededBytes(seed)(32))
      return Array.from({ length: 20 }, () => discreteGaussian(100, bits))
    }
    expect(draw('a')).toEqual(draw('a'))
    expect(draw('a')).not.toEqual(draw('b'))
    expect(() => discreteGaussian(1.5, bitsOf(new Uint8Array(32)))).toThrow(RangeError)
  })
})

describe('a round with privacy', () => {
  const dimension = 2000
  const base = { clip: 1, range: 1, bits: 16, countNoise: 1 }

  test('has the noise that the accountant was told, around the clipped mean', () => {
    const drawn = castRound(5, dimension, { terms: { ...base, noise: 0.2, minimum: 4 } })
    const update = new Float64Array(dimension).fill(3)
    const { mean, saturated } = playRound(drawn, () => ({ update, weight: 1 })).result()
    const clipped = 1 / Math.sqrt(dimension)
    const errors = mean.map((value) => value - clipped)
    const deviation = Math.sqrt(errors.reduce((sum, error) => sum + error * error, 0) / dimension)
    // five shares of deviation 0.2, divided by five clients
    expect(deviation / (0.2 / Math.sqrt(5))).toBeGreaterThan(0.92)
    expect(deviation / (0.2 / Math.sqrt(5))).toBeLessThan(1.08)
    expect(saturated).toBe(0)
    const { terms } = drawn
    expect(noiseMultiplier(terms)).toBeLessThan(0.4)
    expect(noiseFor(noiseMultiplier(terms), terms)).toBeCloseTo(0.2, 12)
  })

  test('counts clipped updates: exactly without noise, with noise only where the terms put some on the count', () => {
    const sum = (terms: object) => {
      const cast = castRound(4, 3, { terms: { ...base, ...terms } })
      return playRound(cast, (name) => ({ update: [name === 'client-0001' ? 0.1 : 5, 0, 0], weight: 1 })).result()
    }
    expect(sum({ noise: 0, countNoise: 0 }).clipped).toBe(3)
    expect(sum({ noise: 0.1, countNoise: 0 }).clipped).toBeNull()
    expect(Math.abs(sum({ noise: 0.1 }).clipped! - 3)).toBeLessThan(12)
    expect(sum({ noise: 0, countNoise: 0, clip: 0 }).clipped).toBeNull()
  })
})
