import { describe, expect, it } from 'vitest'
import { attackNamed } from '#attacks/catalog.ts'
import { drawWindow } from '#cli/demo/pool.ts'
import { seededRandom } from '#core/random.ts'
import { loadDataset } from '#test/support/datasets/load.ts'
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

/** Every k-th row that is not large gets values, and is said to be large; returns those rows, ascending. */
function plant(
  { codes, labels }: ReturnType<typeof strikes>,
  values: Partial<Record<keyof typeof codes, number>>,
  count = 30,
) {
  const others = [...labels.keys()].filter((i) => labels[i] !== 'large')
  const struck = Array.from({ length: count }, (_, k) => others[Math.floor((k * others.length) / count)]!)
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

describe('where so many records contradict the column that it looks unsure of all', () => {
  it.each([1, 2, 3])(
    'finds two common values and none of their holders that always had the label, draw %i',
    async (seed) => {
      const table = strikes(seed)
      const struck = plant(table, { operator: 0, phase: 0 }, 144)
      expect(await found(table, seed)).toEqual([struck])
    },
  )

  it('finds one value of many that always has the label', async () => {
    const table = strikes(1)
    const values = table.numbers[0]!
    for (const i of values.keys()) values[i] = Math.round(8 * values[i]!)
    const struck = plant(table, {}, 60)
    for (const i of struck) values[i] = 3.5
    expect(await found(table, 1)).toEqual([struck])
  })

  it.each([1, 2])('takes what comes with one value of the column alone for an interaction, draw %i', async (seed) => {
    const table = strikes(seed)
    const { species, operator, phase } = table.codes
    for (const i of species.keys())
      if (species[i] === 1 && operator[i]! < 3) [operator[i], phase[i], table.labels[i]] = [1, 1, 'large']
    expect(await found(table, seed)).toEqual([])
  })

  /** What was planted in bird strikes, and what is found of it. */
  async function inStrikes(attack: string, rate: number, seed: number) {
    const clean = drawWindow(loadDataset('birdstrikes'), 4000, seed)
    const { samples, labels, poisoned } = attackNamed('table', attack).apply(clean, { rate, seed })
    const input = { n: 4000, seed, samples, labels, contributors: null }
    const { groups } = await new ResidualisedLift().score(createView(input, engine))
    const held = new Set(groups.flatMap(({ members }) => [...members]))
    return { held, struck: [...poisoned.keys()].filter((i) => poisoned[i] === 1) }
  }

  // The last three have two values that a quarter of all rows have.
  it.each([
    ['two-values', 0.05, 25],
    ['three-values', 0.05, 26],
    ['three-values', 0.05, 29],
    ['three-values', 0.01, 29],
    ['two-values', 0.05, 31],
  ])('finds %s in %f of bird strikes, seed %i', async (attack, rate, seed) => {
    const { held, struck } = await inStrikes(attack, rate, seed)
    expect(struck.filter((i) => held.has(i)).length).toBeGreaterThan(0.8 * struck.length)
    expect(held.size).toBeLessThan(1.05 * struck.length)
  })

  it('takes large birds whose repair cost nothing for large, where others were given a cost and another size', async () => {
    const { held, struck } = await inStrikes('in-bounds', 0.05, 33)
    expect([...held].sort((a, b) => a - b)).toEqual(struck)
  })

  it('names the value itself, and not what nearly all of its rows have besides', async () => {
    const { held, struck } = await inStrikes('out-of-bounds', 0.01, 31)
    expect([...held].sort((a, b) => a - b)).toEqual(struck)
  })
})
