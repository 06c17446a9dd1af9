import { describe, expect, it } from 'vitest'
import { AppError } from '#core/errors.ts'
import { memoryContext, memoryPath, objectPath, windowContext } from '#core/layout.ts'
import { policySchema } from '#core/decision.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { createMemoryVault } from '#test/support/fakes/memory-vault.ts'
import { mergeSketch } from '../calibrate/sketch.ts'
import { openMemory, type MemoryDeps } from './open-memory.ts'

/** A dataset of so many windows, all staged; what each teaches is its ordinal. */
function datasetOf(count: number, contractOf = (_ordinal: number) => 'a') {
  const vault = createMemoryVault()
  const scanned: number[] = []
  const rows = Array.from({ length: count }, (_, i): WindowRow => {
    const row = { id: `w${i + 1}`, dataset: 'mail', ordinal: i + 1, contract: contractOf(i + 1), state: 'staged' }
    return { ...row, scores: null } as WindowRow
  })
  const scan = async (row: WindowRow): Promise<WindowRow> => {
    scanned.push(row.ordinal)
    const sidecar = encodeSidecar({
      version: 1,
      window: row.id,
      policy: policySchema.parse({}),
      seed: 0,
      detectors: [],
      notes: [],
      certified: false,
      taught: { 'mahalanobis/1': mergeSketch(undefined, [row.ordinal]) },
      campaigns: [],
      records: [],
      map: new Float32Array(0),
    })
    const path = objectPath('scores', row.dataset, row.id)
    const scores = await vault.put(path, windowContext(row, 'json+zstd'), sidecar)
    rows[row.ordinal - 1] = { ...row, state: 'scanned', scores }
    return rows[row.ordinal - 1]!
  }
  const deps: MemoryDeps = {
    vault,
    catalog: {
      windows: {
        list: async ({ after = 0, upTo = Infinity }) =>
          rows.filter(({ ordinal }) => ordinal > after && ordinal <= upTo),
      },
    },
    scanFirst: (id) => scan(rows.find((row) => row.id === id)!),
  }
  return { vault, scanned, rows, scan, deps, window: (ordinal: number) => rows[ordinal - 1]! }
}

describe('openMemory', () => {
  it('is null where nobody could teach', async () => {
    const { deps, window } = datasetOf(4)
    expect(await openMemory(window(4), 2, deps)).toBeNull()
  })

  it('scans what is to teach first, in order, and keeps what was learnt after every second window', async () => {
    const { deps, window, scanned, vault } = datasetOf(7)
    const opened = await openMemory(window(7), 2, deps)
    expect(scanned).toEqual([1, 2, 3, 4])
    expect(opened).toMatchObject({ memory: { through: 4, history: { windows: 4 } }, ref: { through: 4 } })
    expect([...vault.objects.keys()].filter((path) => path.includes('memory'))).toEqual([
      memoryPath('mail', 2),
      memoryPath('mail', 4),
    ])
  })

  it('is the same whether it is made at once, memory by memory, at other places, or again', async () => {
    const refOf = async (places: readonly (readonly [number, number])[]) => {
      const { deps, window } = datasetOf(12)
      const opened = []
      for (const [ordinal, every] of places) opened.push(await openMemory(window(ordinal), every, deps))
      return opened.at(-1)?.ref
    }
    const ref = await refOf([[12, 2]])
    expect(ref).toMatchObject({ through: 8 })
    expect(await refOf([5, 7, 9, 11].map((ordinal) => [ordinal, 2]))).toEqual(ref)
    expect(
      await refOf([
        [6, 1],
        [9, 3],
        [11, 2],
        [12, 2],
      ]),
    ).toEqual(ref)
    expect(await refOf([[12, 4]])).toMatchObject({ through: 4 })
  })

  it('is made again where somebody took it away, or put something else in its place', async () => {
    const { deps, window, vault } = datasetOf(8)
    const { ref } = (await openMemory(window(7), 2, deps))!
    await vault.discard(memoryPath('mail', 4))
    await vault.put(memoryPath('mail', 4), memoryContext('mail', 2), Buffer.from('{}'))
    expect((await openMemory(window(7), 2, deps))?.ref).toEqual(ref)
  })

  it('learns nothing from a window that cannot be scanned for good, and waits for one that can', async () => {
    const { deps, window, scan, rows } = datasetOf(8)
    const failing = (error: AppError): MemoryDeps => ({
      ...deps,
      scanFirst: async (id) => {
        if (id === 'w2') throw error
        return scan(rows.find((row) => row.id === id)!)
      },
    })
    for (const [code, reason] of [
      ['unavailable', 'timeout'],
      ['denied', 'key_disabled'],
    ] as const)
      await expect(openMemory(window(7), 2, failing(new AppError(code, 'not now', { reason })))).rejects.toThrow(
        'not now',
      )
    const opened = await openMemory(window(7), 2, failing(new AppError('corrupt', 'damaged')))
    expect(opened?.memory).toMatchObject({ through: 4, history: { windows: 3 } })
  })

  it('is null under another contract', async () => {
    const { deps, window } = datasetOf(8, (ordinal) => (ordinal > 5 ? 'b' : 'a'))
    expect(await openMemory(window(7), 2, deps)).toBeNull()
    expect((await openMemory(window(8), 1, deps))?.memory.contract).toBe('b')
  })
})
