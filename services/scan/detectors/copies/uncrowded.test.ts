import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { TableColumn } from '../../view/samples.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { areAlikeInValues } from './alike-in-values.ts'
import { NearDuplicates } from './near-duplicates.ts'

const N = 900

function measured(valueOf: (size: number, random: ReturnType<typeof seededRandom>) => number, columns = 8) {
  const random = seededRandom(3, 'measured rows')
  const sizes = Array.from({ length: N }, () => random.normal())
  return Array.from({ length: columns }, (_, c): TableColumn & { type: 'number' } => ({
    name: `c${c}`,
    type: 'number',
    values: Float64Array.from(sizes, (size) => valueOf(size, random)),
  }))
}

async function floodsIn(columns: readonly TableColumn[]): Promise<number[][]> {
  const window = { n: N, seed: 1, samples: { kind: 'table', columns }, labels: null, contributors: null } as const
  const { groups } = await new NearDuplicates().score(createView(window, await createEngine()))
  return groups.filter(({ evidence }) => evidence > 3).map(({ members }) => [...members])
}

describe('near-copies that lie between one another', () => {
  it('are a flood, for all the ranks that they put between themselves', async () => {
    const random = seededRandom(4, 'copies')
    const columns = measured((_, of) => of.normal())
    const copies = Array.from({ length: 30 }, (_, k) => 7 + 29 * k)
    for (const { values } of columns) for (const i of copies) values[i] = values[7]! + 0.001 * random.normal()
    expect(await floodsIn(columns)).toEqual([copies])
  })

  it.each([0, 2])('are a flood where one column of many is drawn anew for each, draw %i', async (seed) => {
    const random = seededRandom(seed, 'copies')
    const columns = measured((_, of) => of.normal(), 30)
    const copies = Array.from({ length: 40 }, (_, k) => 7 + 22 * k)
    for (const { values } of columns.slice(1)) for (const i of copies) values[i] = values[7]!
    for (const i of copies) columns[0]!.values[i] = random.normal()
    expect(await floodsIn(columns)).toEqual([copies])
  })

  it('are none in a tail, where ranks draw sizes together that differ many times over', async () => {
    const columns = measured((size, random) => Math.exp(1.5 * size + 0.02 * random.normal()))
    expect(await floodsIn(columns)).toEqual([])
  })
})

describe('areAlikeInValues', () => {
  const column: TableColumn = { name: 'c', type: 'number', values: Float64Array.from({ length: 100 }, (_, i) => i) }
  it.each([
    [1, true],
    [5, false],
  ])('asks what share of its column a group spreads over, steps of %i', (step, areAlike) => {
    expect(areAlikeInValues([column])(Int32Array.from({ length: 12 }, (_, i) => step * i))).toBe(areAlike)
  })

  it('takes a column of one value but for the group by its range', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => (i < 12 ? i : 0))
    expect(areAlikeInValues([{ ...column, values }])(Int32Array.from({ length: 12 }, (_, i) => i))).toBe(false)
  })
})
