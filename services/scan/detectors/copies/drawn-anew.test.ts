import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { TableColumn } from '../../view/samples.ts'
import { isDrawnAnew } from './drawn-anew.ts'

const N = 1000
const members = Int32Array.from({ length: 20 }, (_, at) => 50 * at)
const random = seededRandom(1, 'drawn anew')

/** A column whose members have the values that `own` returns; all others are drawn by `draw`. */
function column(type: TableColumn['type'], draw: () => number, own: (at: number) => number): TableColumn {
  const values = Array.from({ length: N }, draw)
  members.forEach((i, at) => (values[i] = own(at)))
  if (type === 'number') return { name: 'c', type, values: Float64Array.from(values) }
  const levels = Array.from(new Set(values), String)
  return { name: 'c', type: 'category', codes: Int32Array.from(values), levels }
}

const kinds = (count: number) => () => random.below(count)
/** Many are 0; the others are of all sizes. */
const marks = () => (random.below(2) === 0 ? 0 : Math.floor(40 * random.next() ** 2))

describe('a column drawn anew', () => {
  it.each([
    ['numbers', 'number', () => random.normal()],
    ['counts, many of them 0', 'number', marks],
    ['two kinds', 'category', kinds(2)],
    ['two hundred kinds', 'category', kinds(200)],
  ] as const)('has as many values as draws have: %s', (_, type, draw) => {
    expect(isDrawnAnew(column(type, draw, draw), members)).toBe(true)
  })

  it.each([
    ['counts that are 0, 1 or 2, where others have many', 'number', marks, (at: number) => at % 3],
    ['three of two hundred kinds', 'category', kinds(200), (at: number) => at % 3],
    ['one odd row where there are two kinds', 'category', kinds(2), (at: number) => Number(at === 5)],
    ['one odd row where there are six kinds', 'category', kinds(6), (at: number) => Number(at === 5)],
    ['years that follow one another', 'number', () => 80 * random.next(), (at: number) => 30 + at / 4],
    ['a missing value, where others have none', 'number', () => random.normal(), () => Number.NaN],
  ] as const)('is not one of %s', (_, type, draw, own) => {
    expect(isDrawnAnew(column(type, draw, own), members)).toBe(false)
  })
})
