import { describe, expect, it } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { seededRandom } from '#core/random.ts'
import { scanWindow } from '../../scan-window.ts'
import { decide } from '../../verdict/decide.ts'
import { groupBy } from '../../view/build-input.ts'
import type { NumberColumn, TableColumn } from '../../view/samples.ts'
import { BeyondColumn, beyondColumns } from './beyond-column.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'

const N = 1500

/** Eight columns of amounts with long tails, half of them of one cause, and two categories. */
function sales(seed: number) {
  const random = seededRandom(seed, 'sales')
  const columns = Array.from({ length: 8 }, (_, k): NumberColumn => ({
    name: `amount ${k}`,
    type: 'number',
    values: new Float64Array(N),
  }))
  for (let i = 0; i < N; i++) {
    const size = random.normal()
    columns.forEach(({ values }, k) => {
      values[i] = Math.round(100 * Math.exp(0.7 * (k % 2 ? size + 0.5 * random.normal() : random.normal()))) / 100
    })
  }
  const codes = Int32Array.from({ length: N }, () => random.below(6))
  const levels = Array.from({ length: 6 }, (_, level) => `region ${level}`)
  const region: TableColumn = { name: 'region', type: 'category', codes, levels }
  const labels = groupBy(Array.from({ length: N }, () => (random.next() < 0.4 ? 'yes' : 'no')))
  const struck = [...random.permutation(N).subarray(0, 12)].sort((a, b) => a - b)
  return { columns, region, labels, struck, random }
}

/** Draws every amount of the rows anew, from the least to three times the column's range. */
function garble({ columns, struck, random }: ReturnType<typeof sales>, rows = struck): void {
  for (const { values } of columns) {
    const [low, high] = [Math.min(...values), Math.max(...values)]
    for (const i of rows) values[i] = Math.round(100 * (low + 3 * (high - low) * random.next())) / 100
  }
}

const innocent = ({ struck }: ReturnType<typeof sales>, rows: Iterable<number>) =>
  [...rows].filter((i) => !struck.includes(i)).length
const found = ({ columns, region, labels }: ReturnType<typeof sales>) =>
  beyondColumns([...columns, region], labels).filter(({ summary }) => summary.endsWith('at once'))

describe('rows that are far out in many columns at once', () => {
  it.each([1, 2, 3, 4])('are garbage, seed %i', (seed) => {
    const table = sales(seed)
    expect(found(table)).toEqual([])
    garble(table)
    const [group] = found(table)
    expect(innocent(table, group!.members)).toBeLessThanOrEqual(1)
    expect(group!.members.length).toBeGreaterThanOrEqual(9)
    expect(group!.summary).toBe(
      `${group!.members.length} records lie far beyond the others in 4 and more of 8 columns of amounts at once`,
    )
  })

  it('are none where they are large in all columns, the one more than the other', () => {
    const table = sales(5)
    table.struck.forEach((i, k) => {
      for (const { values } of table.columns) values[i] = (20 + 5 * k) * (1 + 0.1 * table.random.next())
    })
    expect(found(table)).toEqual([])
  })

  it.each([0, 2, 3, 4])(
    'are none on days of a scale of their own, whose returns all have long tails, seed %i',
    (seed) => {
      const random = seededRandom(seed, 'returns')
      const days = 4000
      const columns = Array.from({ length: 6 }, (_, k): NumberColumn => ({
        name: `return ${k}`,
        type: 'number',
        values: new Float64Array(days),
      }))
      for (let day = 0; day < days; day++) {
        const scale = Math.sqrt(3 / (random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2))
        for (const { values } of columns) values[day] = scale * random.normal()
      }
      expect(beyondColumns(columns, null)).toEqual([])
    },
  )

  it('are none where they are of one region, or fewer than five', () => {
    const table = sales(6)
    garble(table)
    expect(found(table).length).toBe(1)
    const { region } = table
    if (region.type === 'category') for (const i of table.struck) region.codes[i] = 0
    expect(found(table)).toEqual([])
    const few = sales(6)
    garble(few, few.struck.slice(0, 3))
    expect(found(few)).toEqual([])
  })

  it('are none where many rows that are far in one column are in a second', () => {
    const table = sales(7)
    garble(table)
    const [first, second, third] = table.columns
    for (let i = 0; i < 60; i++) for (const { values } of [first!, second!, third!]) values[i] = 40 + i + values[i]!
    expect(found(table)).toEqual([])
  })

  it('are held by the scan, with labels and without', async () => {
    const table = sales(8)
    garble(table)
    const [group] = found(table)
    for (const labels of [table.labels, null]) {
      const samples = { kind: 'table' as const, columns: [...table.columns, table.region] }
      const { risk } = await scanWindow({ n: N, seed: 8, samples, labels, contributors: null })
      const held = decide(risk, policySchema.parse({})).flatMap((decision, i) => (decision === 'admit' ? [] : [i]))
      expect(held).toEqual(expect.arrayContaining([...group!.members]))
      expect(innocent(table, held)).toBeLessThanOrEqual(1)
    }
  })

  it('are named in the detector’s group', async () => {
    const table = sales(1)
    garble(table)
    const samples = { kind: 'table' as const, columns: [...table.columns, table.region] }
    const input = { n: N, seed: 1, samples, labels: table.labels, contributors: null }
    const found = await new BeyondColumn().score(createView(input, await createEngine()))
    const group = found.groups.find(({ summary }) => summary.endsWith('at once'))
    expect(found.why(group!.members[0]!)).toBe(group!.summary)
  })
})
