import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Group } from '../../../detector.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import { plantedBands } from './planted-bands.ts'

const N = 3000
const PLANTED = 90

interface Rows {
  readonly amount: Float64Array
  readonly other: Float64Array
  readonly of: Int32Array
  readonly next: () => number
}

/** Amounts that say nothing, another column that says a little, and a label that a quarter of the rows bear. */
function noisyRows(seed: number): Rows {
  const random = seededRandom(seed)
  const amount = Float64Array.from({ length: N }, () => 100 * random.next())
  const other = Float64Array.from({ length: N }, () => random.normal())
  const of = Int32Array.from(other, (x) => Number(random.next() < 1 / (1 + Math.exp(1.2 - 0.5 * x))))
  return { amount, other, of, next: () => random.next() }
}

function found({ amount, other, of }: Rows, known: readonly Group[] = []) {
  const columns = Object.entries({ amount, other }).map(([name, values]): TableColumn => ({
    name,
    type: 'number',
    values,
  }))
  const ones = of.reduce((sum, label) => sum + label, 0)
  const labels: Grouping = { of, names: ['kept', 'charged back'], counts: Int32Array.of(N - ones, ones) }
  return plantedBands(columns, labels, known)
}

/** Moves some rows of the other label into a band of amounts, and gives them the label. */
function plant({ amount, of, next }: Rows, low: number, high: number): Set<number> {
  const rows = [...of.keys()].filter((i) => of[i] === 0).slice(0, PLANTED)
  for (const i of rows) {
    amount[i] = low + (high - low) * next()
    of[i] = 1
  }
  return new Set(rows)
}

it.each([1, 2, 3])('finds rows that were moved into a band of numbers and relabelled, seed %i', (seed) => {
  const rows = noisyRows(seed)
  const planted = plant(rows, 40, 41)
  const [group, ...others] = found(rows)
  expect(others).toEqual([])
  expect(group?.label).toBe(1)
  const hits = [...(group?.members ?? [])].filter((i) => planted.has(i))
  expect(hits.length).toBeGreaterThan(0.9 * PLANTED)
  expect(group!.members.length - hits.length).toBeLessThan(0.3 * PLANTED)
  expect(group?.summary).toMatch(/with amount = \S+ … 4\d\S* are labelled charged back/)
})

it.each([1, 2, 3])('finds rows of a band that were relabelled where they stood, seed %i', (seed) => {
  const rows = noisyRows(seed)
  rows.amount.forEach((x, i) => {
    if (x >= 60 && x < 63) rows.of[i] = 1
  })
  const groups = found(rows)
  expect(groups.map(({ label }) => label)).toEqual([1])
})

it('leaves rows without a band, a step and a hump alone', () => {
  expect(found(noisyRows(4))).toEqual([])
  const step = noisyRows(5)
  step.amount.forEach((x, i) => {
    if (x >= 95) step.of[i] = 1
  })
  expect(found(step)).toEqual([])
  const hump = noisyRows(6)
  hump.amount.forEach((x, i) => {
    if (hump.next() < 0.9 * Math.exp(-(((x - 50) / 4) ** 2))) hump.of[i] = 1
  })
  expect(found(hump)).toEqual([])
})

it('leaves labels that go by the column alone, band by band', () => {
  const rows = noisyRows(7)
  rows.amount.forEach((x, i) => {
    if (Math.floor(x / 4) % 5 === 0) rows.of[i] = 1
  })
  expect(found(rows)).toEqual([])
})

it('leaves what another column says of the band alone', () => {
  const rows = noisyRows(8)
  const inside = (x: number) => x >= 40 && x < 43
  rows.amount.forEach((x, i) => {
    if (inside(x)) rows.of[i] = 1
  })
  // Rows of the band, and as many others, are of a kind that bears the label.
  rows.amount.forEach((x, i) => {
    if (inside(x) || (x >= 70 && i % 12 === 0)) [rows.other[i], rows.of[i]] = [8 + rows.next(), 1]
  })
  expect(found(rows)).toEqual([])
})

it('does not tell twice what is told already', () => {
  const rows = noisyRows(9)
  plant(rows, 40, 41)
  const columns: TableColumn[] = [
    { name: 'amount', type: 'number', values: rows.amount },
    { name: 'in cents', type: 'number', values: rows.amount.map((x) => 100 * x) },
  ]
  const ones = rows.of.reduce((sum, label) => sum + label, 0)
  const labels: Grouping = { of: rows.of, names: ['0', '1'], counts: Int32Array.of(N - ones, ones) }
  const [group, ...others] = plantedBands([columns[0]!], labels, [])
  expect(others).toEqual([])
  expect(plantedBands([columns[0]!], labels, [group!])).toEqual([])
})

/** Amounts of which the largest are labelled 1 by nature, and beyond these rows of a group that is known, labelled 0. */
function beyondTheEnd() {
  const rows = noisyRows(8)
  rows.amount.forEach((x, i) => {
    if (x >= 95) rows.of[i] = 1
  })
  const members = Int32Array.from(rows.of.keys())
    .filter((i) => rows.amount[i]! < 95)
    .slice(0, 150)
  for (const i of members) {
    rows.amount[i] = 110 + rows.next()
    rows.of[i] = 0
  }
  const known: Group = {
    members,
    posterior: new Float64Array(members.length).fill(1),
    evidence: 50,
    label: 0,
    summary: 'planted',
  }
  return { rows, known }
}

it('takes no end of a column for a band because planted rows lie beyond it', () => {
  const { rows, known } = beyondTheEnd()
  expect(found(rows).map(({ label }) => label)).toEqual([1])
  expect(found(rows, [known])).toEqual([])
})

it('finds a band beside a group that is known elsewhere in the column', () => {
  const rows = noisyRows(1)
  const planted = plant(rows, 40, 41)
  const members = Int32Array.from(rows.of.keys()).filter((i) => rows.amount[i]! > 98)
  const known: Group = {
    members,
    posterior: new Float64Array(members.length).fill(1),
    evidence: 50,
    label: 0,
    summary: 'planted',
  }
  const [group] = found(rows, [known])
  expect(group!.members.filter((i) => planted.has(i)).length).toBeGreaterThan(0.9 * PLANTED)
})
