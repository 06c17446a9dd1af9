import { describe, expect, it, test } from 'vitest'
import { groupBy } from '../../../view/build-input.ts'
import type { TableColumn } from '../../../view/samples.ts'
import { isFlagged, isHeldByOthers } from './flagged.ts'

const N = 600
const all = Array.from({ length: N }, (_, i) => i)
const years = all.map((i) => ['first', 'second', 'second', 'second', 'third', 'third'][i % 6])
const labels = groupBy(years.map((year) => (year === 'first' ? '1' : '0')))!
const members = Int32Array.from(all).filter((i) => years[i] === 'third')
const label = labels.names.indexOf('0')

function column(valueOf: (i: number) => number): TableColumn {
  return { name: 'a', type: 'number', values: Float64Array.from(all, valueOf) }
}

test('a group is flagged that is what is left of a label without another flag', () => {
  expect(isFlagged(members, label, [column((i) => Number(years[i] === 'second'))], labels)).toBe(true)
})

test('a group is not flagged that a third value sets apart, or nothing does', () => {
  expect(isFlagged(members, label, [column((i) => (years[i] === 'third' ? 2 : i % 2))], labels)).toBe(false)
  expect(isFlagged(members, label, [column((i) => i % 2)], labels)).toBe(false)
})

describe('a value that separates a group from its label’s other records', () => {
  /** Of ten records of the label one is a member; the other label has the value in this share of its records. */
  const two = groupBy(all.map((i) => (i % 2 === 0 ? 'own' : 'other')))!
  const own = two.names.indexOf('own')
  const group = Int32Array.from(all).filter((i) => i % 20 === 0)
  const having = (share: number, of: (i: number) => number = (i) => Number(i % 20 === 0)) =>
    column((i) => (i % 2 === 0 ? of(i) : Number((i >> 1) % 100 < 100 * share)))
  const isHeld = (one: TableColumn) => isHeldByOthers(group, own, [column((i) => i), one], two)

  it('is natural where another label’s records have it half as often', () => {
    expect(isHeld(having(0.5))).toBe(true)
    expect(isHeld(having(0.06))).toBe(true)
    expect(isHeld(having(0.04))).toBe(false)
    expect(isHeld(having(0))).toBe(false)
  })

  it('is also one that is missing', () => {
    expect(isHeld(column((i) => (i % 20 === 0 || i % 2 === 1 ? Number.NaN : i)))).toBe(true)
  })

  it('separates nothing where the label’s other records have it, or the group has not', () => {
    expect(isHeld(having(0.5, () => 1))).toBe(false)
    expect(isHeld(having(0.5, (i) => Number(i % 20 === 0 && i % 60 > 0)))).toBe(false)
  })
})
