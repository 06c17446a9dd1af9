import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { AppError } from '#core/errors.ts'
import { parseCanonicalJson } from '#core/value.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { deliverChain } from '#services/encrypt/sinks/deliver.ts'
import { createLocalKeyring, type LocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { createBigQuerySink } from '#services/encrypt/sinks/bigquery/sink.ts'
import { createColumnSeal, kidOfSealed, openColumn } from '#services/encrypt/sinks/column-seal.ts'
import { schemaOf } from '#services/encrypt/sinks/sink-rows.ts'
import type { Sink, SinkSchema } from '#services/encrypt/sink.ts'
import { startBigQuery, type BigQueryEmulator } from '#emulators/bigquery.ts'
import { contractOf, tableName } from '#emulators/bigquery/fixture.ts'
import { CHAINED, createAdmittedChain, type AdmittedChain } from '#test/support/fakes/admitted-chain.ts'

const PROPERTIES = { text: { type: 'string' }, image: { tensor: { dtype: 'u8', shape: [2, 2] } } }
const SCHEMA = schemaOf(contractOf({ ...PROPERTIES, label: { type: 'integer' } }), ['text'])

let folder = ''
let keyring: LocalKeyring
let catalog: Catalog
let bigquery: BigQueryEmulator
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-delivery-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
  catalog = await openCatalog(await openPglite(), { actor: 'test' })
  bigquery = await startBigQuery({ datasets: ['p.training'] })
})
afterAll(async () => {
  await bigquery.close()
  await catalog.close()
  await rm(folder, { recursive: true, force: true })
})

let chain: AdmittedChain
let table = ''
const sinks: Sink[] = []
beforeEach(async () => {
  chain = await createAdmittedChain(keyring)
  table = tableName()
})
afterEach(async () => {
  bigquery.clearFaults()
  for (const sink of sinks.splice(0)) await sink.close()
})

/** What a process that starts now delivers, through a sink of its own. */
async function deliver(schema: SinkSchema = SCHEMA): Promise<number> {
  const sink = createBigQuerySink({
    project: 'p',
    dataset: 'training',
    table,
    endpoint: bigquery.endpoint,
    writeEndpoint: bigquery.writeEndpoint,
    emulator: true,
  })
  sinks.push(sink)
  await sink.prepare(schema)
  const lease = await catalog.sources.acquire(`sink/${table}`, 'chain', 'test', 60)
  if (lease === null) throw new Error('no lease')
  const { store, verifier, vault, keys } = chain
  const seal = createColumnSeal(await keys.current(CHAINED))
  return deliverChain({ dataset: CHAINED, sink, schema, store, verifier, vault, seal, catalog, lease })
}

/** As many times as it takes. */
async function deliverAll(): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    try {
      await deliver()
      return
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'unavailable' || attempt > 20) throw error
    }
  }
}

async function fill(): Promise<void> {
  await chain.window('a', 3, 2)
  await chain.window('b', 60, 1)
  await chain.release('r1', 'a', ['ar3', 'ar4'])
  await chain.revoke('r2', ['ar4'])
  await chain.reencrypt()
  await chain.release('r3', 'a', ['ar4'])
  await chain.revoke('r4', ['ar3'])
  await chain.window('d', 2)
}

/** The same in short. */
async function fillShort(): Promise<void> {
  await chain.window('a', 3, 2)
  await chain.release('r1', 'a', ['ar3', 'ar4'])
  await chain.revoke('r2', ['ar4'])
}

/** The view's rows by record, ascending. */
function standing(): { id: string; label: number }[] {
  const sql = `SELECT _credence_record AS id, label FROM \`p.training.${table}_current\` ORDER BY id`
  return bigquery.query(sql).map((row) => ({ ...row })) as { id: string; label: number }[]
}

async function expectAccurate(): Promise<void> {
  const exported = await chain.exported()
  const wanted = exported.map(({ id, fields }) => ({ id, label: fields['label'] }))
  expect(standing()).toEqual(wanted.sort((a, b) => (a.id < b.id ? -1 : 1)))
  const rows = bigquery.rows(`p.training.${table}`)
  const names = rows.map((row) => JSON.stringify([row['_credence_manifest'], row['_credence_record']]))
  expect(new Set(names).size).toBe(names.length)
}

describe('delivery: a chain into BigQuery', () => {
  it('shows what training would read, and nothing else', async () => {
    await fill()
    expect(await deliver()).toBe(8)
    await expectAccurate()
    const calls = bigquery.calls.length
    expect(await deliver()).toBe(0)
    const again = bigquery.calls.slice(calls).map(({ action }) => action)
    expect(again).not.toContain('bigquery.tables.updateData')
    await chain.window('e', 2)
    await deliver()
    await expectAccurate()
  })

  it('keeps sensitive columns sealed, each under the epoch key of its delivery', async () => {
    await chain.window('a', 2)
    await deliver()
    const first = await chain.keys.current(CHAINED)
    await chain.reencrypt()
    await chain.window('b', 1)
    await deliver()
    const second = await chain.keys.current(CHAINED)
    const rows = bigquery.rows(`p.training.${table}`)
    expect(rows.map((row) => kidOfSealed(row['text'] as Buffer))).toEqual([first.kid, first.kid, second.kid])
    for (const [i, row] of rows.entries()) {
      const record = row['_credence_record'] as string
      expect((row['text'] as Buffer).includes('text of')).toBe(false)
      const context = { dataset: CHAINED, column: 'text', record }
      const opened = openColumn(i < 2 ? first : second, row['text'] as Buffer, context)
      expect(parseCanonicalJson(Buffer.from(opened).toString())).toBe(`text of ${record}`)
    }
    expect(rows[1]?.['image']).toEqual({ dtype: 'u8', shape: [2, 2], data: Buffer.from([1, 1, 2, 3]) })
  })

  it.each(['torn', 'torn_after'] as const)('has each row once, whichever call breaks (%s)', async (kind) => {
    await fillShort()
    const before = bigquery.calls.length
    await deliver()
    const writes = bigquery.calls.slice(before).filter(({ action }) => action === 'bigquery.tables.updateData').length
    expect(writes).toBeGreaterThan(12)
    for (let at = 0; at < writes; at++) {
      table = tableName()
      bigquery.injectAfter(at, { action: 'bigquery.tables.updateData', kind, times: 1 })
      await deliverAll()
      await expectAccurate()
    }
  })

  it('goes on when the service has forgotten the batch that was open', async () => {
    await fillShort()
    const before = bigquery.calls.length
    await deliver()
    const writes = bigquery.calls.slice(before).filter(({ action }) => action === 'bigquery.tables.updateData').length
    for (let at = 0; at < writes; at++) {
      table = tableName()
      bigquery.injectAfter(at, { action: 'bigquery.tables.updateData', kind: 'torn_after', times: 1 })
      await deliver().catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' }))
      bigquery.forgetStreams()
      await deliverAll()
      await expectAccurate()
    }
  })

  it('adds the columns of a contract that grew', async () => {
    await chain.window('a', 1)
    await deliver(schemaOf(contractOf(PROPERTIES), ['text']))
    await chain.window('b', 1)
    await deliver()
    const rows = bigquery.rows(`p.training.${table}`)
    expect(rows.map((row) => [row['label'], row['_credence_extra']])).toEqual([
      [undefined, '{"label":0,"note":"no column of its own"}'],
      [0, '{"note":"no column of its own"}'],
    ])
  })

  it('says what it may not do, and delivers once it may', async () => {
    await chain.window('a', 1)
    await deliver()
    await chain.window('b', 2)
    bigquery.revoke('bigquery.tables.updateData')
    await expect(deliver()).rejects.toMatchObject({ code: 'denied' })
    bigquery.clearFaults()
    expect(await deliver()).toBe(1)
    await expectAccurate()
  })
})
