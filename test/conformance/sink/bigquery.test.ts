import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import { parseCanonicalJson, type Fields } from '#core/value.ts'
import { createBigQuerySink } from '#services/encrypt/sinks/bigquery/sink.ts'
import type { BigQuerySinkOptions } from '#services/encrypt/sinks/bigquery/clients.ts'
import { createColumnSeal, kidOfSealed, openColumn } from '#services/encrypt/sinks/column-seal.ts'
import { revocationOf, rowOf, schemaOf } from '#services/encrypt/sinks/sink-rows.ts'
import type { Sink } from '#services/encrypt/sink.ts'
import { startBigQuery, type BigQueryEmulator } from '#emulators/bigquery.ts'
import {
  admitted,
  CONTRACT,
  contractOf,
  deliver,
  epochKey,
  ids,
  INGESTED,
  recordOf,
  revoked,
  rowsOf,
  tableName,
} from '#emulators/bigquery/fixture.ts'

const KEY = 'projects/p/locations/eu/keyRings/r/cryptoKeys/training'
let bigquery: BigQueryEmulator
const sinks: Sink[] = []
beforeAll(async () => {
  bigquery = await startBigQuery({ datasets: ['p.training'] })
})
afterEach(async () => {
  bigquery.clearFaults()
  vi.unstubAllEnvs()
  for (const sink of sinks.splice(0)) await sink.close()
})
afterAll(() => bigquery.close())

function open(table: string, options: Partial<BigQuerySinkOptions> = {}, emulator = bigquery): Sink {
  const { endpoint, writeEndpoint } = emulator
  const sink = createBigQuerySink({
    project: 'p',
    dataset: 'training',
    table,
    endpoint,
    writeEndpoint,
    emulator: true,
    ...options,
  })
  sinks.push(sink)
  return sink
}

function idsIn(table: string, emulator = bigquery): unknown[] {
  return emulator.rows(`p.training.${table}`).map((row) => row['_credence_record'])
}

describe('sink: bigquery', () => {
  it('delivers every kind of value as it was', async () => {
    const table = tableName()
    const sink = open(table)
    const schema = schemaOf(CONTRACT)
    await sink.prepare(schema)
    const fields: Fields = {
      text: 'grüße 🌍',
      label: -7,
      weight: 0.1,
      spam: false,
      tags: ['a', { b: [1, null] }],
      image: new Tensor('u8', [2, 2], Uint8Array.from([0, 1, 254, 255])),
      note: 'no column of its own',
    }
    const origin = { dataset: 'mail', window: 'w1', ordinal: 1, ingested: INGESTED }
    await deliver(sink, admitted(1), [rowOf(recordOf('r0', fields), schema, origin)])
    expect(bigquery.rows(`p.training.${table}`)).toEqual([
      {
        _credence_record: 'r0',
        _credence_window: 'w1',
        _credence_manifest: 1,
        _credence_ingested: INGESTED.getTime() * 1000,
        _credence_extra: '{"note":"no column of its own"}',
        text: 'grüße 🌍',
        label: -7,
        weight: 0.1,
        spam: false,
        tags: '["a",{"b":[1,null]}]',
        image: { dtype: 'u8', shape: [2, 2], data: Buffer.from([0, 1, 254, 255]) },
      },
    ])
  })

  it('shows a batch only when it is committed, and then all of it', async () => {
    const table = tableName()
    const sink = open(table)
    await sink.prepare(schemaOf(CONTRACT))
    const token = await sink.open(admitted(1))
    await sink.append(token, 0, rowsOf(10, 1))
    expect(idsIn(table)).toEqual([])
    expect(await sink.count(admitted(1))).toBe(0)
    await sink.commit(token, 10)
    expect(idsIn(table)).toEqual(ids(10))
    expect(await sink.count(admitted(1))).toBe(10)
  })

  /** The calls that a delivery makes after its batch is open; each may be cut before or after it has its effect. */
  const steps = ['append', 'end', 'commit'] as const
  const cuts = steps.flatMap((step) => [[step, 'torn'] as const, [step, 'torn_after'] as const])
  it.each(cuts)('has each row once when the process dies at %s (%s)', async (step, kind) => {
    const table = tableName()
    const first = open(table)
    await first.prepare(schemaOf(CONTRACT))
    const rows = rowsOf(20, 1)
    const token = await first.open(admitted(1))
    bigquery.injectAfter(steps.indexOf(step), { action: 'bigquery.tables.updateData', kind, times: 1 })
    const dying = first.append(token, 0, rows).then(() => first.commit(token, rows.length))
    await expect(dying).rejects.toMatchObject({ code: 'unavailable' })
    // another process takes over with the token that the catalog keeps, and repeats every step
    const again = open(table)
    await again.prepare(schemaOf(CONTRACT))
    for (let attempt = 0; attempt < 2; attempt++) {
      await again.append(token, 0, rows)
      await again.commit(token, rows.length)
    }
    expect(idsIn(table)).toEqual(ids(20))
  })

  it('finds what is missing, however the rows were cut before', async () => {
    const table = tableName()
    const sink = open(table)
    await sink.prepare(schemaOf(CONTRACT))
    for (const there of [1, 7, 25, 48, 49, 50]) {
      const ordinal = 100 + there
      const rows = rowsOf(50, ordinal)
      const token = await sink.open(admitted(ordinal))
      await sink.append(token, 0, rows.slice(0, there))
      await sink.append(token, 0, rows)
      await sink.commit(token, 50)
      expect(await sink.count(admitted(ordinal))).toBe(50)
    }
  })

  it('refuses to leave rows out', async () => {
    const sink = open(tableName())
    await sink.prepare(schemaOf(CONTRACT))
    const token = await sink.open(admitted(1))
    await sink.append(token, 0, rowsOf(5, 1))
    await expect(sink.append(token, 6, rowsOf(1, 1))).rejects.toMatchObject({
      code: 'conflict',
      reason: 'rows_missing',
    })
    await expect(sink.commit(token, 6)).rejects.toMatchObject({ code: 'corrupt', reason: 'row_count' })
    expect(await sink.count(admitted(1))).toBe(0)
  })

  it('cuts a batch into requests that the service takes', async () => {
    const table = tableName()
    const sink = open(table)
    const schema = schemaOf(CONTRACT)
    await sink.prepare(schema)
    const origin = { dataset: 'mail', window: 'w1', ordinal: 1, ingested: INGESTED }
    const big = 'x'.repeat(3_000_000)
    const rows = ids(8).map((id) => rowOf(recordOf(id, { text: big }), schema, origin))
    const before = bigquery.calls.length
    await deliver(sink, admitted(1), rows)
    expect(idsIn(table)).toEqual(ids(8))
    expect(bigquery.calls.length - before).toBe(1 + 4 + 2) // two rows a request
    const token = await sink.open(admitted(2))
    const huge = rowOf(recordOf('r9', { text: 'x'.repeat(9_600_000) }), schema, origin)
    await expect(sink.append(token, 0, [huge])).rejects.toMatchObject({ code: 'invalid', reason: 'row_too_large' })
    await expect(sink.append(token, 0, [huge])).rejects.toThrow(/record r9/)
  })

  it('says that a batch is gone when the service has forgotten it, and counts what is there', async () => {
    const sink = open(tableName())
    await sink.prepare(schemaOf(CONTRACT))
    const done = await sink.open(admitted(1))
    await sink.append(done, 0, rowsOf(3, 1))
    await sink.commit(done, 3)
    const undone = await sink.open(admitted(2))
    await sink.append(undone, 0, rowsOf(3, 2))
    bigquery.forgetStreams()
    for (const [token, ordinal] of [
      [done, 1],
      [undone, 2],
    ] as const) {
      await expect(sink.append(token, 0, rowsOf(3, ordinal))).rejects.toMatchObject({ reason: 'batch_gone' })
      await expect(sink.commit(token, 3)).rejects.toMatchObject({ code: 'not_found', reason: 'batch_gone' })
    }
    expect(await sink.count(admitted(1))).toBe(3)
    expect(await sink.count(admitted(2))).toBe(0)
  })

  it('adds the columns that are new, and keeps the rest', async () => {
    const table = tableName()
    const sink = open(table)
    await sink.prepare(schemaOf(contractOf({ text: { type: 'string' } })))
    await sink.prepare(schemaOf(contractOf({ text: { type: 'string' }, label: { type: 'integer' } })))
    await sink.prepare(schemaOf(contractOf({ text: { type: 'string' } }))) // an older window, staged under an older contract
    const columns = bigquery.table(`p.training.${table}`)?.schema?.fields.map(({ name, type }) => `${name} ${type}`)
    expect(columns).toEqual([
      '_credence_record STRING',
      '_credence_window STRING',
      '_credence_manifest INTEGER',
      '_credence_ingested TIMESTAMP',
      '_credence_extra JSON',
      'text STRING',
      'label INTEGER',
    ])
    const view = bigquery.table(`p.training.${table}_current`)?.schema?.fields.map(({ name }) => name)
    expect(view).toContain('label')
  })

  it('waits for the service to hear of a new column, instead of giving up', async () => {
    const table = tableName()
    const sink = open(table)
    await sink.prepare(schemaOf(CONTRACT))
    const token = await sink.open(admitted(1))
    bigquery.lag(1)
    await expect(sink.append(token, 0, rowsOf(3, 1))).rejects.toMatchObject({
      code: 'unavailable',
      reason: 'schema_propagating',
    })
    await sink.append(token, 0, rowsOf(3, 1))
    await sink.commit(token, 3)
    expect(idsIn(table)).toEqual(ids(3))
  })

  it('refuses to change the type of a column', async () => {
    const sink = open(tableName())
    await sink.prepare(schemaOf(contractOf({ text: { type: 'string' }, label: { type: 'integer' } })))
    const changed = schemaOf(contractOf({ text: { type: 'string' }, label: { type: 'string' } }))
    await expect(sink.prepare(changed)).rejects.toMatchObject({ code: 'invalid', reason: 'column_type' })
    await expect(sink.prepare(changed)).rejects.toThrow(/column label is INTEGER and the contract wants STRING/)
    const sealed = schemaOf(contractOf({ text: { type: 'string' }, label: { type: 'integer' } }), ['text'])
    await expect(sink.prepare(sealed)).rejects.toMatchObject({ reason: 'column_type' })
  })

  it('makes its tables under the configured key, and refuses others', async () => {
    const table = tableName()
    await open(table, { kmsKey: KEY }).prepare(schemaOf(CONTRACT))
    for (const name of [table, `${table}_revoked`]) {
      expect(bigquery.table(`p.training.${name}`)?.encryptionConfiguration).toEqual({ kmsKeyName: KEY })
    }
    const other = open(table, { kmsKey: `${KEY}-2` })
    await expect(other.prepare(schemaOf(CONTRACT))).rejects.toMatchObject({ reason: 'kms_key_mismatch' })
  })

  it('lets sensitive columns leave as ciphertext that opens with the key, in its place only', async () => {
    const table = tableName()
    const sink = open(table)
    const schema = schemaOf(CONTRACT, ['text', 'image'])
    await sink.prepare(schema)
    const key = epochKey()
    const origin = { dataset: 'mail', window: 'w1', ordinal: 1, ingested: INGESTED }
    const image = new Tensor('u8', [2, 2], Uint8Array.from([1, 2, 3, 4]))
    const rows = ['r0', 'r1'].map((id) =>
      rowOf(recordOf(id, { text: 'secret words', image, label: 1 }), schema, origin, createColumnSeal(key)),
    )
    await deliver(sink, admitted(1), rows)
    const [first, second] = bigquery.rows(`p.training.${table}`)
    const sealed = first?.['text'] as Buffer
    expect(sealed.includes('secret')).toBe(false)
    expect(sealed.equals(second?.['text'] as Buffer)).toBe(false)
    expect(kidOfSealed(sealed)).toBe(key.kid)
    const context = { dataset: 'mail', column: 'text', record: 'r0' }
    expect(parseCanonicalJson(Buffer.from(openColumn(key, sealed, context)).toString())).toBe('secret words')
    const opened = openColumn(key, first?.['image'] as Buffer, { ...context, column: 'image' })
    expect(parseCanonicalJson(Buffer.from(opened).toString())).toEqual(image)
    expect(first?.['label']).toBe(1)
  })

  it('takes records back in a table of their own, and a view shows what stands', async () => {
    const table = tableName()
    const sink = open(table)
    await sink.prepare(schemaOf(CONTRACT))
    await deliver(sink, admitted(1), rowsOf(4, 1))
    await deliver(
      sink,
      revoked(2),
      [1, 2].map((i) => revocationOf(`r${i}`, { ordinal: 2, ingested: INGESTED })),
    )
    // released again: revocations first, then rows
    await deliver(sink, revoked(3), [revocationOf('r2', { ordinal: 3, ingested: INGESTED })])
    await deliver(sink, admitted(3), rowsOf(1, 3, 2))
    expect(idsIn(table)).toEqual(['r0', 'r1', 'r2', 'r3', 'r2'])
    expect(await sink.count(revoked(2))).toBe(2)
    const sql = `SELECT _credence_record AS id, _credence_manifest AS n FROM \`p.training.${table}_current\` ORDER BY id`
    expect(bigquery.query(sql)).toEqual([
      { id: 'r0', n: 1 },
      { id: 'r2', n: 3 },
      { id: 'r3', n: 1 },
    ])
  })

  it.each([
    ['throttled', 'throttled'],
    ['unavailable', 'unavailable'],
    ['denied', 'denied'],
    ['disabled', 'denied'],
  ] as const)('tells %s as %s, and calls once', async (kind, code) => {
    const sink = open(tableName())
    await sink.prepare(schemaOf(CONTRACT))
    const token = await sink.open(admitted(1))
    bigquery.inject({ kind })
    const before = bigquery.calls.length
    await expect(sink.prepare(schemaOf(CONTRACT))).rejects.toMatchObject({ code })
    await expect(sink.append(token, 0, rowsOf(1, 1))).rejects.toMatchObject({ code })
    await expect(sink.count(admitted(1))).rejects.toMatchObject({ code })
    await expect(sink.open(admitted(1))).rejects.toMatchObject({ code })
    expect(bigquery.calls.length - before).toBe(4)
  })

  it('names the permission that is missing', async () => {
    const sink = open(tableName())
    await sink.prepare(schemaOf(CONTRACT))
    bigquery.revoke('bigquery.tables.updateData')
    await expect(sink.open(admitted(1))).rejects.toThrow(/lacks bigquery\.tables\.updateData/)
    bigquery.revoke('bigquery.jobs.create')
    await expect(sink.count(admitted(1))).rejects.toThrow(/lacks bigquery\.jobs\.create/)
  })

  it('needs these permissions, and no other', async () => {
    const table = tableName()
    const before = bigquery.calls.length
    const sink = open(table)
    await sink.prepare(schemaOf(contractOf({ text: { type: 'string' } })))
    await sink.prepare(schemaOf(CONTRACT))
    await deliver(sink, admitted(1), rowsOf(1, 1))
    await sink.count(admitted(1))
    await sink.check()
    const used = new Set(bigquery.calls.slice(before).map(({ action }) => action))
    expect([...used].sort()).toEqual([
      'bigquery.datasets.get',
      'bigquery.jobs.create',
      'bigquery.tables.create',
      'bigquery.tables.get',
      'bigquery.tables.getData',
      'bigquery.tables.update',
      'bigquery.tables.updateData',
    ])
  })

  it('checks what it stands on, one line each', async () => {
    const table = tableName()
    const sink = open(table, { kmsKey: KEY })
    expect((await sink.check()).map(({ state }) => state)).toEqual(['ok', 'unknown', 'warn', 'warn'])
    await sink.prepare(schemaOf(CONTRACT))
    bigquery.revoke('bigquery.tables.update')
    const lines = await sink.check()
    expect(lines.filter(({ state }) => state === 'failed').map(({ what }) => what)).toEqual([
      `permission bigquery.tables.update on training.${table}`,
      `permission bigquery.tables.update on training.${table}_revoked`,
    ])
    expect(lines.filter(({ state }) => state === 'ok')).toHaveLength(9)
    expect((await open(table, { dataset: 'none' }).check())[0]).toMatchObject({ state: 'failed' })
    await expect(open(table, { dataset: 'none' }).prepare(schemaOf(CONTRACT))).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('refuses tokens of others, keys that are none, and endpoints in clear', async () => {
    const sink = open(tableName())
    await sink.prepare(schemaOf(CONTRACT))
    await expect(sink.append('projects/p/datasets/x/tables/y/streams/z', 0, [])).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(() => open('t', { kmsKey: 'training' })).toThrow(/is not the name of a Cloud KMS key/)
    expect(() => open('t', { emulator: false })).toThrow(/is not https/)
    vi.stubEnv('BIGQUERY_EMULATOR_HOST', bigquery.endpoint)
    expect(() => createBigQuerySink({ project: 'p', dataset: 'd', table: 't' })).toThrow(/unset it/)
  })
})

describe('emulator: bigquery', () => {
  it('keeps tables, rows and batches under way across starts on one folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-bigquery-'))
    try {
      const table = tableName()
      const first = await startBigQuery({ folder, datasets: ['p.training'] })
      const sink = open(table, {}, first)
      await sink.prepare(schemaOf(CONTRACT))
      await deliver(sink, admitted(1), rowsOf(3, 1))
      const token = await sink.open(admitted(2))
      await sink.append(token, 0, rowsOf(3, 2, 3))
      await first.close()
      const second = await startBigQuery({ folder, datasets: ['p.training'] })
      const again = open(table, {}, second)
      await again.prepare(schemaOf(CONTRACT))
      expect(idsIn(table, second)).toEqual(ids(3))
      await again.append(token, 0, rowsOf(3, 2, 3))
      await again.commit(token, 3)
      expect(idsIn(table, second)).toEqual(ids(6))
      await second.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
