import { describe, expect, it } from 'vitest'
import { matrix } from '../numeric/matrix.ts'
import { fitsTheRest, shareOfNearest, toldApart } from './fitting-values.ts'

/** Forty records along a line. */
const N = 40
const rows = matrix(
  N,
  1,
  Float32Array.from({ length: N }, (_, i) => i),
)
const all = Int32Array.from({ length: N }, (_, i) => i)

describe('fitsTheRest', () => {
  const bearers = all.filter((i) => i >= 15 && i < 25)
  const others = all.filter((i) => i < 15 || i >= 25)

  it('is true where the records beside its bearers are nearest the value', () => {
    expect(fitsTheRest(rows, Array.from(all), 20, bearers, others)).toBe(true)
  })

  it('is false where these are farthest from it, and where others are as near', () => {
    expect(fitsTheRest(rows, Array.from(all), 39, bearers, others)).toBe(false)
    expect(fitsTheRest(rows, new Float64Array(N), 20, bearers, others)).toBe(false)
  })

  it('is false where one record may fit by chance', () => {
    expect(fitsTheRest(rows, Array.from(all), 20, Int32Array.of(20), others)).toBe(false)
  })
})

describe('toldApart', () => {
  it('leaves distances nearly as they are, and tells alike records apart', () => {
    const apart = toldApart(rows)
    expect([apart.rows, apart.cols]).toEqual([N, 2])
    expect(
      fitsTheRest(
        apart,
        Array.from(all),
        20,
        all.filter((i) => i >= 15 && i < 25),
        all.filter((i) => i < 15 || i >= 25),
      ),
    ).toBe(true)
    const zeros = matrix(N, 1)
    const isFirst = (i: number) => i < 10
    expect(
      shareOfNearest(
        zeros,
        all.filter((i) => i >= 10),
        all,
        isFirst,
      ),
    ).toBe(1)
    const share = shareOfNearest(
      toldApart(zeros),
      all.filter((i) => i >= 10),
      all,
      isFirst,
    )
    expect(share).toBeGreaterThan(0.1)
    expect(share).toBeLessThan(0.5)
  })
})

describe('shareOfNearest', () => {
  it('counts the nearest but for the record itself', () => {
    expect(shareOfNearest(rows, Int32Array.of(7), all, (i) => i === 7)).toBe(0)
    expect(shareOfNearest(rows, Int32Array.of(7), all, (i) => i === 6)).toBeCloseTo(1 / 3, 6)
    expect(shareOfNearest(rows, Int32Array.of(7, 30), all, (i) => i > 20)).toBe(0.5)
  })

  it('is nothing where there is no other', () => {
    expect(shareOfNearest(rows, Int32Array.of(7), Int32Array.of(7), () => true)).toBe(0)
  })
})
