import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { standAlone } from './company.ts'

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

  it('is so where nobody is suspected', () => {
    expect(
      standAlone(
        suspected(0),
        fellows(() => random.next()),
      ),
    ).toBe(true)
  })
})
