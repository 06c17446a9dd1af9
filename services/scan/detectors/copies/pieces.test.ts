import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { TableColumn } from '../../view/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { NearDuplicates } from './near-duplicates.ts'
import { piecedTogether } from './pieces.ts'

const N = 1500
const engine = await createEngine()

/** One year of ten, two apart, ages in whole years, a share of which a third of the rows have the same, and three measured columns. */
function table(seed: number) {
  const random = seededRandom(seed, 'rows')
  const numbers = (name: string, draw: () => number) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from({ length: N }, draw),
  })
  return {
    year: numbers('year', () => 1990 + 2 * random.below(10)),
    age: numbers('age', () => Math.round(45 + 12 * random.normal())),
    share: numbers('share', () => (random.below(3) === 0 ? 0.5 : random.next())),
    measured: Array.from({ length: 3 }, (_, c) => numbers(`m${c}`, () => random.normal())),
  }
}
const columnsOf = ({ year, age, share, measured }: ReturnType<typeof table>) => [year, age, share, ...measured]

/** Sixteen rows; `copy` makes them copies of the first, but for what a column is given. */
const COPIES = Array.from({ length: 16 }, (_, k) => 40 + 70 * k)
function copy(columns: readonly (TableColumn & { type: 'number' })[], altered: Record<string, (k: number) => number>) {
  for (const { name, values } of columns)
    for (const [k, i] of COPIES.entries()) values[i] = altered[name]?.(k) ?? values[COPIES[0]!]!
}

async function floodsIn(columns: readonly TableColumn[]) {
  const window = { n: N, seed: 1, samples: { kind: 'table', columns }, labels: null, contributors: null } as const
  const { groups, scores, ...detection } = await new NearDuplicates().score(createView(window, engine))
  return groups
    .filter(({ evidence }) => evidence > 3)
    .map(({ members, summary }) => ({
      members: [...members],
      summary,
      why: detection.why(members[0]!),
      score: scores[members[0]!]!,
    }))
}

describe('copies that fall apart in a column of numbers', () => {
  it.each([
    ['into two years', { year: (k: number) => 2000 + 2 * (k % 2) }],
    [
      'into two years and two ages',
      { year: (k: number) => 2000 + 2 * (k % 2), age: (k: number) => 44 + ((k >> 1) % 2) },
    ],
    ['beside a value that many rows have', { share: (k: number) => 0.5 + (k % 2 === 0 ? 1 : -1) * (1 + k) * 1e-6 }],
  ])('are one flood: %s', async (_, altered) => {
    const columns = columnsOf(table(1))
    copy(columns, altered)
    const [found, ...more] = await floodsIn(columns)
    expect(more).toEqual([])
    expect(found).toMatchObject({
      members: COPIES,
      summary: '16 near-copies of one record',
      why: 'It is one of 16 near-copies of one another.',
    })
    expect(found!.score).toBeGreaterThan(4)
  })

  it('are no flood where the pieces lie three years of ten apart, or differ in what was measured as well', async () => {
    const apart = columnsOf(table(1))
    copy(apart, { year: (k) => 1990 + 6 * (k % 2) })
    expect(await floodsIn(apart)).toEqual([])
    const different = columnsOf(table(1))
    copy(different, { year: (k) => 2000 + 2 * (k % 2), m0: (k) => (k % 2) / 2 })
    expect(await floodsIn(different)).toEqual([])
  })

  it('are no flood where families fall apart so', async () => {
    const columns = columnsOf(table(1))
    // forty families of ten rows, five of them in the next year
    for (let family = 0; family < 40; family++)
      for (let k = 0; k < 10; k++)
        for (const { name, values } of columns)
          values[30 * family + k] = values[30 * family]! + (name === 'year' && k >= 5 ? 2 : 0)
    expect(await floodsIn(columns)).toEqual([])
  })
})

describe('piecedTogether', () => {
  const column = (values: readonly number[]): TableColumn => ({
    name: 'x',
    type: 'number',
    values: Float64Array.from(values),
  })
  const kinds = (codes: readonly number[]): TableColumn => ({
    name: 'kind',
    type: 'category',
    codes: Int32Array.from(codes),
    levels: ['a', 'b'],
  })
  const [first, second] = [Int32Array.from({ length: 5 }, (_, i) => i), Int32Array.from({ length: 5 }, (_, i) => 5 + i)]
  const ten = (value: (i: number) => number) => Array.from({ length: 10 }, (_, i) => value(i))
  const together = [{ members: Int32Array.from({ length: 10 }, (_, i) => i), pieces: [first, second] }]

  const join = (...columns: readonly TableColumn[]) => piecedTogether(columns, [first, second])
  const year = ten((i) => (i < 5 ? 1990 : 1992))

  it('joins groups that differ a little, with one value of the table between theirs at most', () => {
    expect(join(column(year))).toEqual(together)
    expect(join(column([...year, 1991]))).toEqual(together)
    expect(join(column([...year, 1991, 1991.5]))).toEqual([])
    expect(join(column(ten((i) => (i < 5 ? 44 : 45))))).toEqual(together)
    expect(join(column(ten((i) => (i < 5 ? -45 : -44))))).toEqual(together)
    expect(join(column(ten((i) => (i < 5 ? 1 : 2))))).toEqual([])
  })

  it('joins none that differ in a category, in two columns, in a missing value, or in nothing', () => {
    expect(join(kinds(ten((i) => Math.floor(i / 5))))).toEqual([])
    expect(join(column(year), column(year))).toEqual([])
    expect(join(column(ten((i) => (i < 5 ? NaN : 1))))).toEqual([])
    expect(join(column(ten(() => 1)))).toEqual([])
  })

  it('joins no pairs, which are near by chance', () => {
    expect(piecedTogether([column(year)], [first.slice(0, 2), second])).toEqual([])
  })
})
