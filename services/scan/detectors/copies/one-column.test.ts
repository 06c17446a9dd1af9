import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { TableColumn } from '../../view/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { NearDuplicates } from './near-duplicates.ts'

const N = 900
const engine = await createEngine()

/** Seven measured columns and a category of six values. */
function table(seed: number) {
  const random = seededRandom(seed, 'rows')
  const numbers = Array.from({ length: 7 }, (_, c) => ({
    name: `c${c}`,
    type: 'number' as const,
    values: Float64Array.from({ length: N }, () => Math.round(1000 * random.normal()) / 1000),
  }))
  const codes = Int32Array.from({ length: N }, () => random.below(6))
  const kind = { name: 'kind', type: 'category' as const, codes, levels: Array.from('abcdef') }
  return { numbers, kind, columns: [...numbers, kind] }
}

/** Copies a row into others, with the column of this place drawn anew and noise in the other numbers. */
function copy({ numbers, kind }: ReturnType<typeof table>, rows: readonly number[], anew: number, noise = 0) {
  const random = seededRandom(anew, 'copies')
  for (const [c, { values }] of numbers.entries())
    for (const i of rows.slice(1))
      values[i] = c === anew ? random.normal() : values[rows[0]!]! + noise * random.normal()
  for (const i of rows.slice(1)) kind.codes[i] = anew === numbers.length ? random.below(6) : kind.codes[rows[0]!]!
}

async function floodsIn(columns: readonly TableColumn[]) {
  const window = { n: N, seed: 1, samples: { kind: 'table', columns }, labels: null, contributors: null } as const
  const { groups } = await new NearDuplicates().score(createView(window, engine))
  return groups.filter(({ evidence }) => evidence > 3).map(({ members, summary }) => ({ rows: [...members], summary }))
}

const spreadOver = (count: number, from: number) =>
  Array.from({ length: count }, (_, k) => from + Math.floor((k * (N - from)) / count))

describe('rows that are copies of one but for one column', () => {
  it.each([
    [0, 0],
    [3, 0],
    [3, 0.001],
    [3, 0.01],
  ])('are a flood, with column %i drawn anew and noise of %f in the others', async (anew, noise) => {
    const planted = table(anew)
    const rows = spreadOver(30, 7)
    copy(planted, rows, anew, noise)
    expect(await floodsIn(planted.columns)).toEqual([
      { rows, summary: `30 near-copies of one record but for c${anew}` },
    ])
  })

  it('are one where the column is a category', async () => {
    const planted = table(9)
    const rows = spreadOver(60, 7)
    copy(planted, rows, 7)
    const found = await floodsIn(planted.columns)
    expect(new Set(found.flatMap((flood) => flood.rows))).toEqual(new Set(rows))
  })

  it('are none where several families of rows are so, as the readings of one person are', async () => {
    const families = table(5)
    const rows = spreadOver(120, 3)
    for (let of = 0; of < 6; of++) copy(families, rows.slice(20 * of, 20 * of + 20), 2)
    expect(await floodsIn(families.columns)).toEqual([])
  })

  it('are none where two columns differ', async () => {
    const readings = table(6)
    const rows = spreadOver(30, 7)
    copy(readings, rows, 2)
    const random = seededRandom(6, 'another column')
    for (const i of rows) readings.numbers[4]!.values[i] = random.normal()
    expect(await floodsIn(readings.columns)).toEqual([])
  })

  it('are none where one rare value alone ties them, as accounts are that owe nothing', async () => {
    const { numbers, kind } = table(10)
    const random = seededRandom(10, 'common values')
    const rows = spreadOver(60, 7)
    for (const i of rows) [numbers[0]!.values[i], kind.codes[i]] = [0, 0]
    const flag = {
      ...numbers[2]!,
      values: numbers[2]!.values.map((_, i) => Number(!rows.includes(i) && random.below(4) === 0)),
    }
    expect(await floodsIn([numbers[0]!, numbers[1]!, flag, kind])).toEqual([])
  })

  it('are none where what ties them are categories without a value', async () => {
    const { numbers, kind } = table(10)
    const rows = spreadOver(60, 7)
    for (const i of rows) numbers[0]!.values[i] = 0
    const missing = ['a', 'b', 'c'].map((name, at) => ({
      ...kind,
      name,
      codes: kind.codes.map((code, i) => (rows.includes(i) ? -1 : (code + at) % 6)),
    }))
    expect(await floodsIn([numbers[0]!, numbers[1]!, ...missing])).toEqual([])
  })

  it('are none where the column is a count with two other values, and rows have many', async () => {
    const random = seededRandom(11, 'marks')
    const planted = table(11)
    const rows = spreadOver(30, 7)
    copy(planted, rows, 2)
    const marks = () => (random.below(2) === 0 ? 0 : Math.floor(40 * random.next() ** 2))
    planted.numbers[2]!.values.forEach((_, i, values) => (values[i] = marks()))
    const found = await floodsIn(planted.columns)
    expect(new Set(found.flatMap((flood) => flood.rows))).toEqual(new Set(rows))
    for (const i of rows) planted.numbers[2]!.values[i] = random.below(3)
    expect(await floodsIn(planted.columns)).toEqual([])
  })

  it.each([2, 6])('take no row along that is odd in one of %i kinds, where all others are equal', async (kinds) => {
    const planted = table(12)
    const rows = spreadOver(41, 7)
    copy(planted, rows, -1)
    planted.kind.codes.forEach((code, i, codes) => (codes[i] = code % kinds))
    planted.kind.codes[rows[20]!] = (planted.kind.codes[rows[0]!]! + 1) % kinds
    const equal = rows.toSpliced(20, 1)
    expect(await floodsIn(planted.columns)).toEqual([{ rows: equal, summary: '40 near-copies of one record' }])
  })

  it('are none in a table of three columns', async () => {
    const planted = table(8)
    copy(planted, spreadOver(30, 7), 0)
    expect(await floodsIn(planted.columns.slice(0, 3))).toEqual([])
  })
})
