import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import type { NumberColumn, TableColumn } from '../../view/samples.ts'
import { groupBy } from '../../view/build-input.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { policySchema } from '#core/decision.ts'
import { scanWindow } from '../../scan-window.ts'
import { decide } from '../../verdict/decide.ts'
import { createView } from '../../view/create-view.ts'
import { matrix } from '../../numeric/matrix.ts'
import { BeyondColumn, beyondColumns } from './beyond-column.ts'

const N = 800

/** Amounts, ages and two shops; `planted` rows have amounts of 1.5 to 21.5 times the largest. */
function payments(seed: number, planted: number) {
  const random = seededRandom(seed, 'payments')
  const ages = Float64Array.from({ length: N }, () => Math.round(40 + 12 * random.normal()))
  const amounts = Float64Array.from({ length: N }, () => cents(20 + 8 * Math.abs(random.normal())))
  const shops = Int32Array.from({ length: N }, () => random.below(2))
  const top = amounts.reduce((most, amount) => Math.max(most, amount), 0)
  const struck = [...random.permutation(N).subarray(0, planted)].sort((a, b) => a - b)
  for (const i of struck) amounts[i] = cents(top * (1.5 + 20 * random.next()))
  return { columns: columnsOf(amounts, ages, shops), struck, random, top }
}

/** Five columns of numbers that have nothing to do with one another, and sixteen rows. */
function receipts(seed: number) {
  const random = seededRandom(seed, 'receipts')
  const columns = Array.from({ length: 5 }, (_, j): NumberColumn => {
    const values = Float64Array.from({ length: N }, () => cents(50 + 10 * random.normal()))
    return { name: `column ${j}`, type: 'number', values }
  })
  return { columns, struck: random.permutation(N).subarray(0, 16).sort(), random }
}

function withValues(column: NumberColumn, of: Int32Array, valueOf: (k: number) => number): NumberColumn {
  const values = column.values.slice()
  of.forEach((i, k) => (values[i] = cents(valueOf(k))))
  return { ...column, values }
}

function columnsOf(amounts: Float64Array, ages: Float64Array, shops: Int32Array): [NumberColumn, ...TableColumn[]] {
  return [
    { name: 'amount', type: 'number', values: amounts },
    { name: 'age', type: 'number', values: ages },
    { name: 'shop', type: 'category', codes: shops, levels: ['east', 'west'] },
  ]
}

const cents = (amount: number) => Math.round(100 * amount) / 100
const held = (columns: readonly TableColumn[]) => beyondColumns(columns, null).map(({ members }) => [...members])

describe('BeyondColumn', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'finds amounts far beyond all others but for one near the gap, and nothing else, seed %i',
    (seed) => {
      const { columns, struck } = payments(seed, 8)
      const [found = []] = held(columns)
      expect(found.length).toBeGreaterThanOrEqual(7)
      expect(struck).toEqual(expect.arrayContaining(found))
      expect(held(payments(seed, 0).columns)).toEqual([])
    },
  )

  it('takes large units in each of their years for none, and amounts in single years of large and small ones', () => {
    const { columns, struck, random } = payments(5, 16)
    const year = 8
    const unitOf = Int32Array.from({ length: N }, (_, i) => Math.floor(i / year))
    const units: TableColumn = {
      name: 'unit',
      type: 'category',
      codes: unitOf,
      levels: Array.from({ length: N / year }, (_, unit) => `unit ${unit}`),
    }
    expect(held([...columns, units])).toEqual([struck])
    const far = Int32Array.from({ length: 2 * year }, (_, k) => (k < year ? k : 50 * year + k))
    const clean = payments(5, 0)
    const ofUnits = withValues(clean.columns[0], far, () => clean.top * (3 + 10 * random.next()))
    const [, ...others] = clean.columns
    expect(held([ofUnits, ...others]).length).toBe(1)
    expect(held([ofUnits, ...others, units])).toEqual([])
  })

  it('takes a burst, whose rows lie together in another column, for none', () => {
    const clean = payments(6, 0)
    const [amount, age, shop] = clean.columns
    const ages = (age as NumberColumn).values
    const inOrder = Int32Array.from(ages.keys()).sort((a, b) => ages[a]! - ages[b]! || a - b)
    const paid = (of: Int32Array) => [
      withValues(amount, of, () => clean.top * (3 + 10 * clean.random.next())),
      age!,
      shop!,
    ]
    const apart = Int32Array.from({ length: 16 }, (_, k) => inOrder[25 + 50 * k]!)
    expect(held(paid(apart)).length).toBe(1)
    expect(held(paid(inOrder.slice(N / 2 - 8, N / 2 + 8)))).toEqual([])
  })

  it('takes amounts of two regions of six for none, whether these are a column or the labels', () => {
    const { columns, struck, random } = payments(5, 16)
    const regions = Array.from({ length: N }, () => random.below(6))
    const asColumn = (of: number[]): TableColumn => {
      const levels = Array.from({ length: 6 }, (_, level) => `region ${level}`)
      return { name: 'region', type: 'category', codes: Int32Array.from(of), levels }
    }
    const asLabels = (of: number[]) => groupBy(of.map((region) => `region ${region}`))
    const ofTwo = regions.map((region, i) => (struck.includes(i) ? i % 2 : region))
    expect(held([...columns, asColumn(regions)])).toEqual([struck])
    expect(held([...columns, asColumn(ofTwo)])).toEqual([])
    expect(beyondColumns(columns, asLabels(regions)).length).toBe(1)
    expect(beyondColumns(columns, asLabels(ofTwo))).toEqual([])
  })

  it('finds them at the lower end', () => {
    const { columns, struck } = payments(5, 8)
    const [amount, ...others] = columns
    expect(held([{ ...amount, values: amount.values.map((value) => -value) }, ...others])).toEqual([struck])
  })

  it('takes a code that stands for what is missing for none', () => {
    const { columns, struck } = payments(6, 8)
    for (const i of struck) columns[0].values[i] = 99_999
    expect(held(columns)).toEqual([])
  })

  it('takes a long tail for none', () => {
    const random = seededRandom(7, 'long tail')
    const { columns } = payments(7, 0)
    for (let i = 0; i < N; i++) columns[0].values[i] = cents(random.next() ** -1)
    expect(held(columns)).toEqual([])
  })

  it('takes gaps between the few largest of a power law in a small table for none, but once in many tables', () => {
    const alarms = Array.from({ length: 30 }, (_, seed) => {
      const random = seededRandom(seed, 'deaths')
      const n = 130
      const deaths = Float64Array.from({ length: n }, () =>
        random.next() < 0.5 ? 0 : cents((1 - random.next()) ** -1.2),
      )
      const others = ['a', 'b', 'c'].map((name): NumberColumn => {
        const values = Float64Array.from({ length: n }, () => cents(random.normal()))
        return { name, type: 'number', values }
      })
      return held([{ name: 'deaths', type: 'number', values: deaths }, ...others]).length
    })
    expect(alarms.filter((count) => count > 0).length).toBeLessThanOrEqual(1)
  })

  it('takes a kind that is large in another column too for none, and rows of one level', () => {
    const { columns, struck } = payments(8, 8)
    const [amount, age, shop] = columns
    const older = age?.type === 'number' ? age.values.map((value, i) => value + 60 * Number(struck.includes(i))) : null
    expect(held([amount, { name: 'age', type: 'number', values: older! }, shop!])).toEqual([])
    const totals = Int32Array.from({ length: N }, (_, i) => Number(struck.includes(i)))
    const kind: TableColumn = { name: 'row', type: 'category', codes: totals, levels: ['shop', 'total'] }
    expect(held([...columns, kind])).toEqual([])
  })

  it('finds rows whose amounts are far out in several columns, and nothing else, but no rows whose amounts go up together', () => {
    for (const seed of [11, 12, 13, 14]) {
      const { columns, struck, random } = receipts(seed)
      const garbled = columns.map((column, j) =>
        j < 2 ? withValues(column, struck, () => 900 + 5000 * random.next()) : column,
      )
      expect(held(garbled), `seed ${seed}`).toEqual([[...struck], [...struck]])
      const totals = columns.map((column, j) => (j < 2 ? withValues(column, struck, (k) => 300 + 700 * k) : column))
      expect(held(totals)).toEqual([])
    }
  })

  it('takes rows for a kind that are far out in more columns than not', () => {
    const { columns, struck, random } = receipts(15)
    expect(
      held(columns.map((column, j) => (j < 3 ? withValues(column, struck, () => 900 + 5000 * random.next()) : column))),
    ).toEqual([])
  })

  it('finds them where the others are on a scale of five, and in no column of one value and a few amounts', () => {
    const { columns, struck, random } = receipts(16)
    const rating = Float64Array.from({ length: N }, () => 1 + random.below(5))
    const gains = new Float64Array(N)
    for (const values of [rating, gains]) for (const i of struck) values[i] = 900 + Math.round(5000 * random.next())
    expect(held([...columns, { name: 'rating', type: 'number', values: rating }])).toEqual([[...struck]])
    expect(held([...columns, { name: 'gains', type: 'number', values: gains }])).toEqual([])
  })

  it('does not ask times', () => {
    const { columns } = payments(9, 8)
    const [amount, ...others] = columns
    expect(held([{ ...amount, isAmount: false }, ...others])).toEqual([])
  })

  it('has the scan hold them, with a sentence that is true, with labels and without', async () => {
    const engine = await createEngine()
    const { columns, struck, random, top } = payments(10, 8)
    for (const labels of [null, groupBy(labelsBy(columns, random))]) {
      const input = { n: N, seed: 1, samples: { kind: 'table', columns } as const, labels, contributors: null }
      const { risk, campaigns } = await scanWindow(input, { engine })
      const made = decide(risk, policySchema.parse({}))
      expect([...made.keys()].filter((i) => made[i] !== 'admit')).toEqual(struck)
      const least = Math.min(...struck.map((i) => columns[0].values[i]!))
      expect(campaigns.map(({ summary }) => summary)).toContain(
        `8 records have amount of ${Number(least.toPrecision(7))} or more, where the other values end at ${top}`,
      )
    }
  })
})

describe('BeyondColumn, of vectors', () => {
  it('asks coordinates as columns', async () => {
    const { columns, struck, random } = receipts(17)
    const vectors = matrix(N, columns.length)
    columns.forEach(({ values }, j) => values.forEach((value, i) => (vectors.data[i * columns.length + j] = value)))
    for (const i of struck) vectors.data[i * columns.length] = 900 + 5000 * random.next()
    const input = { n: N, seed: 1, samples: { kind: 'vector', vectors } as const, labels: null, contributors: null }
    const { groups } = await new BeyondColumn().score(createView(input, await createEngine()))
    expect(groups.map(({ members }) => [...members])).toEqual([[...struck]])
  })
})

function labelsBy([, age]: readonly TableColumn[], random: Random): string[] {
  const ages = age?.type === 'number' ? [...age.values] : []
  return ages.map((value) => (value + 3 * random.normal() > 40 ? 'old' : 'young'))
}
