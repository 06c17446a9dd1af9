import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { agreeing, jointShare } from './agreement.ts'

const N = 4000

/** Two scores of N records that share `common` of what is natural in them, the first `planted` raised by `far` in both. */
function scores({ common = 0, planted = 0, far = 4, n = N, seed = 1 }) {
  const random = seededRandom(seed, 'agreement test')
  const shared = Float64Array.from({ length: n }, () => random.normal())
  const one = () =>
    shared.map((s, i) => Math.sqrt(common) * s + Math.sqrt(1 - common) * random.normal() + (i < planted ? far : 0))
  return [one(), one()] as const
}

const found = (of: readonly [Float64Array, Float64Array]) => agreeing(jointShare(...of), 2)

describe('agreeing', () => {
  it('finds one record in a hundred that both channels find far out', () => {
    const group = found(scores({ planted: 40 }))
    const right = group?.members.filter((i) => i < 40).length ?? 0
    expect(right).toBeGreaterThan(30)
    expect(group!.members.length - right).toBeLessThan(5)
    expect(group!.evidence).toBeGreaterThan(30)
  })

  it.each([0, 0.1, 0.3])('finds nothing where channels agree by nature, sharing %f of their variance', (common) => {
    for (let seed = 0; seed < 20; seed++) expect(found(scores({ common, seed }))).toBeNull()
  })

  it('finds nothing where what is odd at all is odd by both, more so toward the top', () => {
    for (let seed = 0; seed < 40; seed++) {
      const random = seededRandom(seed, 'odd at all')
      const odd = Float64Array.from({ length: N }, () => {
        const squares = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2
        return (3 / squares) ** 0.3
      })
      const one = () => odd.map((scale) => scale * Math.abs(random.normal()))
      expect(found([one(), one()])).toBeNull()
    }
  })

  it('takes few others for planted where agreement grows toward the top', () => {
    let [right, others] = [0, 0]
    for (let seed = 0; seed < 20; seed++) {
      const members = found(scores({ common: 0.5, planted: 14, seed }))?.members ?? []
      for (const i of members) {
        if (i < 14) right++
        else others++
      }
    }
    expect(right).toBeGreaterThan(150)
    expect(others).toBeLessThan(20)
  })

  it('does not believe what only one of them finds', () => {
    const [a, b] = scores({})
    for (let i = 0; i < 40; i++) a[i]! += 6
    expect(found([a, b])).toBeNull()
  })

  it('takes a tenth of the records for a kind of its own', () => {
    for (let seed = 0; seed < 10; seed++) expect(found(scores({ planted: N / 10, far: 3, seed }))).toBeNull()
  })

  it('believes few records less in a small window', () => {
    const small = { planted: 9, far: 5 }
    expect(found(scores({ ...small, n: 4000 }))).not.toBeNull()
    expect(found(scores({ ...small, n: 300 }))).toBeNull()
  })
})

describe('jointShare', () => {
  it('is the worse of two ranks, with ties at their last', () => {
    const shares = jointShare(Float64Array.of(9, 5, 5, 1), Float64Array.of(4, 3, 2, 1))
    expect([...shares]).toEqual([0.25, 0.75, 0.75, 1])
  })
})
