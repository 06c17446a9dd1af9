import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { standAlone, testimony, withoutCompany } from './company.ts'

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
