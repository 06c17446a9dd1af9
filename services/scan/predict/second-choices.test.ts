import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import { secondChoices } from './second-choices.ts'

const [N, K] = [3000, 10]

/**
 * Records of ten classes in turn, of which a predictor expects the labels from their own to the tenth after it, one less
 * than the other. `bears` is how many labels after its own each of the suspects bears.
 */
function labelled(suspects: readonly { readonly looks?: number; readonly bears: number }[], mistaken: number) {
  const expected = matrix(N, K)
  const looks = Array.from({ length: N }, (_, i) => suspects[i]?.looks ?? i % K)
  for (let i = 0; i < N; i++)
    for (let rank = 0; rank < K; rank++) expected.data[i * K + ((looks[i]! + rank) % K)] = 0.5 ** (rank + 1)
  const bears = (i: number) => suspects[i]?.bears ?? (i < suspects.length + mistaken ? 1 : 0)
  const labels = Int32Array.from(looks, (look, i) => (look + bears(i)) % K)
  const wrong = Float64Array.from({ length: N }, (_, i) => (i < suspects.length ? 0.9 : 0))
  const all = Int32Array.from({ length: N }, (_, i) => i)
  return secondChoices(wrong, expected, labels, all, K)
}
const random = seededRandom(7, 'second choices')
const byChance = (count: number) => Array.from({ length: count }, () => ({ bears: 1 + random.below(K - 1) }))
const hard = (count: number) => Array.from({ length: count }, (_, k) => ({ bears: 1 + (k % 2) }))

describe('secondChoices', () => {
  it('takes suspects whose labels are the second or the third choice for hard records', () => {
    const less = labelled(hard(40), 400)
    expect(less[0]).toBeGreaterThan(2)
    expect(less[1]).toBeGreaterThan(2)
  })

  it('leaves labels that were drawn at random as they are, also beside hard records', () => {
    expect(Math.max(...labelled(byChance(60), 800))).toBeLessThan(0.05)
    expect(Math.max(...labelled(byChance(12), 800))).toBeLessThan(0.05)
    const suspects = [...byChance(60), ...hard(40)]
    const less = labelled(suspects, 800)
    suspects.forEach(({ bears }, i) => {
      if (bears > 2) expect(less[i]).toBe(0)
      else expect(less[i]).toBeGreaterThan(0.3)
    })
  })

  it('takes no more for hard than a predictor that errs so seldom has', () => {
    expect(Math.max(...labelled(hard(40), 0))).toBeLessThan(0.2)
  })

  it('leaves labels of which one was replaced by another as they are', () => {
    const oneWay = Array.from({ length: 40 }, () => ({ looks: 4, bears: 1 }))
    expect(Math.max(...labelled(oneWay, 400))).toBe(0)
    const besideHard = labelled([...oneWay, ...oneWay, ...hard(40)], 800)
    expect(besideHard[0]).toBe(0)
    expect(besideHard[80]).toBeGreaterThan(1)
    const bothWays = [...oneWay, ...Array.from({ length: 30 }, () => ({ looks: 5, bears: K - 1 }))]
    expect(labelled(bothWays, 600)[0]).toBeGreaterThan(0)
  })

  it('ranks labels that are expected alike in their middle', () => {
    const expected = matrix(N, K, new Float32Array(N * K).fill(1e-9))
    const labels = Int32Array.from({ length: N }, (_, i) => (i < 40 ? 5 + (i % 5) : Number(i < 800)))
    for (let i = 0; i < N; i++) expected.data.set([0.5, 0.2, 0.1, 0.05, 0.02], i * K)
    const wrong = Float64Array.from({ length: N }, (_, i) => (i < 40 ? 0.9 : 0))
    const all = Int32Array.from({ length: N }, (_, i) => i)
    // five labels are expected more, and five alike: the seventh rank is one of the last three
    expect(secondChoices(wrong, expected, labels, all, K)[0]).toBe(0)
  })
})
