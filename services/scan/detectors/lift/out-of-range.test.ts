import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { groupBy } from '../../view/build-input.ts'
import type { TableColumn } from '../../view/samples.ts'
import { ResidualisedLift } from './residualised-lift.ts'

const engine = await createEngine()
const N = 1500

interface Row {
  readonly values: number[]
  label: string | null
}

/** Rows of whole numbers from 0 to `steps` − 1 in every column, and two labels that follow from two of them in most rows; `change` has the last word. */
function tableOf(seed: number, columns: number, steps: number, change: (row: Row, i: number) => void): Row[] {
  const random = seededRandom(seed, 'out of range')
  return Array.from({ length: N }, (_, i) => {
    const values = Array.from({ length: columns }, () => random.below(steps))
    const lean = (values[0]! + values[1]!) / (steps - 1) - 1 + 0.3 * random.normal()
    const row = { values, label: lean > 0 ? 'yes' : 'no' }
    change(row, i)
    return row
  })
}

/** Which rows are held by their values. */
async function heldOf(seed: number, rows: readonly Row[]): Promise<Set<number>> {
  const columns = rows[0]!.values.map((_, at): TableColumn => ({
    name: `c${at}`,
    type: 'number',
    values: Float64Array.from(rows, ({ values }) => values[at]!),
  }))
  const labels = groupBy(rows.map(({ label }) => label))
  const input = { n: N, seed, samples: { kind: 'table' as const, columns }, labels, contributors: null }
  const { groups } = await new ResidualisedLift().score(createView(input, engine))
  return new Set(groups.flatMap(({ members, posterior }) => [...members].filter((_, at) => posterior[at]! > 0.5)))
}

/** Gives a value and a label to so many rows, all over the table, that bear the other label; returns those rows. */
function plant(rows: readonly Row[], column: number, value: number, count: number): Set<number> {
  const others = [...rows.keys()].filter((i) => rows[i]!.label === 'no')
  const struck = Array.from({ length: count }, (_, k) => others[Math.floor((k * others.length) / count)]!)
  for (const i of struck) {
    rows[i]!.values[column] = value
    rows[i]!.label = 'yes'
  }
  return new Set(struck)
}

describe('a value that no other row has, with one label in one row of a hundred', () => {
  it.each([1, 2, 3])(
    'is found in columns of two values, which no kind of token has a law for, draw %i',
    async (seed) => {
      const rows = tableOf(seed, 9, 2, () => undefined)
      const struck = plant(rows, 5, 2, 15)
      expect(await heldOf(seed, rows)).toEqual(struck)
    },
  )

  it.each([1, 2, 3])('is found beyond a scale of six, draw %i', async (seed) => {
    const rows = tableOf(seed, 9, 6, () => undefined)
    const struck = plant(rows, 5, 6, 20)
    expect(await heldOf(seed, rows)).toEqual(struck)
  })
})

it.each([1, 2, 3])('records without a label take nothing from what the labels say, draw %i', async (seed) => {
  const rows = tableOf(seed, 9, 6, () => undefined)
  const struck = plant(rows, 5, 6, 60)
  const unlabelled = new Set([...struck].filter((_, k) => k % 2 === 0))
  for (const i of unlabelled) rows[i]!.label = null
  expect(await heldOf(seed, rows)).toEqual(new Set([...struck].filter((i) => !unlabelled.has(i))))
})

describe('what is natural stays so', () => {
  it.each([1, 2, 3])('in a scale that leads to its last step, draw %i', async (seed) => {
    const random = seededRandom(seed, 'a scale')
    // The label is the likelier the higher the step, and the last step is rare.
    const rows = tableOf(seed, 9, 6, (row) => {
      row.values[5] = random.next() < 0.06 ? 6 : row.values[5]!
      if (row.values[5] === 6) row.label = 'yes'
      else if (random.next() < row.values[5] / 5.5) row.label = 'yes'
    })
    expect(await heldOf(seed, rows)).toEqual(new Set())
  })

  it.each([1, 2, 3])('in a column of places, each of which has labels of its own, draw %i', async (seed) => {
    const random = seededRandom(seed, 'places')
    const rates = [0.98, 0.1, 0.35, 0.35, 0.12, 0.6, 0.35]
    const rows = tableOf(seed, 9, 6, (row) => {
      const place = random.next() < 0.06 ? 0 : 1 + random.below(6)
      row.values[5] = place
      row.label = random.next() < rates[place]! ? 'yes' : 'no'
    })
    expect(await heldOf(seed, rows)).toEqual(new Set())
  })

  it.each([1, 2, 3])('where nothing was planted, draw %i', async (seed) => {
    expect(
      await heldOf(
        seed,
        tableOf(seed, 9, 2, () => undefined),
      ),
    ).toEqual(new Set())
  })
})
