import { expect, test } from 'vitest'
import { groupBy } from '../../../view/build-input.ts'
import type { TableColumn } from '../../../view/samples.ts'
import { isFlagged } from './flagged.ts'

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
