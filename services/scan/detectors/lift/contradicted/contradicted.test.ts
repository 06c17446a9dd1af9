import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { tableTokens } from '../../../features/tokens-tables.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import { contradictedValues } from './contradicted.ts'
import { stretches } from '../campaigns/surroundings.ts'

const N = 3000
const HOLDERS = 60
/** A figure typed by hand, beyond all others of its column. */
const VALUE = 5

interface Rows {
  readonly a: Float64Array
  readonly b: Float64Array
  readonly amount: Float64Array
  readonly of: Int32Array
}

/** How labels follow from two columns. */
interface Law {
  readonly seed: number
  readonly slope: number
  readonly offset: number
}

/** Two columns that say the label in four of five rows, and one that says nothing; with an offset, most are labelled 1. */
function noisyRows({ seed = 7, slope = 1.6, offset = 0 }: Partial<Law> = {}): Rows {
  const random = seededRandom(seed)
  const [a, b, amount] = [0, 1, 2].map(() => Float64Array.from({ length: N }, () => random.normal())) as [
    Float64Array,
    Float64Array,
    Float64Array,
  ]
  const of = Int32Array.from(a, (x, i) => Number(random.next() < 1 / (1 + Math.exp(-slope * (x + b[i]!) - offset))))
  return { a, b, amount, of }
}

/** What is found once those that `strike` chooses hold the value and are labelled 1. */
function asked(strike: (rows: Rows) => Int32Array, law?: Partial<Law>) {
  const { a, b, amount, of } = noisyRows(law)
  const struck = strike({ a, b, amount, of })
  for (const i of struck) {
    amount[i] = VALUE
    of[i] = 1
  }
  const columns = Object.entries({ a, b, amount }).map(([name, values]): TableColumn => ({
    name,
    type: 'number',
    values,
  }))
  return campaignsIn(columns, of)
}

function campaignsIn(columns: readonly TableColumn[], of: Int32Array) {
  const ones = of.reduce((sum, label) => sum + label, 0)
  const labels: Grouping = { of, names: ['kept', 'charged back'], counts: Int32Array.of(of.length - ones, ones) }
  const tokens = tableTokens(columns, of.length)
  const { holders } = tokens
  const untested = stretches({ kind: 'table', columns }, tokens, holders)
  const held = {
    tokens,
    holders,
    beside: () => [],
    nearMisses: () => new Int32Array(0),
    fellows: () => 0,
    untested,
    byNature: () => false,
  }
  return contradictedValues(columns, held, labels, 1)
}

function named(strike: (rows: Rows) => Int32Array): number[] {
  return asked(strike)
    .flatMap(({ members }) => [...members])
    .sort((x, y) => x - y)
}

const first = (rows: Rows, which: (i: number) => boolean) =>
  Int32Array.from(rows.of.keys()).filter(which).subarray(0, HOLDERS)

it('names a value that comes with one label on records of the other, though labels follow from records only in part', () => {
  let struck: number[] = []
  const members = named((rows) => {
    const found = first(rows, (i) => rows.of[i] === 0)
    struck = [...found]
    return found
  })
  expect(members).toEqual(struck)
})

it('takes a value that decides the label of records like all others for a law', () => {
  expect(named((rows) => first(rows, () => true))).toEqual([])
})

it('takes a value whose records lie together in their other columns for a kind of records', () => {
  expect(named((rows) => first(rows, (i) => Math.hypot(rows.a[i]! + 0.8, rows.b[i]! + 0.8) < 0.4))).toEqual([])
})

it.each([1, 2, 3])('takes no value for contradicted that nearly all rows agree with, seed %i', (seed) => {
  const natural = ({ a, b, of }: Rows) =>
    Int32Array.from(of.keys())
      .filter((i) => of[i] === 1 && a[i]! + b[i]! < 0)
      .subarray(0, 240)
  expect(asked(natural, { seed, slope: 0.8, offset: 4 })).toEqual([])
})

it.each([1, 2, 3])('names a value that was planted in others, where most rows bear its label, seed %i', (seed) => {
  const others = asked((rows) => first(rows, (i) => rows.of[i] === 0), { seed, offset: 2 })
  expect(others.map(({ members }) => members.length)).toEqual([HOLDERS])
})

/** Of so many rows that are given the value at the end, how many are named: `contrary` of them bore the other label. */
function namedAtEnd(count: number, contrary: number, seed: number): number[] {
  const campaigns = asked(
    ({ of }) => {
      const rows = (label: number, most: number) =>
        Int32Array.from(of.keys())
          .filter((i) => of[i] === label)
          .subarray(0, most)
      return Int32Array.from([...rows(0, contrary), ...rows(1, count - contrary)]).sort()
    },
    { seed },
  )
  return campaigns.map(({ members }) => members.length)
}

it('asks the labels of a value at the end of its column where at least eight rows hold it', () => {
  expect(namedAtEnd(8, 8, 7)).toEqual([8])
  expect(namedAtEnd(7, 7, 7)).toEqual([])
})

it('asks the labels of a value at the end only where it is rare: what three in a hundred hold is a part of the column', () => {
  expect(namedAtEnd(90, 54, 1)).toEqual([90])
  expect(namedAtEnd(91, 55, 1)).toEqual([])
})

// The rows that calibrate the votes bear the rare label more often than others in these draws.
it.each([31, 49, 55])('takes no value for contradicted where one label is rare, draw %i', (seed) => {
  const random = seededRandom(seed, 'imbalanced')
  const rows = 2000
  const [a, b] = [0, 1].map(() => Float64Array.from({ length: rows }, () => random.normal())) as [
    Float64Array,
    Float64Array,
  ]
  const codes = [0, 1, 2].map(() => Int32Array.from({ length: rows }, () => Math.floor(30 * random.next())))
  const of = Int32Array.from(a, (x, i) => Number(random.next() > 0.05 * Math.exp(0.6 * (x + b[i]!) - 0.36)))
  const levels = Array.from({ length: 30 }, (_, level) => String(level))
  const columns: TableColumn[] = [
    { name: 'a', type: 'number', values: a },
    { name: 'b', type: 'number', values: b },
    ...codes.map((drawn, k): TableColumn => ({ name: `c${k}`, type: 'category', codes: drawn, levels })),
  ]
  expect(campaignsIn(columns, of)).toEqual([])
})
