import { fork } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, readdir, rename, rm, statfs } from 'node:fs/promises'
import { basename, dirname, extname, join } from 'node:path'
import { PGlite, type Transaction as PgliteTransaction } from '@electric-sql/pglite'
import { AppError, isAppError } from '#core/errors.ts'
import { DurableFolder, restrictTree, syncTree } from './durable-folder.ts'
import { mapSqlError } from './sql-errors.ts'
import type { Queryable, Sql, SqlValue } from './sql.ts'

/** Commits reach the disk before they resolve, and the buffers are small: 16 MB instead of 128. */
const SETTINGS = [
  'fsync=on',
  'wal_sync_method=fsync',
  'shared_buffers=16MB',
  'log_startup_progress_interval=0', // a timer, which would keep a process running whose start failed
].flatMap((setting) => ['-c', setting])

/**
 * The embedded database, in `folder` (absent: in memory). PGlite does not lock its folder: the caller must hold the data
 * folder's lock (`runtime/process/data-lock.ts`) from before this call until after `close`. Throws `corrupt` (`catalog_damaged`)
 * if the folder's files are not what PostgreSQL wrote, and `unavailable` (`disk_full`; `catalog_silent` if a new database is not
 * made within `makesWithinMs`, of which it takes some three seconds).
 */
export async function openPglite(folder?: string, makesWithinMs = 120_000): Promise<Sql> {
  const guarded = guardFor(folder)
  const database = await opened(folder, () =>
    guarded(() => (folder === undefined ? PGlite.create() : openFolder(folder, makesWithinMs))),
  )
  const queryOn = queryThrough(guarded)
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

async function openFolder(folder: string, makesWithinMs: number): Promise<PGlite> {
  await makeFolder(folder, makesWithinMs)
  await refuseHalf(folder)
  await restrictTree(folder)
  // PostgreSQL's own lock file has no meaning here (the data folder's lock is ours). A process killed between creating and
  // writing it leaves an empty one, with which PostgreSQL refuses to start.
  await rm(join(folder, 'postmaster.pid'), { force: true })
  const fs = new DurableFolder(folder)
  const startParams = [...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'), ...SETTINGS]
  const database = await PGlite.create({ fs, startParams })
  await fs.settle()
  return database
}

/**
 * Throws `corrupt` (`catalog_damaged`) for a folder with files but without PostgreSQL's file of its version: PGlite would make an
 * empty database over what is there.
 */
async function refuseHalf(folder: string): Promise<void> {
  if (!existsSync(join(folder, 'PG_VERSION')) && (await readdir(folder)).length > 0) throw damaged(folder)
}

/** Makes the database elsewhere and moves it here when it is complete, so that an existing folder can always be opened. */
async function makeFolder(folder: string, withinMs: number): Promise<void> {
  if (existsSync(folder)) return
  const parent = dirname(folder)
  await mkdir(parent, { recursive: true, mode: 0o700 })
  // Removes what a killed process left. The process that it had started may still write for a moment, but never where we do.
  for (const name of await readdir(parent))
    if (name.startsWith(`${basename(folder)}.half`))
      await rm(join(parent, name), { recursive: true, force: true, maxRetries: 5 })
  const half = `${folder}.half-${randomUUID()}`
  await makeDatabase(half, withinMs).catch(async (error: unknown) => {
    await rm(half, { recursive: true, force: true })
    throw error
  })
  await restrictTree(half)
  await syncTree(half)
  await rename(half, folder)
}

/** What runs once is compiled once, and little of it lives long: a tenth of the memory and of the time less. */
const LEAN = ['--liftoff-only', '--max-semi-space-size=1']

/**
 * Makes a database in a separate process: it takes half a gibibyte, of which this process would keep 180 MiB as long as it runs.
 * Throws `unavailable` (`catalog_silent`) if that process does not end: it is killed.
 */
async function makeDatabase(folder: string, withinMs: number): Promise<void> {
  // Beside this file and with its extension: sources run as `.ts`, the published package as compiled code.
  const module = new URL(`./make-database${extname(import.meta.url)}`, import.meta.url)
  const maker = fork(module, [folder], { execArgv: LEAN, stdio: 'ignore', timeout: withinMs, killSignal: 'SIGKILL' })
  const [code, signal] = (await once(maker, 'exit')) as [number | null, NodeJS.Signals | null]
  if (maker.killed) throw silent(withinMs)
  if (code !== 0) throw new Error(`the process that makes the database ended with ${signal ?? `code ${code}`}`)
}

type Guard = <T>(work: () => Promise<T>) => Promise<T>

function queryThrough(guarded: Guard) {
  return (target: PGlite | PgliteTransaction): Queryable['query'] =>
    async <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
      (await guarded(() => target.query<Row>(text, [...values]))).rows
}

function guardFor(folder: string | undefined): Guard {
  return async (work) => {
    try {
      return await work()
    } catch (error) {
      const mapped = mapSqlError(error)
      // if PostgreSQL cannot write its log, it ends without giving a reason
      throw mapped.code === 'internal' && folder !== undefined && (await isFull(folder)) ? fullDisk(folder) : mapped
    }
  }
}

/**
 * Runs `work` on a folder. If PostgreSQL ends on an existing folder without an SQL error, files there were changed by something
 * else.
 */
async function opened<T>(folder: string | undefined, work: () => Promise<T>): Promise<T> {
  const isOld = folder !== undefined && existsSync(folder)
  try {
    return await work()
  } catch (error) {
    if (!isOld || !isAppError(error, 'internal')) throw error
    throw damaged(folder, error)
  }
}

function damaged(folder: string, cause?: unknown): AppError {
  const message = `the catalog in ${folder} does not open: its files are damaged. Put a copy of the folder back; the objects and their signed manifests are not touched`
  return new AppError('corrupt', message, { cause, reason: 'catalog_damaged' })
}

const LEAST_FREE = 1024 * 1024

async function isFull(folder: string): Promise<boolean> {
  const found = await statfs(existsSync(folder) ? folder : dirname(folder)).catch(() => null)
  return found !== null && found.bavail * found.bsize < LEAST_FREE
}

function fullDisk(folder: string): AppError {
  return new AppError('unavailable', `the disk that holds ${folder} is full: free some space, and run this again`, {
    reason: 'disk_full',
  })
}

function silent(ms: number): AppError {
  const message = `the process that makes the catalog's database was silent for ${ms / 1000} s and was killed: run this again; if it stays so, look whether this machine lets Node.js start processes, and how busy it is`
  return new AppError('unavailable', message, { reason: 'catalog_silent' })
}
