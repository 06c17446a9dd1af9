import { describe, expect, test } from 'vitest'
import type { TokenMatrix } from '../../../view/window-view.ts'
import { valuesByNature } from './by-nature.ts'

/** Of a table of one column: whether a value comes with a label by nature. */
function asked(values: readonly number[], labels: readonly number[], holding?: () => Int32Array) {
  const column = { type: 'number', name: 'a', values: Float64Array.from(values) } as const
  const distinct = [...new Set(values)]
  const tokens = { columns: () => ['a'] } as unknown as TokenMatrix
  const holders =
    holding ??
    ((token: number) => Int32Array.from(values.flatMap((value, i) => (value === distinct[token] ? [i] : []))))
  const names = Array.from({ length: Math.max(...labels) + 1 }, (_, c) => String(c))
  const of = Int32Array.from(labels)
  const counts = Int32Array.from(names, (_, c) => labels.filter((label) => label === c).length)
  const byNature = valuesByNature({ kind: 'table', columns: [column] }, tokens, holders, { of, names, counts })
  return (value: number, label: number) => byNature(distinct.indexOf(value), label)
}

const ages = Array.from({ length: 600 }, (_, i) => 20 + (i % 60))
const older = ages.map((age) => Number(age > 50))
const planted = (value: number, label: number) =>
  asked([...ages, ...Array<number>(12).fill(value)], [...older, ...Array<number>(12).fill(label)])

describe('a value that comes with a label', () => {
  test('does so by nature where the column goes on as it does there', () => {
    const isNatural = asked(ages, older)
    expect([isNatural(50, 0), isNatural(51, 1), isNatural(20, 0), isNatural(79, 1)]).toEqual([true, true, true, true])
  })

  test('does so by nature where each value has a label of its own', () => {
    const births = ages.map((age) => 1980 + (age % 8))
    const isNatural = asked(
      births,
      births.map((birth) => birth - 1980),
    )
    expect([isNatural(1980, 0), isNatural(1984, 4), isNatural(1987, 7)]).toEqual([true, true, true])
  })

  describe('that no other value has, beside one that most records have', () => {
    /** Half of the rows were asked for their years at school, which their label is. */
    const years = ages.map((age) => age % 8)
    const answered = years.map((year, i) => (i < 300 ? -1 : year))

    test('does so by nature', () => {
      const isNatural = asked(answered, years)
      expect([isNatural(1, 1), isNatural(5, 5), isNatural(-1, 3)]).toEqual([true, true, false])
    })

    test('does not where somebody gave a value the label of another one', () => {
      const rows = [...answered, ...Array<number>(100).fill(5)]
      const isNatural = asked(rows, [...years, ...Array<number>(100).fill(3)])
      expect([isNatural(5, 3), isNatural(1, 1)]).toEqual([false, true])
    })
  })

  describe('of the name of the value', () => {
    const trials = Array.from({ length: 900 }, (_, i) => i % 9)
    const right = (share: number) => trials.map((of, i) => ((i * 7919) % 101 < 101 * share ? of : (i * 31) % (of + 1)))

    test('does so by nature where the column is of the same quantity', () => {
      const isNatural = asked(right(0.6), trials)
      expect([isNatural(4, 4), isNatural(6, 6)]).toEqual([true, true])
    })

    test('does so with whatever other value', () => {
      const values = right(0.6)
      const together = values.flatMap((value, i) => (value === 4 && trials[i] === 4 ? [i] : []))
      const rarely = values.flatMap((value, i) => (value === 4 && trials[i] !== 4 ? [i] : []))
      expect(rarely.length).toBeGreaterThan(0.1 * together.length)
      const [isAlone, isWith] = [asked(values, trials), asked(values, trials, () => Int32Array.from(together))]
      expect([isAlone(4, 4), isWith(4, 4)]).toEqual([true, true])
    })

    test('does not where somebody plants three such values in a column of others', () => {
      const any = trials.map((_, i) => (i * 7919) % 9)
      const three = Array.from({ length: 60 }, (_, i) => 4 + (i % 3))
      expect(asked([...trials.map((_, i) => i / 100 + 0.005), ...three], [...any, ...three])(5, 5)).toBe(false)
    })

    test('does not where other values have nothing to do with the labels of their names', () => {
      const any = trials.map((_, i) => (i * 7919) % 9)
      const [values, labels] = [
        [...any, ...Array<number>(60).fill(4)],
        [...trials.map((_, i) => ((i * 104_729) % 11) % 9), ...Array<number>(60).fill(4)],
      ]
      expect(asked(values, labels)(4, 4)).toBe(false)
    })
  })

  test('does not where others of its neighbourhood have another label', () => {
    expect(planted(33.5, 1)(33.5, 1)).toBe(false)
    expect(planted(66.5, 0)(66.5, 0)).toBe(false)
  })

  test('does not far from all that is like it', () => {
    expect(planted(400, 1)(400, 1)).toBe(false)
    expect(planted(-100, 0)(-100, 0)).toBe(false)
  })

  test('does not where labels have nothing to do with the column', () => {
    const any = ages.map((_, i) => Number((i * 7919) % 101 < 34))
    expect(asked([...ages, ...Array<number>(12).fill(40.5)], [...any, ...Array<number>(12).fill(1)])(40.5, 1)).toBe(
      false,
    )
  })
})
