import { describe, expect, test } from 'vitest'
import { agreementOf } from './agreement.ts'

/** What each said of each thing, `.` for nothing, turned into what was said of each thing. */
const unitsOf = (...people: readonly string[]) =>
  Array.from(people[0] ?? '', (_, at) => people.map((said) => said[at] ?? '.').filter((value) => value !== '.'))

describe('agreement', () => {
  test('is α as Krippendorff works it out, for two people and for four with gaps', () => {
    const two = agreementOf(unitsOf('0100000010', '1110010000'))
    expect(two.alpha).toBeCloseTo(0.095, 3)
    expect(two).toMatchObject({ units: 10, disputed: 4 })
    const four = agreementOf(unitsOf('123321412...', '1233224125.3', '.3332342251.', '12332441251.'))
    expect(four.alpha).toBeCloseTo(0.743, 3)
    expect(four.units).toBe(11)
  })

  test('is 1 where all agree, near 0 by chance, below 0 where everybody says the opposite', () => {
    expect(agreementOf(unitsOf('ab', 'ab')).alpha).toBe(1)
    expect(agreementOf(unitsOf('abab', 'baba')).alpha).toBeLessThan(0)
    const coin = Array.from({ length: 400 }, (_, i) => [i % 2 === 0 ? 'a' : 'b', i % 4 < 2 ? 'a' : 'b'])
    const { alpha, between } = agreementOf(coin)
    expect(Math.abs(alpha ?? 1)).toBeLessThan(0.02)
    expect(between?.[0]).toBeLessThan(0)
    expect(between?.[1]).toBeGreaterThan(0)
  })

  test('is not known where nothing was judged twice, or only one thing was ever said', () => {
    expect(agreementOf([])).toEqual({ alpha: null, between: null, units: 0, disputed: 0 })
    expect(agreementOf([['a'], ['b']])).toMatchObject({ alpha: null, units: 0 })
    expect(agreementOf([['a', 'a']])).toMatchObject({ alpha: null, units: 1, disputed: 0 })
  })

  test('has bounds that hold it, are narrower over more things, and the same for one seed', () => {
    const some = (n: number) => Array.from({ length: n }, (_, i) => [i % 3 === 0 ? 'a' : 'b', i % 5 === 0 ? 'a' : 'b'])
    const [few, many] = [agreementOf(some(20)), agreementOf(some(500))]
    const width = ({ between }: typeof few) => (between?.[1] ?? 0) - (between?.[0] ?? 0)
    expect(width(many)).toBeLessThan(width(few))
    expect(few.between?.[0]).toBeLessThanOrEqual(few.alpha ?? -2)
    expect(few.between?.[1]).toBeGreaterThanOrEqual(few.alpha ?? 2)
    expect(agreementOf(some(20))).toEqual(few)
    expect(agreementOf(some(4)).between).toBeNull()
  })
})
