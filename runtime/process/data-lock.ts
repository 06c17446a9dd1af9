import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { sleep } from '../waiting/retry.ts'
import { whyUnwritable } from './unwritable.ts'

const SQLITE_BUSY = 5
const SQLITE_FULL = 13
const POLL_MS = 50

const holderSchema = z.object({ pid: z.int(), command: z.string(), since: z.string() })
/** The holder of the folder, as it described itself when it took the lock. */
export type LockHolder = z.infer<typeof holderSchema>

export interface DataLock {
  release(): Promise<void>
}

export interface DataLockOptions {
  /** The name of this holder in the message to the next process, such as `credence run`. */
  readonly command: string
  /** How long to wait for the folder; 0 (the default): not at all. */
  readonly waitMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Takes the data folder for this process alone. The lock is SQLite's on `lock.db`, so the operating system releases it when the
 * process ends in any way; `lock.json` beside it only names the holder. Throws `conflict` (`locked`), and `denied`
 * (`folder_mode`) for a folder that others may write: modes of files do not stop somebody who can replace them.
 */
export async function lockData(folder: string, { command, waitMs = 0, signal }: DataLockOptions): Promise<DataLock> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new AppError('unavailable', `cannot make the folder ${folder}: ${whyUnwritable(cause)}`, { cause })
  }
  await checkMode(folder)
  let database = tryLock(folder)
  for (let waited = 0; database === null && waited < waitMs; waited += POLL_MS) {
    await sleep(POLL_MS, signal)
    database = tryLock(folder)
  }
  if (database === null) throw refusal(folder, await readHolder(folder), waitMs)
  const held = database
  try {
    const holder: LockHolder = { pid: process.pid, command, since: new Date().toISOString() }
    const next = join(folder, 'lock.json.next')
    await writeFile(next, `${JSON.stringify(holder)}\n`, { mode: 0o600 })
    await rename(next, join(folder, 'lock.json'))
  } catch (cause) {
    held.close()
    throw new AppError('unavailable', `cannot write to ${folder}: ${whyUnwritable(cause)}`, { cause })
  }
  return {
    async release() {
      if (!held.isOpen) return
      await rm(join(folder, 'lock.json'), { force: true })
      held.close()
    },
  }
}

async function checkMode(folder: string): Promise<void> {
  if (process.platform === 'win32' || ((await stat(folder)).mode & 0o022) === 0) return
  const message = `others may write to ${folder}: chmod go-w ${folder}, or keep the data in a folder below it`
  throw new AppError('denied', message, { reason: 'folder_mode' })
}

function tryLock(folder: string): DatabaseSync | null {
  let database: DatabaseSync | undefined
  try {
    database = new (process.getBuiltinModule('node:sqlite').DatabaseSync)(join(folder, 'lock.db'))
    database.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
    return database
  } catch (error) {
    database?.close()
    const { errcode } = error as { errcode?: unknown }
    if (errcode === SQLITE_BUSY) return null
    const why = errcode === SQLITE_FULL ? 'its disk is full: free some space' : 'is it writable, and on a local disk?'
    throw new AppError('unavailable', `cannot lock ${folder}: ${why}`, { cause: error })
  }
}

async function readHolder(folder: string): Promise<LockHolder | null> {
  try {
    return holderSchema.parse(JSON.parse(await readFile(join(folder, 'lock.json'), 'utf8')))
  } catch {
    return null // between taking the lock and writing the note about it
  }
}

function refusal(folder: string, holder: LockHolder | null, waitMs: number): AppError {
  const who =
    holder === null ? 'another process' : `\`${holder.command}\` (process ${holder.pid}, since ${holder.since})`
  const waited = waitMs > 0 ? ` It was not free within ${waitMs / 1000} s.` : ''
  return new AppError(
    'conflict',
    `${folder} is in use by ${who}.${waited} Wait for it to end, or stop it, and run this again; ` +
      'a folder serves one process at a time.',
    { reason: 'locked' },
  )
}
