import { describe, expect, it } from 'vitest'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'
import { withoutDefinitions } from './defining.ts'

/** Columns of tokens 0, 1, 2. */
const COLUMNS = ['black', 'hispanic', 'rate']
const tokens = { columns: (token: number) => [COLUMNS[token]!] } as unknown as TokenMatrix

const none = () => new Int32Array(0)

const campaign = (token: number, from: number, to: number, event = 0): LiftCampaign => ({
  event,
  evidence: 9,
  tokens: [token],
  members: Int32Array.from({ length: to - from }, (_, i) => from + i),
  posterior: new Float64Array(to - from).fill(1),
  chance: 3,
})

/** So many records of the first label among 1,000. */
const labels = (count: number): Grouping => ({
  of: Int32Array.from({ length: 1000 }, (_, i) => Number(i >= count)),
  names: ['0', '1'],
  counts: Int32Array.of(count, 1000 - count),
})

it('values of several columns that make up a label together are its definition', () => {
  const both = [campaign(0, 0, 100), campaign(1, 100, 150)]
  expect(withoutDefinitions(both, tokens, none, [], labels(150))).toEqual([])
})

it('values of a label that others bear too are no definition', () => {
  const both = [campaign(0, 0, 100), campaign(1, 100, 150)]
  expect(withoutDefinitions(both, tokens, none, [], labels(200))).toEqual(both)
})

it('one value alone defines a label where most of its records hold it, or nearly all where it is rare', () => {
  const [common, rare] = [[campaign(0, 0, 45)], [campaign(0, 0, 40)]]
  expect(withoutDefinitions(common, tokens, none, [], labels(50))).toEqual([])
  expect(withoutDefinitions(common, tokens, none, [], labels(60))).toEqual(common)
  expect(withoutDefinitions(rare, tokens, none, [], labels(40))).toEqual([])
  expect(withoutDefinitions(rare, tokens, none, [], labels(42))).toEqual([])
  expect(withoutDefinitions(rare, tokens, none, [], labels(43))).toEqual(rare)
})

it('one value defines a label to which others were added, as long as most of its records hold the value', () => {
  const [some, more] = [[campaign(0, 0, 60)], [campaign(0, 0, 75)]]
  expect(withoutDefinitions(some, tokens, none, [], labels(70))).toEqual([])
  expect(withoutDefinitions(some, tokens, none, [], labels(75))).toEqual(some)
  expect(withoutDefinitions(more, tokens, none, [], labels(105))).toEqual([])
  expect(withoutDefinitions(more, tokens, none, [], labels(110))).toEqual(more)
})

describe('a value that defines a label together with one of another column', () => {
  /** The first 240 of 1,000 rows are sold as new; every second one has a kitchen. */
  const isNew = (i: number) => Number(i < 240)
  const columns: TableColumn[] = [
    { name: 'sold as', type: 'number', values: Float64Array.from({ length: 1000 }, (_, i) => isNew(i)) },
    { name: 'kitchens', type: 'number', values: Float64Array.from({ length: 1000 }, (_, i) => i % 2) },
  ]
  const pair = { columns: () => ['sold as', 'kitchens'] } as unknown as TokenMatrix
  const held = Int32Array.from({ length: 120 }, (_, k) => 2 * k + 1)
  const of = [{ ...campaign(0, 0, 0), members: held }]
  const left = (count: number) => withoutDefinitions(of, pair, () => held, columns, labels(count))
  const few = [{ ...campaign(0, 0, 0), members: held.subarray(0, 30) }]

  it('is a case of that definition', () => {
    expect(left(260)).toEqual([])
  })

  it('is a case of it where three rows in four have no label', () => {
    const { of: all, names } = labels(260)
    const some = all.map((label, i) => (i % 4 === 1 ? label : -1))
    const counts = Int32Array.from(names, (_, label) => some.filter((own) => own === label).length)
    const members = held.filter((i) => some[i]! >= 0)
    const asked = [{ ...of[0]!, members }]
    expect(withoutDefinitions(asked, pair, () => held, columns, { of: some, names, counts })).toEqual([])
  })

  it('is none where many bear the label without it', () => {
    expect(left(400)).toEqual(of)
  })

  it('is none where many hold the value without the label', () => {
    expect(withoutDefinitions(few, pair, () => held, columns, labels(60))).toEqual(few)
  })

  it('defines the label itself where nearly all of its records hold the pair', () => {
    expect(withoutDefinitions(few, pair, () => held.subarray(0, 30), [], labels(31))).toEqual([])
    expect(withoutDefinitions(few, pair, () => held.subarray(0, 30), [], labels(33))).toEqual(few)
  })
})

describe('flags of which each record of a label has one', () => {
  /** The first 120 of 1,000 rows are of one year, and every third of those has each flag. */
  const flag = (k: number, isOf = (i: number) => i < 120 && i % 3 === k): TableColumn => ({
    name: `flag ${k}`,
    type: 'number',
    values: Float64Array.from({ length: 1000 }, (_, i) => Number(isOf(i))),
  })
  const own = { columns: () => ['flag 0'] } as unknown as TokenMatrix
  const held = Int32Array.from({ length: 40 }, (_, k) => 3 * k)
  const of = [{ ...campaign(0, 0, 0), members: held }]
  const left = (columns: TableColumn[], count = 120) => withoutDefinitions(of, own, () => held, columns, labels(count))

  it('define it together, though some labels were replaced and garbage is in a column', () => {
    const struck = flag(0)
    if (struck.type === 'number') for (const i of [600, 700, 800]) struck.values[i] = i
    expect(left([flag(0), flag(1), flag(2)])).toEqual([])
    expect(left([struck, flag(1), flag(2)], 130)).toEqual([])
  })

  it('define nothing where they are two, or leave a fourth of the label', () => {
    expect(left([flag(0), flag(1)])).toEqual(of)
    expect(left([flag(0), flag(1), flag(2)], 160)).toEqual(of)
  })

  it('are none in a column of three values, nor where others have them', () => {
    const three = flag(0)
    if (three.type === 'number') three.values.fill(2, 500, 600)
    expect(left([three, flag(1), flag(2)])).toEqual(of)
    expect(left([flag(0), flag(1), flag(2, (i) => i % 3 === 2 && i < 300)])).toEqual(of)
  })
})

it('values that records hold both of define nothing', () => {
  const both = [campaign(0, 0, 100), campaign(1, 60, 150)]
  expect(withoutDefinitions(both, tokens, none, [], labels(150))).toEqual(both)
})
