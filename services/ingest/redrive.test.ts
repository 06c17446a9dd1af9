import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { contractSchema, type Contract } from '#core/contract.ts'
import type { Job } from '#core/jobs.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { createSteps } from '#runtime/process/steps.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { createMemoryVault, type MemoryVault } from '#test/support/fakes/memory-vault.ts'
import { ingestDataset } from './pipeline.ts'
import { redriveDeadLetters, type RedriveOptions } from './redrive.ts'
import { createFileSource } from './sources/files/source.ts'
import { createMemorySource } from './sources/memory.ts'

const contractOf = (type: string | string[], id?: string): Contract =>
  contractSchema.parse({
    version: 1,
    schema: { type: 'object', properties: { n: { type } }, required: ['n'] },
    features: { kind: 'table', columns: [{ name: 'n', type: 'number' }] },
    ...(id === undefined ? {} : { id }),
  })
const strict = contractOf('number')
const loose = contractOf(['number', 'string'])

let catalog: Catalog
let vault: MemoryVault
let jobs: Job[]
let dataset: string
let tests = 0
beforeAll(async () => {
  catalog = await openCatalog(await openPglite(), { actor: 'test' })
})
afterAll(() => catalog.close())
beforeEach(() => {
  vault = createMemoryVault()
  jobs = []
  dataset = `data-${++tests}`
})

const common = () => ({ dataset, catalog, vault, owner: 'me', enqueue: async (job: Job) => void jobs.push(job) })
const redrive = (extra: Partial<RedriveOptions> = {}) =>
  redriveDeadLetters({ ...common(), contract: loose, contractHash: 'c1', ...extra })
const letters = (state: 'open' | 'redriven') => catalog.deadLetters.list({ dataset, state })

/** Two records and, under the strict contract, four dead letters: two that another contract admits. */
async function ingest(contract = strict) {
  const lines = ['{"n":1}', '{"n":"a","id":"a"}', 'broken', '{"n":2}', '{"n":"b","id":"a"}', '{"m":3}']
  const bodies = lines.map((line) => ({
    kind: 'bytes' as const,
    bytes: Buffer.from(line),
    contentType: 'application/json' as const,
  }))
  const source = createMemorySource(dataset, [{ name: 'p', contributor: 'ann', bodies }])
  await ingestDataset({ ...common(), source, contract, contractHash: 'c0', limits: { records: 4, bytes: 1e6 } })
  jobs = []
}

describe('redriving dead letters', () => {
  test('stages what has become a record, and counts one attempt more for the rest', async () => {
    await ingest()
    const summary = await redrive()
    expect(summary).toMatchObject({
      tried: 4,
      recovered: 2,
      failed: [{ reason: 'undecodable' }, { reason: 'contract' }],
    })
    expect(jobs).toEqual(summary.windows.map((window) => ({ stage: 'scan', window })))
    const row = await catalog.windows.get(summary.windows[0]!)
    expect(row).toMatchObject({ source: 'redrive', records: 2, deadLetters: 0, contract: 'c1' })
    const records = decodeRecords(vault.objects.get(row!.staged.path)!.bytes)
    expect(records.map(({ id, provenance }) => [id, provenance])).toEqual(
      ['1', '4'].map((position) => [
        `p#${position}`,
        { source: dataset, partition: 'p', position, contributor: 'ann' },
      ]),
    )
    expect((await letters('redriven')).map((row) => row.position)).toEqual(['1', '4'])
    expect((await letters('open')).map((row) => [row.position, row.attempts])).toEqual([
      ['2', 2],
      ['5', 2],
    ])
  })

  test('changes nothing on a dry run', async () => {
    await ingest()
    const objects = vault.objects.size
    expect(await redrive({ dryRun: true })).toMatchObject({ tried: 4, recovered: 2, windows: [] })
    expect(await letters('open')).toHaveLength(4)
    expect(vault.objects.size).toBe(objects)
    expect(jobs).toEqual([])
  })

  test('takes up no more than it is asked to', async () => {
    await ingest()
    expect((await redrive({ limit: 1 })).tried).toBe(1)
    expect((await redrive({ reason: 'undecodable' })).tried).toBe(1)
    const [letter] = await letters('open')
    expect(await redrive({ ids: [letter!.id] })).toMatchObject({ tried: 1 })
  })

  test('goes on in further windows, each after the last', async () => {
    await ingest()
    const summary = await redrive({ windowRecords: 2 })
    expect(summary).toMatchObject({ recovered: 2 })
    const rows = await Promise.all(summary.windows.map((id) => catalog.windows.get(id)))
    expect(rows.map((row) => row?.segments)).toEqual([
      [{ partition: dataset, from: '', to: '1' }],
      [{ partition: dataset, from: '1', to: '2' }],
    ])
  })

  test('can be stopped anywhere and run again without losing or doubling a record', async () => {
    await ingest()
    for (const point of ['stage.object:after', 'stage.transaction:before'] as const) {
      const step = createSteps((at) => {
        if (at === point) throw new Error('stopped here')
      })
      await expect(redrive({ step })).rejects.toThrow('stopped here')
    }
    expect(await redrive()).toMatchObject({ recovered: 2 })
    expect(await redrive()).toMatchObject({ tried: 2, recovered: 0, windows: [] })
  })

  test('admits one id once', async () => {
    await ingest()
    const summary = await redrive({ contract: contractOf(['number', 'string'], 'id') })
    expect(summary.recovered).toBe(1)
    expect(summary.failed.map((failure) => failure.reason).sort()).toEqual(['contract', 'duplicate_id', 'undecodable'])
  })

  test('reads what was too large once more where it came from, and leaves to reading what reading takes up', async () => {
    const large = `{"n":${' '.repeat(5000)}3}`
    await using folder = await createInputFolder({
      'a.jsonl': `{"n":1}\n${large}\n{"n":2}\n`,
      'b.json': '[{"n":4},{"n"',
    })
    const sourceOf = (itemBytes: number) => createFileSource({ name: dataset, root: folder.root, itemBytes })
    const limits = { records: 10, bytes: 1e6 }
    await ingestDataset({ ...common(), source: sourceOf(1000), contract: strict, contractHash: 'c0', limits })
    expect((await letters('open')).map((row) => row.reason)).toEqual(['too_large', 'undecodable'])
    expect(await redrive({ source: sourceOf(1000) })).toMatchObject({ tried: 2, recovered: 0 })
    await appendFile(join(folder.root, 'b.json'), ':5}]')
    const { windows } = await redrive({ source: sourceOf(10_000) })
    const row = await catalog.windows.get(windows[0]!)
    const records = decodeRecords(vault.objects.get(row!.staged.path)!.bytes)
    expect(records.map(({ id, fields }) => [id, fields])).toEqual([['a.jsonl#1', { n: 3 }]])
    expect((await letters('open')).map((row) => row.partition)).toEqual(['b.json'])
  })

  test('gives images the labels that came after them', async () => {
    const images = Buffer.from([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 1, 7, 9])
    await using folder = await createInputFolder({ 'a-images-idx3-ubyte': images })
    const source = createFileSource({ name: dataset, root: folder.root })
    const contract = contractSchema.parse({
      version: 1,
      schema: { type: 'object', required: ['image', 'label'] },
      features: { kind: 'image', field: 'image', shape: [1, 1] },
      label: 'label',
    })
    await ingestDataset({ ...common(), source, contract, contractHash: 'c0', limits: { records: 10, bytes: 1e6 } })
    expect((await letters('open')).map((row) => row.reason)).toEqual(['contract', 'contract'])
    await folder.write('a-labels-idx1-ubyte', Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 2, 3, 4))
    expect(await redrive({ contract })).toMatchObject({ recovered: 0 })
    expect(await redrive({ contract, source })).toMatchObject({ tried: 2, recovered: 2 })
  })

  test('does not read again in a file that is another now', async () => {
    await using folder = await createInputFolder({ 'a.jsonl': `${' '.repeat(5000)}3\n` })
    const sourceOf = (itemBytes: number) => createFileSource({ name: dataset, root: folder.root, itemBytes })
    const limits = { records: 10, bytes: 1e6 }
    await ingestDataset({ ...common(), source: sourceOf(1000), contract: strict, contractHash: 'c0', limits })
    await folder.write('a.jsonl', `{"n":1}${' '.repeat(6000)}\n`)
    expect(await redrive({ source: sourceOf(10_000) })).toMatchObject({ tried: 1, recovered: 0 })
  })

  test('refuses to run beside another', async () => {
    await ingest()
    await catalog.sources.acquire('redrive', dataset, 'somebody', 60)
    await expect(redrive()).rejects.toMatchObject({ code: 'conflict' })
  })
})
