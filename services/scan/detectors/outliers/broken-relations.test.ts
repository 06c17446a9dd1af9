import { describe, expect, it } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { scanWindow } from '../../scan-window.ts'
import { decide } from '../../verdict/decide.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import type { NumberColumn } from '../../view/samples.ts'
import { BrokenRelations, brokenRelations } from './broken-relations.ts'

const N = 800
const cents = (amount: number) => Math.round(100 * amount) / 100
const column = (name: string, of: (i: number) => number): NumberColumn => ({
  name,
  type: 'number',
  values: Float64Array.from({ length: N }, (_, i) => of(i)),
})

/** Receipts whose last column is the sum of the first two, or their product, and columns that have nothing to do with them. */
function receipts(seed: number, last: (goods: number, freight: number) => number) {
  const random = seededRandom(seed, 'relations')
  const goods = column('goods', () => cents(Math.exp(4 + random.normal())))
  const freight = column('freight', () => cents(Math.exp(3 + 0.7 * random.normal())))
  const others = ['age', 'weight', 'distance'].map((name) => column(name, () => cents(50 + 10 * random.normal())))
  const total = column('total', (i) => cents(last(goods.values[i]!, freight.values[i]!)))
  const struck = random.permutation(N).subarray(0, 16).sort()
  return { columns: [goods, freight, ...others, total], struck, random }
}

/** The same with each value of some rows from another row. */
function drawnApart({ columns, struck, random }: ReturnType<typeof receipts>): NumberColumn[] {
  return columns.map((from) => {
    const values = from.values.slice()
    for (const i of struck) values[i] = from.values[random.below(N)]!
    return { ...from, values }
  })
}

const held = (columns: readonly NumberColumn[]) => [...(brokenRelations(columns, N, null).group?.members ?? [])]
const sum = (a: number, b: number) => a + b
const product = (a: number, b: number) => a * b

describe('BrokenRelations', () => {
  it.each([1, 2, 3, 4])('finds rows whose columns were drawn apart, by sums and by products, seed %i', (seed) => {
    for (const made of [sum, product]) {
      const table = receipts(seed, made)
      const found = held(drawnApart(table))
      expect(found.length).toBeGreaterThanOrEqual(14)
      expect([...table.struck]).toEqual(expect.arrayContaining(found))
    }
  })

  it.each([5, 6])('says nothing of a clean table, nor of one without relations, seed %i', (seed) => {
    const unrelated = receipts(seed, () => 0)
    for (const columns of [receipts(seed, sum).columns, receipts(seed, product).columns, drawnApart(unrelated)]) {
      const { group, ranked } = brokenRelations(columns, N, null)
      expect(group).toBeNull()
      expect(ranked.every((odds) => odds === -Infinity)).toBe(true)
    }
  })

  it('holds nobody where the rows that break a relation are of a kind', () => {
    const { columns, struck } = receipts(7, sum)
    const [, , age] = columns
    const kind = columns.map((from) => ({ ...from, values: from.values.slice() }))
    for (const i of struck) kind[5]!.values[i] = cents(0.5 * kind[5]!.values[i]!)
    expect(held(kind).length).toBeGreaterThan(10)
    // the same rows, were they the oldest
    const oldest = kind.map((from) => (from.name === 'age' ? { ...from, values: age!.values.slice() } : from))
    struck.forEach((i, k) => (oldest[2]!.values[i] = 90 + 0.1 * k))
    expect(held(oldest)).toEqual([])
    // or all of one shop
    const shop = groupBy(Array.from({ length: N }, (_, i) => (struck.includes(i) ? 'abroad' : 'here')))
    expect(brokenRelations(kind, N, shop).group).toBeNull()
  })

  it('holds nobody whose counts are off by one or two, and whoever was drawn apart beside them', () => {
    const { columns, struck, random } = receipts(9, sum)
    const items = column('items', () => 3 + Math.floor(Math.exp(2.5 + 0.5 * random.normal())))
    const back = random.permutation(N).subarray(0, 24)
    const delivered = { ...items, name: 'delivered', values: items.values.slice() }
    back.forEach((i, k) => (delivered.values[i]! -= k % 4 === 0 ? 2 : 1))
    const table = [...columns, items, delivered]
    expect(held(table)).toEqual([])
    const found = held(drawnApart({ columns: table, struck, random }))
    expect(found.length).toBeGreaterThanOrEqual(12)
    expect(found.filter((i) => !struck.includes(i)).length).toBeLessThan(2)
    // what is not counted in ones has no next number
    const halves = table.map((from) => ({ ...from, values: from.values.map((value) => value / 2) }))
    expect(held(halves).length).toBeGreaterThan(12)
  })

  it('holds nobody for residuals whose tail is long by nature', () => {
    const random = seededRandom(8, 'relations')
    const { columns } = receipts(8, (a, b) => a + b + (2 * random.normal()) / Math.max(1e-3, Math.abs(random.normal())))
    expect(held(columns)).toEqual([])
  })

  it('asks coordinates of vectors, and no rows in which a value is missing', async () => {
    const table = receipts(9, sum)
    const apart = drawnApart(table)
    const vectors = matrix(N, apart.length)
    apart.forEach(({ values }, j) => values.forEach((value, i) => (vectors.data[i * apart.length + j] = value)))
    const input = { n: N, seed: 1, samples: { kind: 'vector', vectors } as const, labels: null, contributors: null }
    const { groups } = await new BrokenRelations().score(createView(input, await createEngine()))
    expect(groups.map(({ members }) => members.length)).toEqual([held(apart).length])
    for (const i of table.struck.subarray(0, 8)) apart[3]!.values[i] = Number.NaN
    expect(held(apart).every((i) => table.struck.indexOf(i) >= 8)).toBe(true)
    expect(held(apart).length).toBeGreaterThan(5)
  })

  it('has the scan hold them, with labels and without, and says what they break', async () => {
    const engine = await createEngine()
    const table = receipts(10, sum)
    const columns = drawnApart(table)
    const ages = columns[2]!.values
    for (const labels of [null, groupBy([...ages].map((age) => (age > 50 ? 'old' : 'young')))]) {
      const input = { n: N, seed: 1, samples: { kind: 'table', columns } as const, labels, contributors: null }
      const { risk, campaigns } = await scanWindow(input, { engine })
      const made = decide(risk, policySchema.parse({}))
      const kept = [...made.keys()].filter((i) => made[i] !== 'admit')
      expect(kept.filter((i) => table.struck.includes(i)).length).toBeGreaterThanOrEqual(14)
      expect(campaigns.map(({ summary }) => summary).join()).toMatch(
        /records break what the others keep to between the columns .*total/,
      )
    }
  })
})
