import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { areNaturalKind, areOfOneKind, comeAgain, standAlone, testimony, withoutCompany } from './company.ts'

const random = seededRandom(3, 'company')
const N = 1000
const suspected = (count: number) => Float64Array.from({ length: N }, (_, i) => (i < count ? 1 : -5))
const fellows = (of: (i: number) => number) => Float64Array.from({ length: N }, (_, i) => of(i))

describe('standAlone', () => {
  it('is so of noise, which is near nothing, also where it is a tenth of the window', () => {
    for (const count of [5, 30, 100]) {
      const noise = fellows((i) => (i < count ? 3 + random.next() : random.next()))
      expect(standAlone(suspected(count), noise)).toBe(true)
    }
  })

  it('is not so of a kind whose records are as near one another as all others are', () => {
    for (const count of [5, 30, 100])
      expect(
        standAlone(
          suspected(count),
          fellows(() => random.next()),
        ),
      ).toBe(false)
  })

  it('asks, where told to, that suspects are among as many of those farthest, and no more', () => {
    const others = fellows((i) => (i < 40 ? 2 : i < 80 ? 3 : random.next()))
    expect([standAlone(suspected(40), others), standAlone(suspected(40), others, 1)]).toEqual([true, false])
    const themselves = fellows((i) => (i < 40 ? 2 + random.next() : random.next()))
    expect(standAlone(suspected(40), themselves, 1)).toBe(true)
  })

  it('is so where nobody is suspected', () => {
    expect(
      standAlone(
        suspected(0),
        fellows(() => random.next()),
      ),
    ).toBe(true)
  })
})

describe('areOfOneKind', () => {
  const column = (of: (i: number) => number) => ({ name: 'x', type: 'number' as const, values: fellows(of) })

  it('is so of rows that hold one value which few others hold', () => {
    expect(areOfOneKind(suspected(20), [column((i) => (i < 20 ? 7 : i))])).toBe(true)
    expect(areOfOneKind(suspected(20), [column(() => 7)])).toBe(false)
  })

  it('takes a value that is missing for a value', () => {
    expect(areOfOneKind(suspected(20), [column((i) => (i < 20 ? Number.NaN : i))])).toBe(true)
    expect(areOfOneKind(suspected(20), [column(() => Number.NaN)])).toBe(false)
  })
})

describe('areNaturalKind', () => {
  const number = (of: (i: number) => number) => ({ name: 'x', type: 'number' as const, values: fellows(of) })
  const flags = Array.from({ length: 40 }, (_, k) => number((i) => (i * (k + 3)) % 2))

  it('is so of rows that share one value which few others hold', () => {
    expect(areNaturalKind(suspected(20), [number((i) => (i < 20 ? 300 : i))])).toBe(true)
    expect(areNaturalKind(suspected(20), [number((i) => i)])).toBe(false)
  })

  it('is not so of a few rows that share a level as random ones do', () => {
    const level = number((i) => (i < 20 ? Number(i < 14) : Number(i > 990)))
    expect(areOfOneKind(suspected(20), [level])).toBe(true)
    expect(areNaturalKind(suspected(20), [level, ...flags])).toBe(false)
  })

  it('is not so of a number beyond all others, which somebody may have put there', () => {
    expect(areNaturalKind(suspected(40), [number((i) => (i < 40 ? 2 : i % 2))])).toBe(false)
    expect(areNaturalKind(suspected(40), [number((i) => (i < 40 ? 4000 : i))])).toBe(false)
    expect(areNaturalKind(suspected(40), [number((i) => (i < 40 ? 1100 : i))])).toBe(true)
  })
})

describe('comeAgain', () => {
  const number = (of: (i: number) => number) => ({ name: 'x', type: 'number' as const, values: fellows(of) })

  it('is of suspects of which there are three and more, missing values or not', () => {
    const answers = number((i) => (i < 3 ? 7 : i < 5 ? 8 : i < 8 ? Number.NaN : i % 7))
    expect(comeAgain(suspected(8), [answers])).toEqual([0, 1, 2, 5, 6, 7])
    expect(comeAgain(suspected(0), [answers])).toEqual([])
  })

  it('is of no rows with a number beyond all others', () => {
    const flags = number((i) => (i < 6 ? 2 : i % 2))
    expect(comeAgain(suspected(6), [flags])).toEqual([])
  })
})

describe('withoutCompany', () => {
  it('tells suspects that lie far from all records from those that lie where others lie', () => {
    const suspected = Uint8Array.from({ length: 400 }, (_, i) => Number(i < 20))
    // ten are near nothing, ten are among records of another label
    const distances = Float64Array.from({ length: 400 }, (_, i) => (i < 10 ? 9 : 1 + (i % 7) / 10))
    const alone = withoutCompany(suspected, distances)
    expect([alone.subarray(0, 10).join(''), alone.subarray(20).includes(1)]).toEqual(['1111111111', false])
    expect(alone.subarray(10, 20).filter((is) => is === 1).length).toBeLessThanOrEqual(3)
  })
})

describe('testimony', () => {
  const n = 400
  const suspected = Float64Array.from({ length: n }, (_, i) => (i < 20 ? 1 : -5))
  const highest = (isHigh: (i: number) => boolean) =>
    Float64Array.from({ length: n }, (_, i) => (isHigh(i) ? 1000 : 0) + ((i * 37) % n) / n)

  it('speaks for records where the suspects are, and against those that are not', () => {
    const said = testimony(
      suspected,
      highest((i) => i < 16 || i >= 390),
    )!
    expect(said[0]).toBeGreaterThan(0)
    expect(said[395]).toBe(said[0])
    expect(Math.min(...said)).toBeLessThan(0)
  })

  it('says nothing where most suspects are no farther out than others, or nobody is suspected', () => {
    expect(
      testimony(
        suspected,
        highest((i) => i >= 200),
      ),
    ).toBeNull()
    expect(
      testimony(
        suspected.fill(-5),
        highest(() => false),
      ),
    ).toBeNull()
  })
})
