import { existsSync } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { PGlite, type Transaction as PgliteTransaction } from '@electric-sql/pglite'
import { DurableFolder, syncTree } from './durable-folder.ts'
import { mapSqlError } from './sql-errors.ts'
import type { Queryable, Sql, SqlValue } from './sql.ts'

/** Commits reach the disk before they resolve, and the buffers are small: 16 MB in place of 128. */
const SETTINGS = ['fsync=on', 'wal_sync_method=fsync', 'shared_buffers=16MB'].flatMap((setting) => ['-c', setting])

/**
 * The embedded database, in `folder` (absent: in memory). PGlite does not lock its folder: the caller holds the data
 * folder's lock (`runtime/process/data-lock.ts`) from before this call until after `close`.
 */
export async function openPglite(folder?: string): Promise<Sql> {
  const database = await guarded(() => (folder === undefined ? PGlite.create() : openFolder(folder)))
  return {
    query: queryOn(database),
    async transaction(work) {
      let failure: { readonly error: unknown } | undefined
      const done = guarded(() =>
        database.transaction(async (tx) => {
          try {
            return await work({
              query: queryOn(tx),
              async script(text) {
                await guarded(() => tx.exec(text))
              },
            })
          } catch (error) {
            failure = { error }
            throw error
          }
        }),
      )
      return done.catch((error: unknown) => {
        throw failure === undefined ? error : failure.error
      })
    },
    async close() {
      if (!database.closed) await guarded(() => database.close())
    },
  }
}

async function openFolder(folder: string): Promise<PGlite> {
  await makeFolder(folder)
  // PostgreSQL's own lock file means nothing here (the data folder's lock is ours), and a process killed between making and
  // writing it leaves an empty one, which PostgreSQL refuses to start over.
  await rm(join(folder, 'postmaster.pid'), { force: true })
  const fs = new DurableFolder(folder)
  const startParams = [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), ...SETTINGS]
  const database = await PGlite.create({ fs, startParams })
  await fs.settle()
  return database
}

/** PostgreSQL is made elsewhere and moved here when it is whole: a folder that is there can be opened. */
async function makeFolder(folder: string): Promise<void> {
  if (existsSync(folder)) return
  const half = `${folder}.half`
  await rm(half, { recursive: true, force: true })
  await mkdir(dirname(half), { recursive: true })
  const database = await PGlite.create({ dataDir: half })
  await database.close()
  await syncTree(half)
  await rename(half, folder)
}

function queryOn(target: PGlite | PgliteTransaction): Queryable['query'] {
  return async <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
    (await guarded(() => target.query<Row>(text, [...values]))).rows
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw mapSqlError(error)
  }
}
