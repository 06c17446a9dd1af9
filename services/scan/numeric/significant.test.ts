import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { significant } from './significant.ts'

const spelled = (value: number, digits: number) => {
  const [of, exponent] = value.toExponential(digits - 1).split('e') as [string, string]
  return { mantissa: Number(of.replace('.', '')), power: Number(exponent) - (digits - 1) }
}

describe('significant', () => {
  it('rounds as toExponential does', () => {
    const random = seededRandom(1, 'significant')
    const odd = [0, -0, 9.95, 9.995e5, 1e22, 1e23, 5e-324, Number.MAX_VALUE, 0.15, 0.25, 1.005, 999_999.95, 1e-7, 125]
    const drawn = Array.from({ length: 40_000 }, () => {
      const value = random.normal() * 10 ** (random.below(60) - 30)
      // short decimals lie in the middle of two rounded ones
      return random.next() < 0.5 ? value : Number(value.toPrecision(1 + random.below(9)))
    })
    for (const value of [...odd, ...odd.map((one) => -one), ...drawn])
      for (const digits of [1, 2, 7]) {
        const { mantissa, power } = significant(value, digits)
        const told = spelled(value, digits)
        if (mantissa + 0 !== told.mantissa + 0 || power !== told.power)
          expect({ value, digits, mantissa, power }).toEqual(told)
      }
  })
})
