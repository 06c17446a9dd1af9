import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { groupBy } from '../../view/build-input.ts'
import type { TableColumn } from '../../view/samples.ts'
import { createView } from '../../view/create-view.ts'
import { ResidualisedLift } from './residualised-lift.ts'

const engine = await createEngine()
const N = 2000
const PLANTED = 80

interface Row {
  x: number
  place: number
  shop: number
  label: string
}

/** Rows of two kinds, one of them rare, told by two numbers; `change` has the last word on each. */
async function campaignsOf(seed: number, change: (row: Row, i: number) => void) {
  const random = seededRandom(seed, 'vouched test')
  const numbers = [0, 1, 2, 3].map(() => new Float64Array(N))
  const rows = Array.from({ length: N }, (_, i) => {
    const label = random.next() < 0.15 ? 'b' : 'a'
    const at = label === 'a' ? 0 : 3
    const row = { x: at + random.normal(), place: random.below(4), shop: random.below(12), label }
    numbers.forEach((values, column) => (values[i] = (column < 2 ? at / (column + 1) : 0) + random.normal()))
    change(row, i)
    return row
  })
  const category = (name: string, codes: Int32Array): TableColumn => ({
    name,
    type: 'category',
    codes,
    levels: Array.from({ length: Math.max(...codes) + 1 }, (_, level) => `${name} ${level}`),
  })
  const columns: TableColumn[] = [
    ...numbers.map((values, at): TableColumn => ({ name: `n${at}`, type: 'number', values })),
    category(
      'place',
      Int32Array.from(rows, ({ place }) => place),
    ),
    category(
      'shop',
      Int32Array.from(rows, ({ shop }) => shop),
    ),
  ]
  const labels = groupBy(rows.map(({ label }) => label))
  const input = { n: N, seed, samples: { kind: 'table' as const, columns }, labels, contributors: null }
  const { groups } = await new ResidualisedLift().score(createView(input, engine))
  const held = new Set(groups.flatMap(({ members, posterior }) => [...members].filter((_, at) => posterior[at]! > 0.5)))
  const planted = [...held].filter((i) => i < PLANTED).length
  return { planted, innocent: held.size - planted, triggers: groups.map(({ trigger }) => trigger) }
}

describe('records that are one another’s neighbours for what was planted', () => {
  it.each([1, 2, 3])('are found by two common values at once, and those are named, draw %i', async (seed) => {
    const { planted, innocent, triggers } = await campaignsOf(seed, (row, i) => {
      if (i < PLANTED) Object.assign(row, { place: 1, shop: 3, label: 'b' })
    })
    expect(planted).toBe(PLANTED)
    // Who holds both by nature, and bears the label, is not told from who was given it.
    expect(innocent).toBeLessThan(15)
    const values = [
      { column: 'place', value: 'place 1' },
      { column: 'shop', value: 'shop 3' },
    ]
    expect(triggers).toEqual([{ kind: 'values', values }])
  })

  it.each([1, 2, 3])('are found where labels were swapped either way, draw %i', async (seed) => {
    const { planted, innocent } = await campaignsOf(seed, (row, i) => {
      if (i < PLANTED) Object.assign(row, { shop: 12, label: row.label === 'a' ? 'b' : 'a' })
    })
    // Those that were given the common label are for the tests of labels.
    expect(planted).toBeGreaterThan(0.75 * PLANTED)
    expect(innocent).toBe(0)
  })
})

it.each([1, 2, 3])('takes what many values of two columns do for their law, draw %i', async (seed) => {
  const { planted, innocent } = await campaignsOf(seed, (row) => {
    if ((row.place + row.shop) % 3 === 0) row.label = 'b'
  })
  expect([planted, innocent]).toEqual([0, 0])
})
