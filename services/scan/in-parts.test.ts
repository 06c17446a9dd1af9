import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { MEMORY_MIB, partsFor, scanInParts } from './in-parts.ts'
import { createEngine } from './numeric/create-engine.ts'
import { matrix } from './numeric/matrix.ts'
import { scanWindow } from './scan-window.ts'
import { groupBy } from './view/build-input.ts'
import { partOf } from './view/part-of.ts'
import type { ScanInput } from './view/samples.ts'

const engine = await createEngine()
const N = 2400
/** So little that the window is taken apart in two. */
const LITTLE = 143

/** Rows of two numbers and a state that says nothing; labels follow the numbers. */
function table(n = N): ScanInput {
  const random = seededRandom(3, 'in parts')
  const numbers = [0, 1].map(() => Float64Array.from({ length: n }, () => random.normal()))
  const codes = Int32Array.from({ length: n }, () => random.below(8))
  const labels = Array.from({ length: n }, (_, i) => (numbers[0]![i]! > 0 ? 'yes' : 'no'))
  const columns = [
    ...numbers.map((values, at) => ({ name: `x${at}`, type: 'number' as const, values })),
    { name: 'state', type: 'category' as const, codes, levels: Array.from('abcdefgh') },
  ]
  const contributors = groupBy(Array.from({ length: n }, (_, i) => `who${i % 5}`))
  return { n, seed: 1, samples: { kind: 'table', columns }, labels: groupBy(labels), contributors }
}

const vectors = (n: number, cols: number): ScanInput => ({
  n,
  seed: 1,
  samples: { kind: 'vector', vectors: matrix(n, cols) },
  labels: null,
  contributors: null,
})

describe('a window that would not fit', () => {
  it('is taken into as many parts as its records ask for, the same on every machine', () => {
    expect(partsFor(vectors(100_000, 64))).toBe(1)
    expect(partsFor(vectors(100_000, 784))).toBe(Math.ceil(100_000 / Math.floor((1920 * 2 ** 20) / (6144 + 48 * 784))))
    expect(partsFor(vectors(100_000, 64), 600)).toBeGreaterThan(1)
  })

  it('is refused with what to do where no part would fit', async () => {
    const refused = scanWindow(vectors(200, 4096), { engine, memoryMiB: 130 })
    await expect(refused).rejects.toMatchObject({
      code: 'invalid',
      message: expect.stringMatching(
        /a scan of 200 such records would take 1\d\d MiB, and may take 130: bring smaller/,
      ),
    })
    expect(partsFor(vectors(200, 4096), MEMORY_MIB)).toBe(1)
  })

  it('is scanned in parts, each as it would be alone, and says so', async () => {
    const input = table()
    const found = await scanWindow(input, { engine, memoryMiB: LITTLE })
    expect(found.notes[0]).toBe(
      'The window was scanned in 2 parts, for it would not fit into memory whole; each is drawn in axes of its own.',
    )
    const [even, odd] = [0, 1].map((first) => Int32Array.from({ length: N / 2 }, (_, at) => first + 2 * at))
    expect(new Set(found.order).size).toBe(N)
    for (const records of [even!, odd!]) {
      const alone = await scanWindow(partOf(input, records), { engine })
      expect(Array.from(records, (i) => found.risk[i])).toEqual([...alone.risk])
      expect(Array.from(records, (i) => found.issues[i])).toEqual(alone.issues)
      expect([...found.order].filter((i) => i % 2 === records[0])).toEqual(Array.from(alone.order, (at) => records[at]))
      expect(Array.from(records, (i) => found.map[2 * i + 1])).toEqual(
        Array.from(records, (_, at) => alone.map[2 * at + 1]),
      )
    }
    expect((await scanWindow(input, { engine, memoryMiB: LITTLE })).risk).toEqual(found.risk)
  })

  it('shows one campaign where its parts show the same trigger, by window indices', async () => {
    const input = table(300)
    const trigger = { kind: 'values' as const, values: [{ column: 'state', value: 'h' }] }
    const found = await scanInParts(input, 3, 'full', async (part) => {
      const scanned = await scanWindow(part, { engine })
      const shared = { family: 'trigger' as const, label: 'yes', contributors: [], evidence: 10, mitigations: [] }
      const ofAll = { ...shared, id: 'one', summary: 'State h', trigger, members: [0, 1] }
      const ofEach = {
        ...shared,
        id: 'two',
        summary: 'No trigger',
        members: [3, 4],
        likeness: [part.samples.kind.length, 7],
      }
      return { ...scanned, campaigns: [ofAll, ofEach], spared: [{ cause: 'letter', members: [5, 6] }] }
    })
    expect(found.campaigns.map(({ members, evidence, summary }) => ({ members, evidence, summary }))).toEqual([
      { members: [0, 1, 2, 3, 4, 5], evidence: 30, summary: 'State h; the same shows in 3 parts of the window' },
      ...[0, 1, 2].map((part) => ({ members: [9 + part, 12 + part], evidence: 10, summary: 'No trigger' })),
    ])
    expect(new Set(found.campaigns.map(({ id }) => id)).size).toBe(4)
    expect(found.campaigns[0]).toMatchObject({ label: 'yes', trigger })
    expect(found.campaigns.map(({ likeness }) => likeness)).toEqual([undefined, [5, 7], [5, 7], [5, 7]])
    expect(found.spared).toEqual([{ cause: 'letter', members: [15, 16, 17, 18, 19, 20] }])
    expect(found.campaigns[0]?.contributors.map(({ members }) => members)).toEqual([2, 1, 1, 1, 1])
  })

  it('is quick where all of its parts are, and scanned in full where any was', async () => {
    const input = vectors(40, 2)
    const asked: string[] = []
    const scan = (suspects: number) => async (part: ScanInput, effort: 'full' | 'quick') => {
      const quick = effort === 'quick' && part.n !== suspects
      asked.push(`${part.n} ${effort}`)
      const scanned = await scanWindow(part, { engine })
      return quick ? { ...scanned, effort: 'quick' as const } : scanned
    }
    expect((await scanInParts(input, 3, 'quick', scan(0))).effort).toBe('quick')
    expect(asked.splice(0)).toEqual(['14 quick', '13 quick', '13 quick'])
    expect((await scanInParts(input, 3, 'quick', scan(14))).effort).toBeUndefined()
    expect(asked).toEqual(['14 quick', '13 quick', '13 quick', '13 full', '13 full'])
  })
})
