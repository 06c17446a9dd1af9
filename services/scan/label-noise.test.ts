import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from './build-input.ts'
import { estimateLabelNoise } from './label-noise.ts'
import { matrix } from './numeric/matrix.ts'

const K = 5

/** Records whose labels are drawn from `sharpened` versions of what the predictor says of them. */
function window(n: number, seed: number) {
  const random = seededRandom(seed, 'label noise test')
  const expected = matrix(n, K)
  const truth = new Int32Array(n)
  for (let i = 0; i < n; i++) {
    const logits = Array.from({ length: K }, () => 1.5 * random.normal())
    logits[random.below(K)]! += 6
    const total = logits.reduce((sum, l) => sum + Math.exp(l), 0)
    let draw = random.next()
    truth[i] = K - 1
    for (let c = 0; c < K; c++) {
      const p = Math.exp(logits[c]!) / total
      expected.data[i * K + c] = p
      draw -= p
      if (draw < 0 && truth[i] === K - 1) {
        truth[i] = c
        draw = Infinity
      }
    }
  }
  return { expected, truth, random }
}
const grouping = (of: Int32Array) => groupBy([...of].map(String)) ?? { of, names: [], counts: of }

describe('estimateLabelNoise', () => {
  it('takes ambiguity that the predictor shows for no noise', () => {
    const { expected, truth } = window(6000, 1)
    const noise = estimateLabelNoise(expected, grouping(truth))
    expect(noise.rate).toBeLessThan(0.003)
    expect(noise.temperature).toBeCloseTo(1, 0)
    expect(noise.logOdds.filter((l) => l > 0).length).toBeLessThan(12)
  })

  it('finds the rate of random flips and most of the flips', () => {
    const { expected, truth, random } = window(6000, 2)
    for (let i = 0; i < 180; i++) truth[i] = (truth[i]! + 1 + random.below(K - 1)) % K
    const noise = estimateLabelNoise(expected, grouping(truth))
    expect(noise.rate).toBeGreaterThan(0.02)
    expect(noise.rate).toBeLessThan(0.04)
    expect(noise.logOdds.subarray(0, 180).filter((l) => l > 0).length).toBeGreaterThan(120)
    expect(noise.logOdds.subarray(180).filter((l) => l > 0).length).toBeLessThan(40)
  })

  it('finds the class that is being pushed into another', () => {
    const { expected, truth } = window(6000, 3)
    let flipped = 0
    truth.forEach((label, i) => {
      if (label === 2 && flipped < 120) {
        truth[i] = 4
        flipped++
      }
    })
    const { pairs } = estimateLabelNoise(expected, grouping(truth))
    const found = [...pairs.keys()].filter((at) => pairs[at]! > 0)
    expect(found).toEqual([2 * K + 4])
  })

  it('knows nothing where there are no labels to compare', () => {
    const noise = estimateLabelNoise(matrix(2, 1), { of: Int32Array.of(0, -1), names: ['a'], counts: Int32Array.of(1) })
    expect([...noise.logOdds]).toEqual([-Infinity, -Infinity])
  })
})
