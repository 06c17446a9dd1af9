import { describe, expect, test } from 'vitest'
import { groupBy } from '../../../view/build-input.ts'
import type { TableColumn } from '../../../view/samples.ts'
import { toldByValues } from './told-by-values.ts'

const N = 1000
const all = Array.from({ length: N }, (_, i) => i)

function told(valueOf: (i: number) => number, labelOf: (i: number) => string) {
  const column: TableColumn = { name: 'a', type: 'number', values: Float64Array.from(all, valueOf) }
  return toldByValues([column], groupBy(all.map(labelOf))!)
}

describe('a flag', () => {
  const isMember = (i: number) => i % 20 === 0

  test('comes with a label by nature that all its holders bear', () => {
    const { isFlag } = told(
      (i) => Number(isMember(i)),
      (i) => (isMember(i) || i % 3 === 0 ? 'yes' : 'no'),
    )
    expect([isFlag('a', 0), isFlag('a', 1)]).toEqual([true, false])
  })

  test('comes with a label by nature that somebody replaced of some', () => {
    const replaced = (share: number) =>
      told(
        (i) => Number(isMember(i)),
        (i) => ((isMember(i) && i >= 1000 * share) || i % 3 === 1 ? 'yes' : 'no'),
      ).isFlag('a', 0)
    expect([replaced(0.07), replaced(0.13)]).toEqual([true, false])
  })

  test('is one beside stray values, that garbage has, too; a stray value is none', () => {
    const beside = (strays: number, each: number) =>
      told(
        (i) => (i % 7 === 1 && i < 7 * strays ? 2 + Math.floor(i / (7 * each)) : Number(isMember(i))),
        (i) => (isMember(i) || i % 3 === 0 ? 'yes' : 'no'),
      )
    expect([beside(20, 2).isFlag('a', 0), beside(20, 10).isFlag('a', 0)]).toEqual([true, false])
    expect(beside(20, 2).isFlag('a', 1)).toBe(false)
  })

  test('may be planted where some holder of a rarer one bears another label, few have it, there are three labels, or three values', () => {
    const yes = (i: number) => (isMember(i) || i % 3 === 0 ? 'yes' : 'no')
    const exception = told(
      (i) => Number(i % 28 === 0),
      (i) => (i % 28 === 0 && i !== 56 ? 'yes' : i % 3 === 1 ? 'yes' : 'no'),
    )
    const rare = told((i) => Number(i % 50 === 0), yes)
    const three = told(
      (i) => Number(isMember(i)),
      (i) => (i % 7 === 1 ? 'perhaps' : yes(i)),
    )
    const beyond = told((i) => (isMember(i) ? 2 : i % 2), yes)
    for (const { isFlag } of [exception, rare, three, beyond]) expect(isFlag('a', 0)).toBe(false)
  })

  test('is whether there is a value, where a tenth and more have none', () => {
    const lacking = (share: number) =>
      told(
        (i) => (i % 100 < 100 * share ? Number.NaN : i),
        (i) => (i % 100 < 100 * share || i % 3 === 0 ? 'yes' : 'no'),
      ).isFlag('a', 0)
    expect([lacking(0.2), lacking(0.05)]).toEqual([true, false])
    const never = told(
      () => Number.NaN,
      (i) => (i === 7 ? 'no' : 'yes'),
    )
    expect([never.isFlag('a', 0), never.isOneOfMany('a', 0, 1)]).toEqual([false, false])
  })
})

test('a blank comes with a label by nature while its records bear it as often as the others, give or take chance', () => {
  // A tenth have no value; a third of all, and of so many of these in a hundred, are labelled yes.
  const isBlank = (i: number) => i % 10 === 0
  const mere = (percent: number) =>
    told(
      (i) => (isBlank(i) ? Number.NaN : i),
      (i) => ((isBlank(i) ? i / 10 < percent : i % 3 === 0) ? 'yes' : 'no'),
    ).isMereBlank
  expect([20, 33, 40, 55].map((percent) => mere(percent)('a', 0, 1))).toEqual([true, true, true, false])
  expect(mere(33)('a', 1, 1)).toBe(false)
  // Most records are labelled no: blanks that were all given it would be within chance.
  expect([0, 33].map((percent) => mere(percent)('a', 0, 0))).toEqual([false, false])
})

describe('a value', () => {
  const code = (i: number) => i % 20

  test('is one of many where the column’s other values tell the label as it does', () => {
    const { isOneOfMany } = told(code, (i) => (code(i) % 3 === 0 ? 'yes' : 'no'))
    expect([isOneOfMany('a', 3, 1), isOneOfMany('a', 3, 0)]).toEqual([true, false])
  })

  test('is none where they do not, or the column is a quantity', () => {
    const any = told(code, (i) => (code(i) === 3 || (i * 7919) % 101 < 50 ? 'yes' : 'no'))
    const quantity = told(code, (i) => (code(i) > 9 ? 'yes' : 'no'))
    expect([any.isOneOfMany('a', 3, 1), quantity.isOneOfMany('a', 15, 1)]).toEqual([false, false])
  })
})
