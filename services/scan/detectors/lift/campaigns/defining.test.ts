import { expect, it } from 'vitest'
import type { Grouping } from '../../../view/samples.ts'
import type { TokenMatrix } from '../../../view/window-view.ts'
import type { LiftCampaign } from './campaigns.ts'
import { withoutDefinitions } from './defining.ts'

/** Columns of tokens 0, 1, 2. */
const COLUMNS = ['black', 'hispanic', 'rate']
const tokens = { columns: (token: number) => [COLUMNS[token]!] } as unknown as TokenMatrix

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
  expect(withoutDefinitions(both, tokens, labels(150))).toEqual([])
})

it('values of a label that others bear too are no definition', () => {
  const both = [campaign(0, 0, 100), campaign(1, 100, 150)]
  expect(withoutDefinitions(both, tokens, labels(200))).toEqual(both)
})

it('one value alone defines a label that a twentieth of the records and more bear', () => {
  const [common, rare] = [[campaign(0, 0, 50)], [campaign(0, 0, 49)]]
  expect(withoutDefinitions(common, tokens, labels(50))).toEqual([])
  expect(withoutDefinitions(rare, tokens, labels(49))).toEqual(rare)
  expect(withoutDefinitions(common, tokens, labels(60))).toEqual(common)
})

it('one value defines a label to which others were added, as long as most of its records hold the value', () => {
  const of = [campaign(0, 0, 90)]
  expect(withoutDefinitions(of, tokens, labels(100))).toEqual([])
  expect(withoutDefinitions(of, tokens, labels(110))).toEqual(of)
})

it('values that records hold both of define nothing', () => {
  const both = [campaign(0, 0, 100), campaign(1, 60, 150)]
  expect(withoutDefinitions(both, tokens, labels(150))).toEqual(both)
})
