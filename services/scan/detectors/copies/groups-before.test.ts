import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { type CleanHistory, EMPTY_HISTORY, historyKey, updateHistory } from '../../calibrate/history.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { priorAgainst } from '../../verdict/fuse.ts'
import { groupsBefore, NEAR_DUPLICATES } from './groups-before.ts'
import { NearDuplicates } from './near-duplicates.ts'

const engine = await createEngine()
const [ROWS, COLUMNS] = [400, 4]

/** Rows of independent numbers; of each size a group of copies of one row. */
function windowOf(seed: number, sizes: readonly number[]) {
  const random = seededRandom(seed, 'rows')
  const copied = new Map<number, number>()
  let at = 0
  for (const size of sizes) for (const first = at; at < first + size; at++) copied.set(at, first)
  const columns = Array.from({ length: COLUMNS }, (_, k) => {
    const drawn = Float64Array.from({ length: ROWS }, () => random.normal())
    const values = drawn.map((value, i) => drawn[copied.get(i) ?? i]! + (copied.has(i) ? 1e-4 * value : 0))
    return { name: `c${k}`, type: 'number' as const, values }
  })
  return { n: ROWS, samples: { kind: 'table' as const, columns }, labels: null, contributors: null, seed }
}

async function detected(seed: number, sizes: readonly number[], history = EMPTY_HISTORY) {
  return new NearDuplicates({}, history).score(createView(windowOf(seed, sizes), engine))
}

async function taught(sizes: readonly number[]): Promise<CleanHistory> {
  let history = EMPTY_HISTORY
  for (const seed of [1, 2, 3, 4]) {
    const detection = await detected(seed, sizes)
    history = updateHistory(history, { bulk: { [historyKey(NEAR_DUPLICATES)]: detection.teaches!(() => true) } })
  }
  return history
}

const bar = priorAgainst('flood')

describe('a flood in a small window of a table', () => {
  it('is held where earlier windows hardly repeat themselves', async () => {
    const sizes = [15, ...Array.from({ length: 9 }, () => 2)]
    expect((await detected(9, sizes)).scores[14]).toBeLessThan(bar)
    expect((await detected(9, sizes, await taught([2]))).scores[14]).toBeGreaterThan(bar)
  })

  it('is natural where each earlier window had groups as large, and its middling groups lead to expect it', async () => {
    expect((await detected(9, [2, 15], await taught([15]))).scores[16]).toBe(0)
    expect((await detected(9, [2, 15], await taught([5, 6, 6, 8]))).scores[16]).toBeLessThan(bar)
  })
})

describe('groupsBefore', () => {
  it('counts in rows of this window, and waits for three windows and a thousand rows', async () => {
    const { sizes, counts } = groupsBefore(await taught([15]), 100)!
    const rows = sizes.reduce((sum, size, k) => sum + size * counts[k]!, 0)
    expect(rows).toBeCloseTo(100)
    const large = counts.filter((_, k) => sizes[k] === 15).reduce((a, b) => a + b)
    expect(large).toBeCloseTo((4 * 100) / (4 * ROWS))
    const detection = await detected(1, [])
    const one = updateHistory(EMPTY_HISTORY, {
      bulk: { [historyKey(NEAR_DUPLICATES)]: detection.teaches!(() => true) },
    })
    expect(groupsBefore(one, 100)).toBeNull()
  })

  it('is not taught by records under suspicion', async () => {
    const detection = await detected(1, [15])
    expect(Math.max(...detection.teaches!((i) => i !== 3).values)).toBeLessThan(5)
  })
})
