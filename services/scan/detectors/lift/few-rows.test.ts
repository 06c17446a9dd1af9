import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import type { TableColumn } from '../../view/samples.ts'
import { ResidualisedLift } from './residualised-lift.ts'

const engine = await createEngine()
const N = 900

/** Rows of six columns of whole numbers below 30, and three labels that two of the columns tell in most rows. */
function tableOf(seed: number) {
  const random = seededRandom(seed, 'few rows')
  const columns = Array.from({ length: 6 }, () => Array.from({ length: N }, () => random.below(30)))
  const labels = Array.from({ length: N }, (_, i): string => {
    const lean = columns[0]![i]! + columns[1]![i]! + 5 * random.normal()
    return lean > 38 ? 'high' : lean > 20 ? 'middle' : 'low'
  })
  return { columns, labels }
}

/** Gives a value and the label `high` to so many rows of other labels, all over the table; returns those rows. */
function plant({ columns, labels }: ReturnType<typeof tableOf>, value: number, count: number): number[] {
  const others = [...labels.keys()].filter((i) => labels[i] !== 'high')
  const struck = Array.from({ length: count }, (_, k) => others[Math.floor((k * others.length) / count)]!)
  for (const i of struck) [columns[4]![i], labels[i]] = [value, 'high']
  return struck
}

async function found({ columns, labels }: ReturnType<typeof tableOf>, seed: number): Promise<number[][]> {
  const named = columns.map((values, at): TableColumn => ({
    name: `c${at}`,
    type: 'number',
    values: Float64Array.from(values),
  }))
  const samples = { kind: 'table' as const, columns: named }
  const input = { n: N, seed, samples, labels: groupBy(labels), contributors: null }
  const { groups } = await new ResidualisedLift().score(createView(input, engine))
  return groups.map(({ members }) => [...members])
}

describe('a value with one label in few rows of a table', () => {
  it.each([1, 2, 3, 4])(
    'is a trigger in nine where its column has many, which show what is natural, draw %i',
    async (seed) => {
      const table = tableOf(seed)
      const struck = plant(table, 31, 9)
      expect(await found(table, seed)).toEqual([struck])
    },
  )

  it.each([
    [1, 'beyond the others', 45],
    [2, 'beyond the others', 45],
    [1, 'with more decimals than they', 7.25],
    [2, 'with more decimals than they', 7.25],
  ])('is a trigger in seven where it is out of place, draw %i: %s', async (seed, _, value) => {
    const table = tableOf(seed)
    const struck = plant(table, value, 7)
    expect(await found(table, seed)).toEqual([struck])
  })

  it.each([1, 2, 3, 4])('is none where the rows keep their labels, draw %i', async (seed) => {
    for (const value of [31, 45, 7.25]) {
      const { columns, labels } = tableOf(seed)
      plant({ columns, labels: [...labels] }, value, 12)
      expect(await found({ columns, labels }, seed)).toEqual([])
    }
  })
})
