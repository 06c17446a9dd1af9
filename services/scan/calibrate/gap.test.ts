import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { gapOdds } from './gap.ts'

const N = 2000
const random = seededRandom(3, 'gap')
const exponential = (n = N) => Float64Array.from({ length: n }, () => -Math.log(1 - random.next()))
function heldOf(scores: Float64Array): number[] {
  const odds = gapOdds(scores)
  return [...odds.keys()].filter((i) => odds[i]! >= 0)
}

/** The quantiles of an exponential law, with `count` records in the `width` beyond them by `gap`. */
function withFar(count: number, gap: number, width: number): Float64Array {
  const most = -Math.log(0.5 / N)
  return Float64Array.from({ length: N + count }, (_, i) =>
    i < count ? most + gap + (i / count) * width : -Math.log((i - count + 0.5) / N),
  )
}

describe('a gap in the tail', () => {
  it('is none by chance, however a tail thins out no slower than exponentially', () => {
    for (let draw = 0; draw < 60; draw++) {
      expect(heldOf(exponential())).toEqual([])
      expect(heldOf(Float64Array.from({ length: N }, () => random.normal()))).toEqual([])
      expect(heldOf(Float64Array.from({ length: N }, () => random.next()))).toEqual([])
    }
  })

  it('shows all that lies beyond it, over however long a way, and nothing on this side', () => {
    for (const width of [0.5, 5, 20])
      expect(heldOf(withFar(20, 1.5, width))).toEqual(Array.from({ length: 20 }, (_, i) => i))
  })

  it('takes more of a way, the fewer are beyond it', () => {
    expect(heldOf(withFar(60, 1.5, 1))).toHaveLength(60)
    expect(heldOf(withFar(10, 1.5, 1))).toEqual([])
    expect(heldOf(withFar(10, 5, 1))).toHaveLength(10)
  })

  it('is not asked about fewer than five, more than a twentieth, or a window that is small', () => {
    expect(heldOf(withFar(4, 50, 1))).toEqual([])
    expect(heldOf(withFar(150, 50, 1))).toEqual([])
    expect(heldOf(Float64Array.from({ length: 150 }, (_, i) => (i < 6 ? 50 + i : i / 150)))).toEqual([])
  })

  it('is not read from scores that are all the same', () => {
    expect(heldOf(new Float64Array(N).fill(1))).toEqual([])
    expect(heldOf(Float64Array.from({ length: N }, (_, i) => Number(i < 20)))).toEqual([])
  })

  it('gives odds by how wide it is, and no more than the records beyond it speak for', () => {
    const odds = (gap: number) => Math.max(...gapOdds(withFar(20, gap, 1)))
    expect(odds(1.1)).toBeLessThan(odds(1.2))
    expect(odds(50)).toBeCloseTo(Math.log(40), 9)
  })
})
