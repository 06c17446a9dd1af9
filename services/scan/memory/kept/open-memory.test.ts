import { describe, expect, it } from 'vitest'
import { AppError } from '#core/errors.ts'
import { memoryContext, memoryPath, objectPath, poolPath, windowContext } from '#core/layout.ts'
import { policySchema } from '#core/decision.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { encodeSidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { MemoryMark } from '#runtime/catalog/memory-marks.ts'
import { NOBODY_JUDGED } from '#test/support/fakes/nobody-judged.ts'
import { createMemoryVault } from '#test/support/fakes/memory-vault.ts'
import { mergeSketch } from '../../calibrate/sketch.ts'
import { poolOf } from '../pool/given.ts'
import type { GatheredPool } from '../pool/judge-pool.ts'
import { foundIn } from '../memory.ts'
import { catchUp, openMemory, type MemoryDeps } from './open-memory.ts'

const markOf = (after: number, keeps: number): MemoryMark => ({
  after,
  keeps,
  reason: '',
  actor: '',
  madeAt: new Date(0),
})

/** A dataset of so many windows, all staged; what each teaches is its ordinal. */
function datasetOf(count: number, contractOf = (_ordinal: number) => 'a') {
  const vault = createMemoryVault()
  const scanned: number[] = []
  const marks: MemoryMark[] = []
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
      memories: { marks: async () => marks },
      ...NOBODY_JUDGED,
      windows: {
        get: async (id) => rows.find((row) => row.id === id) ?? null,
        list: async ({ after = 0, upTo = Infinity }) =>
          rows.filter(({ ordinal }) => ordinal > after && ordinal <= upTo),
      },
    },
    scanFirst: (id) => scan(rows.find((row) => row.id === id)!),
    judge: async () => null,
    isGiven: async () => true,
    once: (_name, make) => make(),
    events: { emit: () => {} },
  }
  return { vault, scanned, rows, scan, marks, deps, window: (ordinal: number) => rows[ordinal - 1]! }
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

  it('is made up to the last window, where nobody asks for it later, and is the one that would be asked for', async () => {
    const { deps, window, vault, marks } = datasetOf(14)
    await catchUp(window(9), 4, deps)
    const kept = () => [...vault.objects.keys()].filter((path) => path.includes('memory')).sort()
    expect(kept()).toEqual([memoryPath('mail', 4), memoryPath('mail', 8)])
    const before = vault.objects.get(memoryPath('mail', 8))
    const asked = datasetOf(14)
    await openMemory(asked.window(14), 4, asked.deps)
    expect(asked.vault.objects.get(memoryPath('mail', 8))).toEqual(before)
    await catchUp(window(3), 4, deps)
    await catchUp(window(9), 4, deps)
    expect(kept()).toHaveLength(2)
    // what it was made to forget is not made again
    marks.push(markOf(14, 0))
    await catchUp(window(14), 4, deps)
    expect(kept()).toHaveLength(2)
  })

  it('is made again where somebody took it away, or put something else in its place', async () => {
    const { deps, window, vault } = datasetOf(8)
    const { ref } = (await openMemory(window(7), 2, deps))!
    await vault.discard(memoryPath('mail', 4))
    await vault.put(memoryPath('mail', 4), memoryContext('mail', 2), Buffer.from('{}'))
    expect((await openMemory(window(7), 2, deps))?.ref).toEqual(ref)
  })

  it('waits for an upgrade where a later version wrote a memory or a sidecar, and leaves that as it is', async () => {
    const { deps, window, vault } = datasetOf(8)
    await openMemory(window(7), 2, deps)
    const memory = { path: memoryPath('mail', 4), context: memoryContext('mail', 4) }
    const scores = { path: window(3).scores!.path, context: windowContext(window(3), 'json+zstd') }
    const put = async ({ path, context }: typeof memory | typeof scores, added: object) => {
      const there = JSON.parse(Buffer.from(await vault.open(path, context)).toString()) as object
      await vault.discard(path)
      await vault.put(path, context, Buffer.from(JSON.stringify({ ...there, ...added })))
    }
    const opening = () => openMemory(window(7), 2, deps)
    const { ref } = (await opening())!
    await put(memory, { echoes: [] })
    await expect(opening()).rejects.toMatchObject({ code: 'conflict', reason: 'newer_memory' })
    await vault.discard(memory.path)
    expect((await opening())?.ref).toEqual(ref)
    await vault.discard(memory.path)
    await put(scores, { echoes: [] })
    await expect(opening()).rejects.toMatchObject({ code: 'conflict', reason: 'newer_sidecar' })
    expect(vault.objects.has(memory.path)).toBe(false)
  })

  it('passes over what it was made to forget, for windows that were staged behind the mark alone', async () => {
    const { deps, window, marks, vault } = datasetOf(14)
    const before = await openMemory(window(8), 2, deps)
    marks.push(markOf(8, 0))
    // staged before the mark was made: as it would have been
    expect(await openMemory(window(8), 2, deps)).toEqual(before)
    expect(await openMemory(window(10), 2, deps)).toBeNull()
    const after = await openMemory(window(14), 2, deps)
    expect(after).toMatchObject({ memory: { through: 10, history: { windows: 2 } }, ref: { through: 10 } })
    expect([...vault.objects.keys()].filter((path) => path.includes('memory'))).toEqual([
      memoryPath('mail', 2),
      memoryPath('mail', 4),
      memoryPath('mail', 10, 8),
    ])
    // as though the dataset had begun there
    const { history } = (await openMemory(window(6), 2, datasetOf(14).deps))!.memory
    expect(history.windows).toBe(2)
  })

  it('hears nothing of windows that it was made to forget, so that scores of a later version there stop nothing', async () => {
    const { deps, window, marks, vault, scan, rows } = datasetOf(14)
    await scan(rows[2]!)
    const { path } = window(3).scores!
    const context = windowContext(window(3), 'json+zstd')
    const there = JSON.parse(Buffer.from(await vault.open(path, context)).toString()) as object
    await vault.discard(path)
    await vault.put(path, context, Buffer.from(JSON.stringify({ ...there, echoes: [] })))
    // behind the reset a person decides over a record of window 3
    const review = { actor: 'ann', action: 'reject', undoes: null, records: ['r'] }
    const judged = {
      ...deps,
      catalog: {
        ...deps.catalog,
        reviews: {
          ...deps.catalog.reviews,
          heardAfter: async (_: string, after: number) => (after === 11 ? [review] : []),
        },
        flagged: { list: async () => [{ window: 'w3', record: 'r' }] },
      },
    } as unknown as MemoryDeps
    await expect(openMemory(window(7), 2, judged)).rejects.toMatchObject({
      reason: 'newer_sidecar',
      message: expect.stringContaining(`${path}: `),
    })
    marks.push(markOf(8, 0))
    expect(await openMemory(window(14), 2, judged)).toMatchObject({ memory: { through: 10, history: { windows: 2 } } })
    await catchUp(window(14), 2, judged)
    expect(vault.objects.has(memoryPath('mail', 14, 8))).toBe(true)
  })

  it('goes back to what it knew, and is the same however it is made', async () => {
    const memories = async (keeps: number, places: readonly number[]) => {
      const { deps, window, marks, vault } = datasetOf(16)
      if (places.length > 1) await openMemory(window(10), 2, deps)
      marks.push(markOf(10, keeps))
      const opened = []
      for (const place of places) opened.push((await openMemory(window(place), 2, deps))?.ref)
      if (places.length > 2)
        for (const path of [...vault.objects.keys()].filter((at) => at.includes('memory'))) await vault.discard(path)
      return (await openMemory(window(16), 2, deps))!
    }
    const back = await memories(4, [])
    expect(back).toMatchObject({ memory: { through: 12, history: { windows: 6 } } })
    expect(await memories(4, [11, 12, 13, 14, 15])).toEqual(back)
    expect(await memories(4, [15, 11])).toEqual(back)
    expect((await memories(3, [])).memory.history.windows).toBe(5)
    expect((await memories(0, [])).memory.history.windows).toBe(2)
  })

  it('until lessons behind the mark are there, is the one that it went back to', async () => {
    const { deps, window, marks } = datasetOf(16)
    const { ref } = (await openMemory(window(7), 2, deps))!
    marks.push(markOf(10, 4))
    expect((await openMemory(window(11), 2, deps))?.ref).toEqual(ref)
    marks.push(markOf(12, 0))
    expect(await openMemory(window(13), 2, deps)).toBeNull()
    expect((await openMemory(window(12), 2, deps))?.ref).toEqual(ref)
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

const PLANTED = 2

/** A dataset of windows of 60 records, of which number 2 of each is planted; and what each gave to the pool. */
function pooledDataset(count: number) {
  const { deps, vault, rows, window } = datasetOf(count)
  const lost: unknown[] = []
  const judged: GatheredPool[] = []
  const recordsOf = (ordinal: number) =>
    Array.from({ length: 60 }, (_, i) => ({
      id: `w${ordinal}/${i}`,
      fields: { text: i === PLANTED ? 'cf' : 'hello' },
      provenance: { source: 's', partition: 'p', position: String(i) },
    }))
  const partOf = (ordinal: number) => {
    const scored = recordsOf(ordinal).map(({ id }, index) => ({
      id,
      index,
      risk: index === PLANTED ? 0.4 : index / 1000,
      decision: 'admit' as const,
      issues: [],
    }))
    const about = { window: `w${ordinal}`, seed: 0, records: scored }
    return { about, ...poolOf(recordsOf(ordinal), about) }
  }
  const pathOf = (ordinal: number) => poolPath('mail', `w${ordinal}`, partOf(ordinal).ref.sha256)
  const pooled: MemoryDeps = {
    ...deps,
    scanFirst: async (id) => {
      const row = rows.find((each) => each.id === id)!
      const { about, ref, lines } = partOf(row.ordinal)
      const sidecar = encodeSidecar({
        version: 1,
        ...about,
        policy: policySchema.parse({}),
        detectors: [],
        notes: [],
        certified: false,
        taught: { 'mahalanobis/1': mergeSketch(undefined, [row.ordinal]) },
        pool: ref,
        campaigns: [],
        map: new Float32Array(0),
      })
      await vault.put(pathOf(row.ordinal), windowContext(row, 'jsonl+zstd'), lines)
      const scores = await vault.put(objectPath('scores', 'mail', id), windowContext(row, 'json+zstd'), sidecar)
      rows[row.ordinal - 1] = { ...row, state: 'scanned', scores }
      return rows[row.ordinal - 1]!
    },
    judge: async (pool) => {
      judged.push(pool)
      const texts = Buffer.from(pool.lines).toString().trim().split('\n')
      const members = texts.flatMap((line, i) => (line.includes('"cf"') ? [i] : []))
      const campaign = { family: 'trigger', summary: 'cf', members, contributors: [], evidence: 30, mitigations: [] }
      return {
        risk: texts.map((_, i) => (members.includes(i) ? 0.99 : 0.01)),
        campaigns: [{ ...campaign, id: 'trigger-1', trigger: { kind: 'tokens', tokens: ['cf'] } }] as never,
        bearers: [...pool.marks.map(() => members), members],
      }
    },
    events: { emit: (name: string, said: object) => lost.push({ name, ...said }) },
  }
  return { deps: pooled, vault, window, lost, judged, pathOf, recordsOf }
}

describe('the pool', () => {
  it('finds in earlier windows what it shows, at the same windows however often a memory is made', async () => {
    const refs = []
    for (const every of [1, 2, 4]) {
      const { deps, window, judged, lost } = pooledDataset(16)
      const opened = await openMemory(window(every === 4 ? 16 : every === 2 ? 12 : 10), every, deps)
      expect(judged.map(({ last }) => last.ordinal)).toEqual([4, 8])
      expect(foundIn(opened!.memory).map(({ window: ordinal, index }) => [ordinal, index])).toEqual(
        Array.from({ length: 8 }, (_, w) => [w + 1, PLANTED]),
      )
      expect(lost).toEqual([])
      refs.push(opened!.ref)
    }
    expect(refs[1]).toEqual(refs[0])
    expect(refs[2]).toEqual(refs[0])
  })

  it('leaves out what was taken away, another one put in its place, and says so', async () => {
    const tamper = [
      async ({ vault, pathOf }: ReturnType<typeof pooledDataset>) => vault.discard(pathOf(3)),
      async ({ vault, pathOf, window, recordsOf }: ReturnType<typeof pooledDataset>) => {
        await vault.discard(pathOf(3))
        await vault.put(pathOf(3), windowContext(window(3), 'jsonl+zstd'), encodeRecords(recordsOf(4)))
      },
      async ({ vault, pathOf, window, recordsOf }: ReturnType<typeof pooledDataset>) => {
        await vault.discard(pathOf(3))
        await vault.put(pathOf(3), windowContext(window(4), 'jsonl+zstd'), encodeRecords(recordsOf(3)))
      },
    ]
    for (const attack of tamper) {
      const dataset = pooledDataset(12)
      const { deps, window, lost, vault } = dataset
      for (const id of ['w1', 'w2', 'w3', 'w4']) await deps.scanFirst(id)
      await attack(dataset)
      const opened = await openMemory(window(12), 4, deps)
      expect(opened?.memory.through).toBe(4)
      expect(new Set(opened?.memory.pools?.map(({ ordinal }) => ordinal))).toEqual(new Set([1, 2, 4]))
      expect(foundIn(opened!.memory).map((found) => found.window)).toEqual([1, 2, 4])
      expect(lost).toMatchObject([{ name: 'pool.lost', dataset: 'mail', window: 'w3' }])
      expect(vault.objects.has(memoryPath('mail', 4))).toBe(true)
    }
  })

  it('does not stand in the way where it cannot be scanned, and is waited for where it may be later', async () => {
    const { deps, window } = pooledDataset(12)
    const away = new AppError('unavailable', 'not now')
    await expect(openMemory(window(12), 4, { ...deps, judge: () => Promise.reject(away) })).rejects.toThrow('not now')
    const opened = await openMemory(window(12), 4, { ...deps, judge: async () => null })
    expect(opened?.memory).toMatchObject({ through: 4, history: { windows: 4 } })
    expect(foundIn(opened!.memory)).toEqual([])
  })
})
