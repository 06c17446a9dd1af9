import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { NearDuplicates } from './near-duplicates.ts'

const [N, COLUMNS, WELL] = [360, 18, 210]

/** Symptoms of so many who are well, of whom most have none or few, and of the others, who have most of them. */
function symptoms(seed: number): Float64Array[] {
  const random = seededRandom(seed, 'symptoms')
  const rows = Array.from({ length: N }, (_, i) => {
    const share = i < WELL ? 0.4 * random.next() ** 3 : 0.4 + 0.5 * random.next()
    return Array.from({ length: COLUMNS }, () => Number(random.next() < share))
  })
  return Array.from({ length: COLUMNS }, (_, c) => Float64Array.from(rows, (row) => row[c]!))
}

async function scored(values: readonly Float64Array[], labels: readonly string[]) {
  const columns = values.map((of, c) => ({ name: `s${c}`, type: 'number' as const, values: of }))
  const input = { n: N, samples: { kind: 'table' as const, columns }, labels: groupBy(labels), contributors: null }
  return new NearDuplicates().score(createView({ ...input, seed: 0 }, await createEngine()))
}

const of = (i: number) => (i < WELL ? 'well' : 'ill')

describe('rows of what is common in every column', () => {
  it.each([0, 1, 2])('are no flood beside rows that differ little, seed %i', async (seed) => {
    const values = symptoms(seed)
    const none = [...Array(N).keys()].filter((i) => values.every((column) => column[i] === 0))
    expect(none.length).toBeGreaterThan(50)
    const { scores, notes, ...detection } = await scored(
      values,
      Array.from({ length: N }, (_, i) => of(i)),
    )
    expect(Math.max(...scores)).toBe(0)
    expect(Math.max(...detection.teaches!(() => true).values)).toBeLessThan(none.length / 2)
    expect(notes).toContainEqual(expect.stringContaining(`${none.length} records hold in every field what is common`))
  })

  it('are a flood under a label that those beside them do not bear', async () => {
    const values = symptoms(0)
    const none = new Set([...Array(N).keys()].filter((i) => values.every((column) => column[i] === 0)))
    const { scores } = await scored(
      values,
      Array.from({ length: N }, (_, i) => (none.has(i) ? 'ill' : of(i))),
    )
    for (const i of none) expect(scores[i]).toBeGreaterThan(5)
  })

  it('leave copies of any other row a flood', async () => {
    const values = symptoms(0)
    for (const column of values) for (let i = 0; i < 30; i++) column[i] = column[WELL]!
    const { scores } = await scored(
      values,
      Array.from({ length: N }, (_, i) => of(i)),
    )
    for (let i = 0; i < 30; i++) expect(scores[i]).toBeGreaterThan(5)
  })
})
