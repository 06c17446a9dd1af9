import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { contractSchema, type Contract } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { createEvents } from '#runtime/process/events.ts'
import { createSteps, STEP_POINTS, type StepPoint } from '#runtime/process/steps.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { createMemoryVault, type MemoryVault } from '#test/support/fakes/memory-vault.ts'
import { ingestDataset, type IngestOptions } from './pipeline.ts'
import type { Source } from './source.ts'
import { createFileSource } from './sources/files/source.ts'
import { createMemorySource, type MemorySource } from './sources/memory.ts'

const contract: Contract = contractSchema.parse({
  version: 1,
  schema: { type: 'object', properties: { text: { type: 'string' }, label: { type: 'string' } }, required: ['text'] },
  features: { kind: 'text', field: 'text' },
  label: 'label',
})

const json = (text: string) => ({
  kind: 'bytes' as const,
  bytes: Buffer.from(text),
  contentType: 'application/json' as const,
})
const good = (i: number) => json(JSON.stringify({ text: `item ${i}`, label: 'a' }))

function mixedSource(name = dataset): MemorySource {
  const first = Array.from({ length: 7 }, (_, i) => (i % 3 === 2 ? json('{"text": 1}') : good(i)))
  const second = [json('not json'), ...Array.from({ length: 6 }, (_, i) => good(i + 100))]
  return createMemorySource(name, [
    { name: 'one', contributor: 'ann', bodies: first },
    { name: 'two', bodies: second },
  ])
}

let catalog: Catalog
let vault: MemoryVault
let jobs: Job[]
let dataset: string // each test has its own, and a source of that name
let tests = 0
beforeAll(async () => {
  catalog = await openCatalog(await openPglite(), { actor: 'test' })
})
afterAll(() => catalog.close())
beforeEach(() => startAnew())

function startAnew() {
  vault = createMemoryVault()
  jobs = []
  dataset = `mail-${++tests}`
}

function options(extra: Partial<IngestOptions> = {}): IngestOptions {
  return {
    dataset,
    source: mixedSource(),
    contract,
    contractHash: 'c0',
    catalog,
    vault,
    enqueue: async (job) => void jobs.push(job),
    limits: { records: 4, bytes: 1_000_000 },
    owner: 'me',
    ...extra,
  }
}

async function staged() {
  const windows = await catalog.windows.list({ dataset })
  return windows.map(({ segments, records, deadLetters, staged }) => {
    const { bytes } = vault.objects.get(staged.path)!
    return { segments, records, deadLetters, ids: decodeRecords(bytes).map((record) => record.id) }
  })
}

const letters = () => catalog.deadLetters.list({ dataset })

describe('ingesting a dataset', () => {
  test('stages every item as a record or a dead letter, in windows of the size asked for', async () => {
    const source = mixedSource()
    const summary = await ingestDataset(options({ source }))
    expect(summary).toEqual({ windows: 4, records: 11, deadLetters: 3, held: [], problems: [] })
    const windows = await staged()
    expect(windows.map((window) => window.records + window.deadLetters)).toEqual([4, 4, 4, 2])
    expect(windows.flatMap((window) => window.ids)).toHaveLength(11)
    expect(windows[1]?.segments).toEqual([
      { partition: 'one', from: '3', to: '6' },
      { partition: 'two', from: '', to: '0' },
    ])
    expect(source.acknowledged).toEqual(
      new Map([
        ['one', '6'],
        ['two', '6'],
      ]),
    )
    const rows = await catalog.windows.list({ dataset })
    expect(jobs).toEqual(rows.map(({ id }) => ({ stage: 'scan', window: id })))
    expect((await letters()).map((row) => [row.partition, row.position, row.reason])).toEqual([
      ['one', '2', 'contract'],
      ['one', '5', 'contract'],
      ['two', '0', 'undecodable'],
    ])
  })

  test('stages nothing more when all of it was staged', async () => {
    await ingestDataset(options())
    expect(await ingestDataset(options())).toEqual({ windows: 0, records: 0, deadLetters: 0, held: [], problems: [] })
  })

  test('ends with the same windows when it is stopped at any step and run again', async () => {
    await ingestDataset(options())
    const expected = await staged()
    const objects = vault.objects.size
    for (const point of STEP_POINTS.filter((point) => point.startsWith('stage.'))) {
      startAnew()
      let left = 2 // the second time the point is reached
      const stop = (at: StepPoint) => {
        if (at === point && --left === 0) throw new Error('stopped here')
      }
      await expect(ingestDataset(options({ step: createSteps(stop) }))).rejects.toThrow('stopped here')
      await ingestDataset(options({ owner: 'another' }))
      expect(await staged()).toEqual(expected)
      expect(vault.objects.size).toBe(objects)
    }
  })

  test('acknowledges nothing before it is staged', async () => {
    const source = mixedSource()
    const step = createSteps((point) => {
      if (point === 'stage.transaction:before') throw new Error('stopped here')
    })
    await expect(ingestDataset(options({ source, step }))).rejects.toThrow('stopped here')
    expect(source.acknowledged.size).toBe(0)
  })

  test('drops the unfinished window when it is aborted, so that the next run cuts the same ones', async () => {
    const stop = new AbortController()
    const events = createEvents()
    events.on('window.staged', () => stop.abort())
    await ingestDataset(options({ signal: stop.signal, events }))
    expect(await staged()).toHaveLength(1)
    await ingestDataset(options())
    expect((await staged()).map((window) => window.records + window.deadLetters)).toEqual([4, 4, 4, 2])
  })

  test('stops reading the other shards when one fails', async () => {
    const all = mixedSource()
    const source: Source = {
      ...all,
      shards: async () => [{ id: 'all' }, { id: 'other' }],
      async *read(shard, positions, reading) {
        if (shard === 'other') throw new AppError('unavailable', 'the source is away')
        yield* all.read(shard, positions, reading)
        const { signal } = reading
        // as a live source would wait
        if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve))
      },
    }
    await expect(ingestDataset(options({ source }))).rejects.toMatchObject({ code: 'unavailable' })
    expect(await catalog.sources.acquire(dataset, 'all', 'somebody', 60)).not.toBeNull()
  })

  test('keeps the mark of an item as the position, and reads a broken partition again', async () => {
    await using folder = await createInputFolder({ 'a.json': '[{"text":"1"},{"te', 'b.jsonl': '{"text":"x"}' })
    const source = createFileSource({ name: dataset, root: folder.root })
    expect(await ingestDataset(options({ source }))).toMatchObject({ records: 2, deadLetters: 1, problems: [] })
    expect(await ingestDataset(options({ source }))).toMatchObject({ windows: 0 })
    for (const more of ['xt":"2"},{"te', 'xt":3},', '{"text":"4"}]']) {
      await appendFile(join(folder.root, 'a.json'), more)
      await ingestDataset(options({ source }))
    }
    await folder.write('b.jsonl', '{"text":"other"}')
    const { problems, windows } = await ingestDataset(options({ source }))
    expect(problems.map(({ code, reason }) => [code, reason])).toEqual([['conflict', 'file_changed']])
    expect(windows).toBe(0)
    const ids = (await staged()).flatMap((window) => window.ids)
    expect(ids).toEqual(['a.json#0', 'b.jsonl#0', 'a.json#1', 'a.json#3'])
    expect((await letters()).map((row) => [row.position, row.reason])).toEqual([
      ['1', 'undecodable'],
      ['2', 'undecodable'],
      ['2', 'contract'],
      ['3', 'undecodable'],
    ])
  })

  test('leaves a shard alone that somebody else is reading', async () => {
    await catalog.sources.acquire(dataset, 'all', 'somebody', 60)
    expect(await ingestDataset(options())).toEqual({
      windows: 0,
      records: 0,
      deadLetters: 0,
      held: ['all'],
      problems: [],
    })
  })

  test('stages nothing under a lease that it has lost', async () => {
    const step = createSteps(async (point) => {
      if (point !== 'stage.transaction:before') return
      const lease = await catalog.sources.acquire(dataset, 'all', 'me', 60)
      await catalog.sources.release(lease!)
      await catalog.sources.acquire(dataset, 'all', 'somebody', 60)
    })
    await expect(ingestDataset(options({ step }))).rejects.toMatchObject({ code: 'conflict', reason: 'lease_lost' })
    expect(await staged()).toEqual([])
  })

  test('takes another name where a run under another contract left other bytes', async () => {
    const step = createSteps((point) => {
      if (point === 'stage.transaction:before') throw new Error('stopped here')
    })
    await expect(ingestDataset(options({ step }))).rejects.toThrow('stopped here')
    const summary = await ingestDataset(options({ contractHash: 'c1' }))
    expect(summary.windows).toBe(4)
  })

  test('waits for the queue before it reads on', async () => {
    let open = 0
    let most = 0
    const enqueue = async () => {
      most = Math.max(most, ++open)
      await new Promise((resolve) => setImmediate(resolve))
      open--
    }
    await ingestDataset(options({ enqueue }))
    expect(most).toBe(1)
  })

  test('makes a dead letter of the second item with an id, within a window and across windows', async () => {
    const ids = ['a', 'b', 'a', 'c', 'b', 'd']
    const bodies = ids.map((id) => json(JSON.stringify({ text: 'x', id })))
    const source = createMemorySource(dataset, [{ name: 'p', bodies }])
    await ingestDataset(options({ source, contract: { ...contract, id: 'id' } }))
    expect((await staged()).flatMap((window) => window.ids)).toEqual(['a', 'b', 'c', 'd'])
    expect((await letters()).map((row) => [row.position, row.reason])).toEqual([
      ['2', 'duplicate_id'],
      ['4', 'duplicate_id'],
    ])
  })
})

describe('a file that was delivered before', () => {
  const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `{"text":"row ${from + i}"}\n`)
  const csv = (from: number, to: number) =>
    ['text,label\n', ...Array.from({ length: to - from }, (_, i) => `row ${from + i},a\n`)].join('')

  async function repeatedOf(files: Record<string, string>, later: Record<string, string> = {}) {
    await using folder = await createInputFolder(files)
    const found: unknown[] = []
    const events = createEvents()
    events.on('delivery.repeated', ({ partition, earlier, share }) => void found.push([partition, earlier, share]))
    const source = createFileSource({ name: dataset, root: folder.root })
    const read = () => ingestDataset(options({ source, events, limits: { records: 60, bytes: 1_000_000 } }))
    await read()
    for (const [name, text] of Object.entries(later)) await appendFile(join(folder.root, name), text)
    await read()
    expect(await catalog.sources.repeated(dataset)).toHaveLength(found.length)
    return found
  }

  test('is told with the earlier one, in the same reading or a later one, and is taken all the same', async () => {
    const text = rows(0, 100).join('')
    expect(await repeatedOf({ 'a.jsonl': text, 'b.jsonl': text }, { 'd.jsonl': text })).toEqual([
      ['b.jsonl', 'a.jsonl', 1],
      ['d.jsonl', 'a.jsonl', 1],
    ])
    expect((await staged()).reduce((sum, { records }) => sum + records, 0)).toBe(300)
  })

  test('is told where some of it was changed, whatever its order, and where it grew', async () => {
    const changed = [...rows(5, 100), '{"text":"new"}\n'].reverse().join('')
    const grown = csv(0, 300)
    const found = await repeatedOf(
      { 'a.jsonl': rows(0, 100).join(''), 'm.csv': csv(0, 100) },
      { 'b.jsonl': changed, 'n.csv': grown },
    )
    expect(found).toEqual([
      ['b.jsonl', 'a.jsonl', expect.closeTo(0.97, 1)],
      ['n.csv', 'm.csv', 1],
    ])
  })

  test('is not seen in one that shares few records, nor where the same words are usual', async () => {
    const usual = '{"text":"yes"}\n{"text":"no"}\n'.repeat(50)
    const files = { 'a.jsonl': rows(0, 100).join(''), 'b.jsonl': rows(50, 150).join(''), 'c.jsonl': usual }
    expect(await repeatedOf(files, { 'd.jsonl': usual })).toEqual([])
  })
})
