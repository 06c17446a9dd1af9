import { describe, expect, test } from 'vitest'
import { migrate, readMigrations } from '#runtime/catalog/migrations.ts'
import { verifyAudit } from '#runtime/audit/verify.ts'
import { writeAudit } from '#runtime/catalog/write-audit.ts'
import { collect, HOSTILE, sha, windowOf, type CatalogFixture } from './fixture.ts'

const entryOf = (i: number) => ({ actor: 'alice', action: 'note', subject: `s${i}`, detail: { i } })

/** Migrations and the audit log. */
export function logTests(t: CatalogFixture): void {
  describe('migrations', () => {
    test('are applied once, however many start', async () => {
      await t.sql.transaction((tx) => tx.script('drop schema public cascade; create schema public'))
      const names = (await readMigrations()).map((migration) => migration.name)
      const applied = await Promise.all([migrate(t.sql), migrate(t.sql), migrate(t.sql)])
      expect(applied.flat()).toEqual(names)
    })

    test('refuse a catalog that a newer version made', async () => {
      await t.sql.query(`insert into migrations values ('9999-later.sql', 'x', now())`)
      await expect(migrate(t.sql)).rejects.toMatchObject({ code: 'conflict', reason: 'newer_catalog' })
    })

    test('refuse a migration that was edited after it ran', async () => {
      const edited = (await readMigrations()).map((migration) => ({ ...migration, checksum: 'other' }))
      await expect(migrate(t.sql, edited)).rejects.toMatchObject({ code: 'conflict', reason: 'other_catalog' })
    })

    test('that fail leave nothing behind', async () => {
      const broken = { name: '0002-broken.sql', text: 'create table half (a int); select 1 / 0', checksum: 'c' }
      await expect(migrate(t.sql, [...(await readMigrations()), broken])).rejects.toMatchObject({ code: 'internal' })
      expect(await t.sql.query(`select 1 from information_schema.tables where table_name = 'half'`)).toEqual([])
    })
  })

  describe('the audit log', () => {
    test('chains every entry to the one before, across pages', async () => {
      await t.sql.transaction(async (tx) => {
        for (let i = 0; i < 1009; i++) await writeAudit(tx, null, entryOf(i))
      })
      await t.catalog.audit.append('alice', 'note', HOSTILE, { text: HOSTILE, none: null, yes: true })
      const entries = await collect(t.catalog.audit.entries())
      expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 1011 }, (_, i) => i + 1))
      expect(await collect(t.catalog.audit.entries(999))).toEqual(entries.slice(999))
      const head = await t.catalog.audit.head()
      expect(head).toEqual({ seq: 1011, hash: entries.at(-1)?.hash })
      expect((await verifyAudit(t.catalog.audit.entries(), { head })).problems).toEqual([])
    })

    test('cannot be rewritten through the database', async () => {
      await expect(t.sql.query(`update audit set actor = 'mallory'`)).rejects.toThrow('SQLSTATE')
      await expect(t.sql.query('delete from audit')).rejects.toThrow('SQLSTATE')
    })

    test('keeps checkpoints of what it holds only', async () => {
      const head = await t.catalog.audit.head()
      const checkpoint = { ...head, at: '2026-01-01T00:00:00.000Z', keyid: 'k', signature: 'c2ln' }
      await t.catalog.audit.addCheckpoint(checkpoint)
      await t.catalog.audit.addCheckpoint(checkpoint)
      expect(await t.catalog.audit.checkpoints()).toEqual([checkpoint])
      const other = { ...checkpoint, hash: sha('other') }
      await expect(t.catalog.audit.addCheckpoint(other)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('grows only with the change that it tells of', async () => {
      const before = await t.catalog.audit.head()
      await expect(t.catalog.windows.stage({ ...windowOf(1), deadLetters: 3 }, t.lease)).rejects.toThrow('dead letters')
      expect(await t.catalog.audit.head()).toEqual(before)
    })
  })

  test('errors of the database carry a code and no values', async () => {
    const failure = await t.sql.query('select $1::text::integer', ['a secret']).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'internal', reason: 'sql_22P02' })
    expect(JSON.stringify(failure) + String(failure) + String((failure as Error).cause)).not.toContain('secret')
  })
}
