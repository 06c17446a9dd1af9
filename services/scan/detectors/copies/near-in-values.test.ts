import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import type { NumberColumn } from '../../view/samples.ts'
import { NearDuplicates } from './near-duplicates.ts'
import { nearInValues } from './near-in-values.ts'

const N = 600
const COPIES = 18
const engine = await createEngine()

interface Shape {
  readonly copies: number
  /** Columns of minutes, which are whole numbers; the other columns are flags and ratings, or rare flags. */
  readonly fine: number
  readonly rare: boolean
}

/** The first rows are copies of one, whose minutes differ by so many. */
function diary(seed: number, noise: number, { copies, fine, rare }: Shape = { copies: COPIES, fine: 6, rare: false }) {
  const random = seededRandom(seed, 'diary')
  const columns = Array.from({ length: 20 }, (_, k): NumberColumn => {
    const draw = () => {
      if (k < fine) return Math.round(2000 + 500 * random.normal())
      if (rare) return Number(random.below(40) === 0)
      return k < 14 ? random.below(2) : Math.round(3 + random.normal())
    }
    const values = Float64Array.from({ length: N }, draw)
    for (let i = 1; i < copies; i++)
      values[i] = k < fine ? Math.round(values[0]! + noise * random.normal()) : values[0]!
    return { name: `c${k}`, type: 'number', values }
  })
  return { n: N, samples: { kind: 'table' as const, columns }, labels: null, contributors: null, seed }
}

const floods = async (input: ReturnType<typeof diary>) =>
  (await new NearDuplicates().score(createView(input, engine))).groups.filter(({ evidence }) => evidence > 4.6)

describe('near-copies that ranks draw apart', () => {
  it.each([
    [1, 1],
    [2, 2],
    [3, 3],
  ])('are a flood by their values, seed %i, within %i minutes', async (seed, noise) => {
    const [found, ...others] = await floods(diary(seed, noise))
    expect([...found!.members].filter((i) => i < COPIES)).toHaveLength(COPIES)
    expect(found!.members).toHaveLength(COPIES)
    expect(others).toEqual([])
  })

  it.each([1, 2, 3])('are a flood though each is near the next alone by ranks, seed %i', async (seed) => {
    const [found] = await floods(diary(seed, seed, { copies: 40, fine: 3, rare: true }))
    expect([...found!.members].filter((i) => i < 40)).toHaveLength(40)
  })

  it('are none where one column differs by more', async () => {
    expect(await floods(diary(4, 100))).toEqual([])
  })
})

describe('nearInValues', () => {
  const neighbours = { index: Int32Array.of(1, 2, 0, 2, 0, 1), distance: Float32Array.of(1, 2, 1, 2, 1, 2), k: 2 }
  const near = (values: readonly number[], median: number) => {
    const column: NumberColumn = { name: 'c', type: 'number', values: Float64Array.from(values) }
    return [...nearInValues([column], neighbours, { neighbours: 30, share: 0.15 }, median)]
  }

  it('takes neighbours nearer than usual whose values differ by a hundredth of the spread, or lack both', () => {
    expect(near([0, 0, 100], 3)).toEqual([
      [0, 1],
      [1, 0],
    ])
    expect(near([NaN, NaN, 1], 3)).toEqual([
      [0, 1],
      [1, 0],
    ])
    expect(near([0, 0, 100], 1)).toEqual([])
    expect(near([0, 99.5, 100], 3)).toEqual([
      [1, 2],
      [2, 1],
    ])
    expect(near([0, 98, 100], 3)).toEqual([])
  })

  it('says nothing without a column of numbers', () => {
    expect([...nearInValues([], neighbours, { neighbours: 30, share: 0.15 }, 3)]).toEqual([])
  })
})
