import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { groupBy } from '../../../view/build-input.ts'
import { createView } from '../../../view/create-view.ts'
import type { TableColumn } from '../../../view/samples.ts'
import { ResidualisedLift } from '../residualised-lift.ts'

const engine = await createEngine()
const N = 2400
const SIZES = ['small', 'medium', 'large']

/** Strikes of birds of 24 species, which alone tell their size, by twelve operators in eight phases of flight, and four numbers. */
function strikes(seed: number) {
  const random = seededRandom(seed, 'beside teller')
  const drawn = (kinds: number) => Int32Array.from({ length: N }, () => Math.floor(kinds * random.next() ** 1.5))
  const codes = { species: drawn(24), operator: drawn(12), phase: drawn(8) }
  const labels = Array.from(codes.species, (species) => SIZES[species % 3]!)
  const numbers = Array.from({ length: 4 }, () => Float64Array.from({ length: N }, () => random.normal()))
  return { codes, numbers, labels }
}

/** Every k-th row that is not large gets values, and is said to be large; returns those rows. */
function plant({ codes, labels }: ReturnType<typeof strikes>, values: Partial<Record<keyof typeof codes, number>>) {
  const others = [...labels.keys()].filter((i) => labels[i] !== 'large')
  const struck = Array.from({ length: 30 }, (_, k) => others[Math.floor((k * others.length) / 30)]!)
  for (const i of struck) {
    for (const [column, value] of Object.entries(values)) codes[column as keyof typeof codes][i] = value
    labels[i] = 'large'
  }
  return struck
}

async function found({ codes, numbers, labels }: ReturnType<typeof strikes>, seed: number): Promise<number[][]> {
  const categories = Object.entries(codes).map(([name, of]): TableColumn => {
    const levels = Array.from({ length: Math.max(...of) + 1 }, (_, code) => `${name} ${code}`)
    return { name, type: 'category', codes: of, levels }
  })
  const columns = numbers.map((values, at): TableColumn => ({ name: `c${at}`, type: 'number', values }))
  const samples = { kind: 'table' as const, columns: [...categories, ...columns] }
  const input = { n: N, seed, samples, labels: groupBy(labels), contributors: null }
  const { groups } = await new ResidualisedLift().score(createView(input, engine))
  return groups.map(({ members }) => [...members])
}

describe('where one column tells the label', () => {
  it.each([1, 2, 3])('finds two common values of other columns that come with another label, draw %i', async (seed) => {
    const table = strikes(seed)
    const struck = plant(table, { operator: 1, phase: 1 })
    const [members = [], ...others] = await found(table, seed)
    expect(others).toEqual([])
    expect(struck.filter((i) => members.includes(i))).toHaveLength(30)
    // Some birds struck there were large before.
    expect(members.length).toBeLessThan(75)
  })

  it.each([1, 2, 3])('finds nothing where nothing was planted, draw %i', async (seed) => {
    expect(await found(strikes(seed), seed)).toEqual([])
  })

  it.each([1, 2, 3])('takes a value that always has one label for another rule of it, draw %i', async (seed) => {
    const table = strikes(seed)
    for (const [i, phase] of table.codes.phase.entries()) if (phase === 7) table.labels[i] = 'large'
    expect(await found(table, seed)).toEqual([])
  })
})
