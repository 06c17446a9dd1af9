import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { AppError, type ErrorCode } from '#core/errors.ts'

const CODES: { readonly [errno: string]: ErrorCode } = {
  ENOENT: 'not_found',
  ENOTDIR: 'not_found',
  EISDIR: 'not_found',
  EEXIST: 'conflict',
  EACCES: 'denied',
  EPERM: 'denied',
  EROFS: 'denied',
  ELOOP: 'denied', // a symbolic link in place of a file
  ENOSPC: 'unavailable',
  EDQUOT: 'unavailable',
  EMFILE: 'unavailable',
  ENFILE: 'unavailable',
  EIO: 'unavailable',
  EBUSY: 'unavailable',
  EAGAIN: 'unavailable',
  ESTALE: 'unavailable',
  ETIMEDOUT: 'unavailable',
  ENAMETOOLONG: 'invalid',
}

/** Advice for errors that this program cannot repair. */
const ADVICE: { readonly [errno: string]: string } = {
  ENOSPC: ': the disk is full, free some space',
  EDQUOT: ': the quota of this user is used up',
  EROFS: ': the file system is read-only',
  EMFILE: ': too many files are open, raise the limit (ulimit -n)',
  ENFILE: ': too many files are open on this machine',
}

/** The `AppError` for a failed file operation; its reason is the errno's name in lower case. */
export function fileError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error
  const errno = (error as NodeJS.ErrnoException | null)?.code ?? ''
  const code = CODES[errno] ?? 'internal'
  return new AppError(code, `${what}: ${errno || 'failed'}${ADVICE[errno] ?? ''}`, {
    cause: error,
    reason: errno.toLowerCase() || 'unknown',
  })
}

/**
 * Writes a new file that nobody sees half done: a temporary file, fsync, a link that never replaces, fsync of the folder. Throws
 * `conflict` if the file exists; the existing file is then durable too. The folder must exist.
 */
export async function createDurably(file: string, bytes: Uint8Array, temporaryFolder: string): Promise<void> {
  const temporary = await writeTemporary(bytes, temporaryFolder)
  try {
    await link(temporary, file)
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? ''
    if (errno === 'EEXIST') await syncFolder(path.dirname(file))
    if (errno === 'ENOTSUP' || errno === 'EOPNOTSUPP' || errno === 'ENOSYS') {
      throw new AppError('invalid', 'this folder is on a file system without hard links; choose another', {
        cause: error,
        reason: 'no_hard_links',
      })
    }
    throw error
  } finally {
    await rm(temporary, { force: true })
  }
  await syncFolder(path.dirname(file))
}

/** Replaces a file atomically: a reader sees the old bytes or the new ones. */
export async function replaceDurably(
  file: string,
  bytes: Uint8Array,
  temporaryFolder: string,
  mode = 0o600,
): Promise<void> {
  const temporary = await writeTemporary(bytes, temporaryFolder, mode)
  try {
    await rename(temporary, file)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
  await syncFolder(path.dirname(file))
}

async function writeTemporary(bytes: Uint8Array, folder: string, mode = 0o600): Promise<string> {
  const temporary = path.join(folder, `.${randomUUID()}.tmp`)
  const handle = await open(temporary, 'wx', mode)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  } finally {
    await handle.close()
  }
  return temporary
}

/**
 * Makes a folder (0700), and makes durable every name on the way to it from `root`, whoever made it. Without `root`: only the
 * names that this call made.
 */
export async function makeFolderDurably(folder: string, root?: string): Promise<void> {
  const made = await mkdir(folder, { recursive: true, mode: 0o700 })
  const top = root ?? (made === undefined ? undefined : path.dirname(made))
  if (top === undefined) return
  for (let at = folder; at.length >= top.length; at = path.dirname(at)) {
    await syncFolder(at)
    if (at === path.dirname(at)) break
  }
}

export async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return // folders cannot be opened there; NTFS journals its names
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Runs `action` while no other process or thread runs one under the same lock file. The lock is SQLite's, so the system releases
 * it if its holder dies. Throws `unavailable` if it is still held after `seconds`.
 */
export async function withFileLock<T>(lockFile: string, action: () => Promise<T>, seconds = 10): Promise<T> {
  const database = openLock(lockFile)
  try {
    const deadline = performance.now() + seconds * 1000
    while (!tryLock(database, lockFile)) {
      if (performance.now() > deadline) throw new AppError('unavailable', 'a lock stays held', { reason: 'lock_held' })
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    return await action()
  } finally {
    database.close()
  }
}

const SQLITE_BUSY = 5
const SQLITE_FULL = 13

function openLock(lockFile: string): DatabaseSync {
  try {
    const sqlite = process.getBuiltinModule('node:sqlite')
    return new sqlite.DatabaseSync(lockFile, { timeout: 0 })
  } catch (error) {
    throw lockError(error, lockFile)
  }
}

function lockError(error: unknown, lockFile: string): AppError {
  const said = `${lockFile} cannot be locked`
  if ((error as { errcode?: number }).errcode === SQLITE_FULL)
    return new AppError('unavailable', `${said}: the disk is full, free some space`, {
      cause: error,
      reason: 'disk_full',
    })
  const message = `${said}: may this user write to its folder, and is that on a local disk?`
  return new AppError('denied', message, { cause: error, reason: 'lock_refused' })
}

function tryLock(database: DatabaseSync, lockFile: string): boolean {
  try {
    database.exec('BEGIN EXCLUSIVE')
    return true
  } catch (error) {
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return false
    throw lockError(error, lockFile)
  }
}
