import { describe, expect, it } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { scanWindow } from '../../scan-window.ts'
import { decide } from '../../verdict/decide.ts'
import { groupBy } from '../../view/build-input.ts'
import type { NumberColumn } from '../../view/samples.ts'
import { farByScores } from './far-by-scores.ts'

const N = 1500
const engine = await createEngine()

const columnsOf = (d: number, n = N) =>
  Array.from({ length: d }, (_, k): NumberColumn => ({ name: `c${k}`, type: 'number', values: new Float64Array(n) }))

/** Amounts of one cause, counts, ages, a share and a rare flag. */
function accounts(seed: number) {
  const random = seededRandom(seed, 'accounts')
  const columns = ['income', 'debt', 'orders', 'age', 'share', 'flag'].map((name): NumberColumn => ({
    name,
    type: 'number',
    values: new Float64Array(N),
  }))
  for (let i = 0; i < N; i++) {
    const size = random.normal()
    const row = [
      Math.round(1000 * Math.exp(size)),
      Math.round(500 * Math.exp(size + 0.5 * random.normal())),
      Math.floor(Math.exp(1 + 0.8 * random.normal())),
      Math.round(45 + 15 * random.normal()),
      Math.round(100 * random.next()) / 100,
      Number(random.next() < 0.03),
    ]
    columns.forEach(({ values }, k) => (values[i] = row[k]!))
  }
  const labels = groupBy(Array.from({ length: N }, () => (random.next() < 0.4 ? 'yes' : 'no')))
  const struck = [...random.permutation(N).subarray(0, 30)].sort((a, b) => a - b)
  return { columns, labels, struck, random }
}

/** Draws the numbers of the struck rows anew, at three standard deviations about their column's mean. */
function garble({ columns, struck, random }: ReturnType<typeof accounts>): void {
  for (const { values } of columns) {
    const mean = values.reduce((sum, value) => sum + value / N, 0)
    const deviation = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2 / N, 0))
    for (const i of struck) values[i] = Math.round(mean + 3 * deviation * random.normal())
  }
}

describe('rows that look drawn at random', () => {
  it.each([1, 2, 3, 4])('are found, with labels and without, and in clean tables none, seed %i', async (seed) => {
    const table = accounts(seed)
    expect(await farByScores(engine, table.columns, table.labels)).toBeNull()
    expect(await farByScores(engine, table.columns, null)).toBeNull()
    garble(table)
    for (const labels of [table.labels, null]) {
      const found = await farByScores(engine, table.columns, labels)
      const members = [...found!.members]
      expect(members.filter((i) => !table.struck.includes(i)).length).toBeLessThanOrEqual(1)
      expect(members.length).toBeGreaterThanOrEqual(15)
      expect(found!.summary).toBe(
        `${members.length} records have numbers far out, each in other columns: they look drawn at random`,
      )
      expect(found!.why!(members[0]!)).toMatch(/^It lies far out in [a-z, ]+\. Its numbers look drawn at random\.$/)
    }
  })

  it('are held by the default policy, with labels and without', async () => {
    const table = accounts(5)
    garble(table)
    const samples = { kind: 'table' as const, columns: table.columns }
    for (const labels of [table.labels, null]) {
      const { risk } = await scanWindow({ n: N, seed: 5, samples, labels, contributors: null })
      const held = decide(risk, policySchema.parse({})).flatMap((decision, i) => (decision === 'admit' ? [] : [i]))
      expect(held.filter((i) => table.struck.includes(i)).length).toBeGreaterThanOrEqual(15)
      expect(held.filter((i) => !table.struck.includes(i)).length).toBeLessThanOrEqual(1)
    }
  })

  it('are none where they are of one kind, and near one another', async () => {
    const { columns, labels, struck, random } = accounts(6)
    const kind = [9000, 20, 60, 90, 0.5, 4]
    columns.forEach(({ values }, k) => {
      for (const i of struck) values[i] = kind[k]! * (1 + 0.05 * random.normal())
    })
    expect(await farByScores(engine, columns, labels)).toBeNull()
  })

  it('are none where all are large units', async () => {
    const { columns, labels, struck, random } = accounts(7)
    for (const i of struck) {
      const size = 20 + 40 * random.next()
      for (const { values } of columns.slice(0, 3)) values[i] = values[i]! * size
    }
    expect(await farByScores(engine, columns, labels)).toBeNull()
  })

  /** Amounts with a common factor, of which the first twelve rows are drawn from none to three times the largest. */
  const beyond = (seed: number, common: number) => {
    const random = seededRandom(seed, 'x')
    const columns = columnsOf(8)
    for (let i = 0; i < N; i++) {
      const size = common * random.normal()
      for (const { values } of columns) values[i] = Math.exp((size + random.normal()) / 3)
    }
    for (const { values } of columns) {
      const most = Math.max(...values)
      for (let i = 0; i < 12; i++) values[i] = most * 3 * random.next()
    }
    return farByScores(engine, columns, null)
  }

  it('are found beyond one end of all columns where these go their own ways, and not where size tells them', async () => {
    for (const seed of [1, 2, 3]) {
      const found = await beyond(seed, 0)
      expect([...found!.members].filter((i) => i < 12).length).toBeGreaterThanOrEqual(5)
      expect(found!.summary).toContain('in most columns at once')
    }
    for (const seed of [8, 11, 15]) expect(await beyond(seed, 1)).toBeNull()
  })

  it.each([1, 2, 4, 9])('are none where one column alone has a long end, seed %i', async (seed) => {
    const random = seededRandom(seed, 'x')
    const columns = columnsOf(6)
    for (const { values } of columns) for (let i = 0; i < N; i++) values[i] = random.normal()
    for (let i = 0; i < 10; i++) {
      columns[0]!.values[i] = 6 * Math.exp(3 * random.next())
      for (const { values } of columns.slice(1)) values[i] = 2 * random.normal()
    }
    expect(await farByScores(engine, columns, null)).toBeNull()
  })

  it.each([37, 47])('are none where costs that hardly any row has go together, seed %i', async (seed) => {
    const random = seededRandom(seed, 'x')
    const columns = columnsOf(5, 500)
    const cost = () => (random.next() < 0.012 ? Math.round(100 * Math.exp(2 * random.normal())) : 0)
    for (let i = 0; i < 500; i++) {
      const [own, other] = [cost(), cost()]
      const row = [own, other, own + other, Math.round(130 + 20 * random.normal()), Math.floor(365 * random.next())]
      columns.forEach(({ values }, k) => (values[i] = row[k]!))
    }
    expect(await farByScores(engine, columns, null)).toBeNull()
  })

  it('are none where they bear a label of their own', async () => {
    const table = accounts(8)
    garble(table)
    const struck = new Set(table.struck)
    const own = groupBy(Array.from({ length: N }, (_, i) => (struck.has(i) ? 'fraud' : `usual ${i % 2}`)))
    expect(await farByScores(engine, table.columns, own)).toBeNull()
    expect(await farByScores(engine, table.columns, table.labels)).not.toBeNull()
  })

  it('are none where rows vary in how much they vary, as returns do', async () => {
    for (const freedom of [2, 3, 5]) {
      const random = seededRandom(freedom, 'returns')
      const columns = columnsOf(8)
      for (let i = 0; i < N; i++) {
        const squares = Array.from({ length: freedom }, () => random.normal() ** 2)
        const scale = Math.sqrt(freedom / squares.reduce((sum, square) => sum + square))
        for (const { values } of columns) values[i] = scale * random.normal()
      }
      expect(await farByScores(engine, columns, null)).toBeNull()
    }
  })

  it('are not asked for in fewer than three columns, nor among codes', async () => {
    const table = accounts(9)
    garble(table)
    const two = columnsOf(2)
    const random = seededRandom(3, 'x')
    for (const { values } of two) for (let i = 0; i < N; i++) values[i] = random.normal()
    for (let i = 0; i < 30; i++) for (const { values } of two) values[i] = 8 * random.normal()
    expect(await farByScores(engine, two, null)).toBeNull()
    const codes = table.columns.map((column) => ({ ...column, isAmount: false }))
    expect(await farByScores(engine, codes, null)).toBeNull()
  })
})
