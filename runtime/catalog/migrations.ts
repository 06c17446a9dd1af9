import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { AppError } from '#core/errors.ts'
import type { Sql } from './sql.ts'

const FOLDER = new URL('./migrations/', import.meta.url)
// Any constant that no other program uses: it makes processes of this one that start at the same time wait for each other.
const ADVISORY_LOCK = 7_262_318_401

export interface Migration {
  readonly name: string
  readonly text: string
  readonly checksum: string
}

export async function readMigrations(folder: URL = FOLDER): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(new URL(name, folder), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

/**
 * Brings the database up to date in one transaction; resolves to the names that were applied now. Safe if several processes
 * start at once. Throws `conflict` if the catalog was made by a newer version (`newer_catalog`) or by other migrations
 * (`other_catalog`).
 */
export async function migrate(sql: Sql, migrations?: readonly Migration[]): Promise<string[]> {
  const wanted = migrations ?? (await readMigrations())
  return sql.transaction(async (tx) => {
    // a migration, or waiting for another process's, must not be limited in time
    await tx.script(
      `set local statement_timeout = 0; set local lock_timeout = 0; select pg_advisory_xact_lock(${ADVISORY_LOCK})`,
    )
    // an identity that only uses the catalog may create nothing, not even with "if not exists"
    const [found] = await tx.query<{ there: boolean }>("select to_regclass('migrations') is not null as there")
    if (found?.there !== true) {
      await tx.script(
        'create table migrations (name text primary key, checksum text not null, applied_at timestamptz not null)',
      )
    }
    const rows = await tx.query<{ name: string; checksum: string }>('select name, checksum from migrations')
    const applied = new Map(rows.map((row) => [row.name, row.checksum]))
    const known = new Set(wanted.map((migration) => migration.name))
    const newer = [...applied.keys()].filter((name) => !known.has(name)).sort()
    if (newer.length > 0) {
      throw new AppError(
        'conflict',
        `the catalog was made by a newer version (${newer.join(', ')}): upgrade to open it`,
        {
          reason: 'newer_catalog',
        },
      )
    }
    const now: string[] = []
    for (const { name, text, checksum } of wanted) {
      const recorded = applied.get(name)
      if (recorded === checksum) continue
      if (recorded !== undefined) {
        throw new AppError('conflict', `migration ${name} differs from the one the catalog was made with`, {
          reason: 'other_catalog',
        })
      }
      await tx.script(text)
      await tx.query('insert into migrations values ($1, $2, clock_timestamp())', [name, checksum])
      now.push(name)
    }
    return now
  })
}
