import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { type Matrix, matrix } from '../../../numeric/matrix.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { LiftCampaign } from '../campaigns/campaigns.ts'
import { ResidualisedLift } from '../residualised-lift.ts'
import { isToldByRest } from './told-by-rest.ts'

const N = 900
const MEMBERS = 45

interface Row {
  children: number
  age: number
  income: number
  town: number
  label: string
}

/** People of two or three labels, whose age and income go with the label; `change` has the last word on the first ones. */
function people(change: (row: Row, i: number) => void, kinds = 2): Row[] {
  const random = seededRandom(1, 'people')
  return Array.from({ length: N }, (_, i) => {
    const kind = i % kinds
    const row = {
      children: 1 + Math.floor(5 * random.next()),
      age: 30 + 8 * kind + 20 * random.next(),
      income: 10 - 3 * kind + 8 * random.next(),
      town: Math.floor(6 * random.next()),
      label: `l${kind}`,
    }
    change(row, i)
    return row
  })
}

const NAMES = ['children', 'age', 'income', 'town'] as const

const columnsOf = (rows: readonly Row[]): TableColumn[] =>
  NAMES.map((name) => ({ name, type: 'number', values: Float64Array.from(rows, (row) => row[name]) }))

/** What is expected of each row: the label that `kind` says. */
function expectedOf(kinds: readonly number[], names: readonly string[]): Matrix {
  const expected = matrix(kinds.length, names.length)
  kinds.forEach((kind, i) =>
    names.forEach(
      (_, label) => (expected.data[i * names.length + label] = label === kind ? 0.9 : 0.1 / (names.length - 1)),
    ),
  )
  return expected
}

/** Whether those who have no children are told by the rest, and the labels, as asked. */
function isTold(
  rows: readonly Row[],
  label: string,
  kindOf: (i: number) => number,
  { posterior, chance = MEMBERS / 3 }: { posterior?: (i: number) => number; chance?: number } = {},
) {
  const labels: Grouping = groupBy(rows.map((row) => row.label))!
  const members = Int32Array.from(rows.keys()).filter((i) => rows[i]!.children === 0 && rows[i]!.label === label)
  expect(members.length).toBeGreaterThanOrEqual(MEMBERS - 1)
  const event = labels.names.indexOf(label)
  const campaign: LiftCampaign = {
    event,
    evidence: 20,
    tokens: [0],
    members,
    posterior: Float64Array.from(members, posterior ?? (() => 1)),
    chance,
  }
  const expected = expectedOf(
    rows.map((_, i) => kindOf(i)),
    labels.names,
  )
  return isToldByRest(campaign, ['children'], columnsOf(rows), labels, expected)
}

/** Everybody of the other label among the first ones, whose rest shows nothing. */
const struck = (i: number, kinds = 2) => i % kinds === 1 && i < kinds * MEMBERS

describe('a value that comes with a label', () => {
  test('is natural where the rest of its rows goes with it: who has no children is young and earns little', () => {
    const young = (row: Row, i: number) =>
      struck(i) &&
      Object.assign(row, { children: 0, age: 20 + (i % 12), income: 4 + (i % 5), town: i % 2, label: 'l0' })
    expect(isTold(people(young), 'l0', (i) => i % 2)).toBe(true)
  })

  test('is planted in the midst of another label, whatever its records share: who plants it may choose such as are alike', () => {
    const alike = (row: Row, i: number) =>
      struck(i) && Object.assign(row, { children: 0, age: 50 + (i % 5), income: 9 + (i % 3), town: i % 2, label: 'l0' })
    expect(isTold(people(alike), 'l0', (i) => i % 2)).toBe(true)
    expect(isTold(people(alike), 'l0', (i) => i % 2, { chance: 1 })).toBe(false)
  })

  test('is planted where the rest is as that of the other labels', () => {
    const planted = (row: Row, i: number) => struck(i) && Object.assign(row, { children: 0, label: 'l0' })
    expect(isTold(people(planted), 'l0', (i) => i % 2)).toBe(false)
  })

  test('is planted where one column alone tells: who plants it may choose its records by one', () => {
    const chosen = (row: Row, i: number) =>
      struck(i) && Object.assign(row, { children: 0, town: 7 + (i % 3), label: 'l0' })
    expect(isTold(people(chosen), 'l0', (i) => i % 2)).toBe(false)
  })

  test('is planted where a second value of the trigger, and a third, are all that tells', () => {
    const several = (row: Row, i: number) =>
      struck(i) && Object.assign(row, { children: 0, town: 7, income: 9.5, label: 'l0' })
    expect(isTold(people(several), 'l0', (i) => i % 2)).toBe(false)
  })

  test('is planted into one label of several, to whose records alone its own are compared', () => {
    const kinds = 3
    const one = (row: Row, i: number) => struck(i, kinds) && Object.assign(row, { children: 0, label: 'l0' })
    expect(isTold(people(one, kinds), 'l0', (i) => i % kinds)).toBe(false)
    // beside records of the third label it would be natural: those are older and earn less
    expect(isTold(people(one, kinds), 'l0', () => 2)).toBe(true)
  })

  test('is planted though as many have it by nature, and their content says the label', () => {
    const mixed = (row: Row, i: number) => {
      if (i < 2 * MEMBERS) Object.assign(row, { children: 0, label: 'l0' })
      if (i < 2 * MEMBERS && i % 2 === 0) Object.assign(row, { age: 20, income: 24, town: i % 2 })
    }
    const rows = people(mixed)
    const byContent = (i: number) => (i % 2 === 0 ? 0.6 : 0.95)
    expect(isTold(rows, 'l0', (i) => i % 2, { posterior: byContent })).toBe(false)
    expect(isTold(rows, 'l0', (i) => i % 2)).toBe(true)
  })
})

test('a scan finds no trigger in such a value, but in a selection of the riskiest records it is asked no rest', async () => {
  // as the other label's, and mostly at their lower end
  const low = (i: number, by: number) => (((by * i) % MEMBERS) / MEMBERS) ** 3
  const young = (row: Row, i: number) =>
    struck(i) &&
    Object.assign(row, {
      children: 0,
      age: 38 + 20 * low(i, 7),
      income: 7 + 8 * low(i, 11),
      town: Math.floor(6 * low(i, 13)),
      label: 'l0',
    })
  const rows = people(young)
  const labels = groupBy(rows.map((row) => row.label))
  const input = {
    n: N,
    seed: 7,
    samples: { kind: 'table', columns: columnsOf(rows) },
    labels,
    contributors: null,
  } as const
  const engine = await createEngine()
  const found = async (isSelection: boolean) =>
    (await new ResidualisedLift({ isSelection }).score(createView(input, engine))).groups.length
  expect(await found(false)).toBe(0)
  expect(await found(true)).toBe(1)
})
