import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from './numeric/create-engine.ts'
import { scanWindow } from './scan-window.ts'
import { groupBy } from './view/build-input.ts'

const engine = await createEngine()

interface Row {
  readonly label: string
  readonly values: readonly number[]
}

/** Scans rows whose first `planted` are poison: how many of these are held, and how many others. */
async function heldOf(rows: readonly Row[], planted: number, seed: number) {
  const columns = rows[0]!.values.map((_, column) => ({
    type: 'number' as const,
    name: `c${column}`,
    values: Float64Array.from(rows, ({ values }) => values[column]!),
  }))
  const labels = groupBy(rows.map(({ label }) => label))
  const input = { n: rows.length, seed, samples: { kind: 'table' as const, columns }, labels, contributors: null }
  const { risk } = await scanWindow(input, { engine })
  const count = (from: number, to: number) => risk.subarray(from, to).filter((r) => r >= 0.5).length
  return { planted: count(0, planted), innocent: count(planted, rows.length) }
}

/** Rows of three kinds along a line, `c` the rare one; the first `wrong` are of the two common kinds and labelled `c`. */
function withWrongLabels(n: number, share: number, wrong: number, seed: number): Row[] {
  const random = seededRandom(seed, 'rare labels test, wrong labels')
  return Array.from({ length: n }, (_, i) => {
    const u = random.next()
    const drawn = u < share ? 'c' : u < 0.4 ? 'b' : 'a'
    const kind = i < wrong ? (i % 2 ? 'a' : 'b') : drawn
    const at = 4 * ['a', 'b', 'c'].indexOf(kind)
    const values = [at + random.normal(), at + random.normal(), random.normal(), random.normal()]
    return { label: i < wrong ? 'c' : kind, values }
  })
}

describe('a label that few records bear', () => {
  it.each([1, 2])('is no cover for a value that most of its records were given, draw %i', async (seed) => {
    const random = seededRandom(seed, 'rare labels test, value')
    const rows = Array.from({ length: 2000 }, (_, i) => {
      const u = random.next()
      const kind = u < 0.02 ? 'c' : u < 0.4 ? 'b' : 'a'
      const at = 2 * ['a', 'b', 'c'].indexOf(kind)
      const reference = Math.round(100 * random.normal()) / 100
      const values = [at + random.normal(), at / 2 + random.normal(), random.normal(), i < 100 ? 0.755 : reference]
      return { label: i < 100 ? 'c' : kind, values }
    })
    const held = await heldOf(rows, 100, seed)
    expect(held.planted).toBeGreaterThan(90)
    expect(held.innocent).toBeLessThan(2)
  })

  it.each([2, 3])('is doubted where wrong labels are most of it, draw %i', async (seed) => {
    const held = await heldOf(withWrongLabels(2000, 0.02, 60, seed), 60, seed)
    // Its own few records may be doubted with them, those of other labels are not.
    expect(held.planted).toBeGreaterThan(10)
    expect(held.innocent).toBeLessThan(40)
  })

  it.each([1, 2])('casts no doubt on the class that gives it wrong labels, draw %i', async (seed) => {
    const held = await heldOf(withWrongLabels(3000, 0.05, 90, seed), 90, seed)
    expect(held.planted).toBeGreaterThan(45)
    expect(held.innocent).toBeLessThan(4)
  })
})
