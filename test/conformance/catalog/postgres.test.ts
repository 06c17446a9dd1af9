import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { migrate, readMigrations } from '#runtime/catalog/migrations.ts'
import { openPostgres, type PostgresTimes } from '#runtime/catalog/postgres.ts'
import type { Sql } from '#runtime/catalog/sql.ts'
import { startSilentProxy } from '#emulators/silent-proxy.ts'
import { named, needs } from '#test/support/needs.ts'
import { catalogSuite } from './suite.ts'

const { value: url, missing } = named(
  'CREDENCE_TEST_POSTGRES',
  'postgres://user@host/database of one who may create some',
)
const { skip, why } = needs(missing)

describe.skipIf(skip)(`catalog: PostgreSQL${why}`, () => {
  const addressOf = (database: string) => {
    // A skipped suite's body runs all the same while tests are collected.
    const own = new URL(url || 'postgres://nowhere')
    own.pathname = `/${database}`
    return own
  }

  catalogSuite(async () => {
    const database = `credence_test_${process.pid}`
    const admin = openPostgres({ url, connections: 1 })
    await admin.query(`create database ${database}`)
    const sql = openPostgres({ url: addressOf(database).href })
    return {
      ...sql,
      async close() {
        await sql.close()
        await admin.query(`drop database ${database}`)
        await admin.close()
      },
    }
  })

  describe('connections', () => {
    const database = `credence_test_connections_${process.pid}`
    const own = addressOf(database)
    let admin: Sql
    let opened: Sql[] = []

    beforeAll(async () => {
      admin = openPostgres({ url, connections: 1 })
      await admin.query(`create database ${database}`)
    })
    afterEach(async () => {
      await Promise.all(opened.map((sql) => sql.close()))
      opened = []
    })
    afterAll(async () => {
      await admin.query(`drop database ${database} with (force)`)
      await admin.close()
    })

    const open = (times: Partial<PostgresTimes> = {}, address = own): Sql => {
      const sql = openPostgres({ url: address.href, times })
      opened.push(sql)
      return sql
    }
    /** Makes `count` connections stand at once. */
    const warm = (sql: Sql, count: number) =>
      Promise.all(Array.from({ length: count }, () => sql.query('select pg_sleep(0.05)')))
    const writeOn = (sql: Sql) => sql.transaction((tx) => tx.query('create table if not exists written (n int)'))

    test('of a process that is paused within a transaction hold up the others for no longer than a limit', async () => {
      const sql = open({ idleInTransaction: 200 })
      const catalog = await openCatalog(open(), { actor: 'other' })
      const resumed = Promise.withResolvers<void>()
      const locked = Promise.withResolvers<void>()
      const paused = sql.transaction(async (tx) => {
        await tx.query('lock table audit_head')
        locked.resolve()
        await resumed.promise
        await tx.query('select 1')
      })
      await locked.promise
      await catalog.audit.append('other', 'note', 'subject')
      resumed.resolve()
      await expect(paused).rejects.toMatchObject({ code: 'unavailable' })
      expect(await sql.query('select 1 as one')).toEqual([{ one: 1 }])
    })

    test('wait for a lock, and for a statement, no longer than a limit, and are used again', async () => {
      const holder = open()
      const limited = open({ lock: 50, statement: 200 })
      await writeOn(holder)
      await holder.transaction(async (tx) => {
        await tx.query('lock table written')
        await expect(limited.query('select * from written')).rejects.toMatchObject({ reason: 'sql_55P03' })
      })
      const late = { code: 'unavailable', reason: 'sql_57014' }
      await expect(limited.query('select pg_sleep(60)')).rejects.toMatchObject(late)
      await expect(limited.transaction((tx) => tx.query('select pg_sleep(60)'))).rejects.toMatchObject(late)
      await writeOn(limited)
    })

    test('that migrate have no limit, nor has waiting for another starter', async () => {
      const slow = { name: '9998-slow.sql', text: 'select pg_sleep(0.5)', checksum: 's' }
      const limits = { lock: 100, statement: 100, answer: 150 }
      const migrations = [...(await readMigrations()), slow]
      const applied = await Promise.all([migrate(open(limits), migrations), migrate(open(limits), migrations)])
      expect(applied.flat()).toContain(slow.name)
    })

    test('that go silent are given up, all that stood, and new ones are used', async () => {
      const proxy = await startSilentProxy({ port: Number(own.port || 5432), host: own.hostname })
      try {
        const address = new URL(own)
        address.host = `127.0.0.1:${proxy.port}`
        const sql = open({ answer: 2000 }, address)
        await warm(sql, 3)
        proxy.silence()
        await expect(writeOn(sql)).rejects.toMatchObject({ code: 'unavailable', reason: 'connection' })
        await writeOn(sql)
        await warm(sql, 3)
        await sql.close()
      } finally {
        await proxy.close()
      }
    })

    test('to a primary that was demoted are unavailable, and replaced', async () => {
      await admin.query(`alter database ${database} set default_transaction_read_only = on`)
      const sql = open()
      await warm(sql, 3)
      await admin.query(`alter database ${database} reset default_transaction_read_only`)
      await expect(writeOn(sql)).rejects.toMatchObject({ code: 'unavailable', reason: 'sql_25006' })
      await Promise.all([writeOn(sql), writeOn(sql), writeOn(sql)])
    })
  })
})
