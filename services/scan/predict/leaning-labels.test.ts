import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import type { Samples } from '../view/samples.ts'
import { estimateLabelNoise } from './label-noise.ts'
import { leadingLabels, liftOf } from './leaning-labels.ts'

const K = 6
const N = 2400

/** Images of K kinds, of which predictors are sure but for a few; so many labels, by their place, are another one. */
function noiseOf(struck: number, labelOf: (at: number) => number, kind: Samples['kind'] = 'image', n = N) {
  const random = seededRandom(8, 'leaning labels')
  const expected = matrix(n, K)
  const of = Int32Array.from({ length: n }, (_, i) => i % K)
  of.forEach((own, i) => {
    const doubt = 0.001 + 0.05 * random.next() ** 3
    expected.data.fill(doubt / (K - 1), i * K, (i + 1) * K)
    expected.data[i * K + own] = 1 - doubt
  })
  // A place that is no multiple of K: records of all kinds are struck.
  for (let at = 0; at < struck; at++) of[7 * at] = labelOf(at)
  const names = Array.from({ length: K }, (_, label) => `kind ${label}`)
  const counts = Int32Array.from(names, (_, label) => of.filter((own) => own === label).length)
  return estimateLabelNoise(expected, expected, { of, names, counts }, kind)
}

describe('leadingLabels', () => {
  const alike = (labels: number) => new Int32Array(labels).fill(400)

  it('are those that have far more of the wrong labels than others, and surely', () => {
    expect(leadingLabels(Float64Array.of(1, 35, 2, 0.5, 1), alike(5))).toEqual(Uint8Array.of(0, 1, 0, 0, 0))
    expect(leadingLabels(Float64Array.of(3, 40, 30, 1, 2, 0, 1, 2), alike(8))).toEqual(
      Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0),
    )
  })

  it('are not hidden by a label that has far more than they', () => {
    expect(leadingLabels(Float64Array.of(1, 400, 2, 40, 1, 0, 2, 1), alike(8))).toEqual(
      Uint8Array.of(0, 1, 0, 1, 0, 0, 0, 0),
    )
  })

  it('are no rare ones, which predictors have hardly seen', () => {
    const counts = Int32Array.of(400, 400, 15, 400, 400)
    expect(leadingLabels(Float64Array.of(1, 0, 13, 1, 0), counts)).toBeNull()
    expect(leadingLabels(Float64Array.of(1, 40, 13, 1, 0), counts)).toEqual(Uint8Array.of(0, 1, 0, 0, 0))
  })

  it('are none where labels are replaced at random, nor of a handful', () => {
    expect(leadingLabels(Float64Array.of(12, 19, 15, 20, 17, 15, 20, 31, 25, 26), alike(10))).toBeNull()
    expect(leadingLabels(Float64Array.of(0.1, 2, 0, 0.2, 0), alike(5))).toBeNull()
  })
})

describe('liftOf', () => {
  it('tells only those that lead apart, and leaves the mean of all at one', () => {
    const lift = liftOf(Float64Array.of(40, 2, 0, 1, 1), Uint8Array.of(1, 0, 0, 0, 0), 5)
    expect(lift[0]).toBeGreaterThan(3)
    expect(new Set(lift.subarray(1)).size).toBe(1)
    expect(lift[1]).toBeLessThan(0.5)
    expect(lift.reduce((sum, value) => sum + value, 0)).toBeCloseTo(5)
  })
})

describe('estimateLabelNoise', () => {
  it('leans to the label that a trigger gives to records of all others', () => {
    const { leanings } = noiseOf(40, () => 3)
    expect(leanings[3]).toBeGreaterThan(1)
    expect([...leanings].filter((nats, label) => label !== 3 && nats < -0.5)).toHaveLength(K - 1)
  })

  it('leans to none where labels are replaced at random, or where none is', () => {
    expect([...noiseOf(60, (at) => (at + 1 + (at % 4)) % K).leanings].every((nats) => nats === 0)).toBe(true)
    expect([...noiseOf(0, () => 0).leanings].every((nats) => nats === 0)).toBe(true)
  })

  it('leans to none in rows, in texts and in few records, where one label is often mistaken by nature', () => {
    for (const leanings of [
      noiseOf(40, () => 3, 'table').leanings,
      noiseOf(40, () => 3, 'text').leanings,
      noiseOf(40, () => 3, 'image', 1200).leanings,
    ])
      expect([...leanings].every((nats) => nats === 0)).toBe(true)
  })
})
