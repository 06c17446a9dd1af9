import { createHash } from 'node:crypto'
import { constants, type Dirent } from 'node:fs'
import { lstat, open, readdir, rm, stat, unlink } from 'node:fs/promises'
import path from 'node:path'
import { AppError, isAppError } from '#core/errors.ts'
import { atMost } from '#runtime/waiting/at-most.ts'
import {
  createDurably,
  fileError,
  makeFolderDurably,
  replaceDurably,
  syncFolder,
  withFileLock,
} from './durable-file.ts'
import { checkPath, checkPrefix } from './path.ts'
import type { Store, Version } from '../store.ts'

export const TEMPORARY = '.tmp'
const LOCK = 'lock'
/** A temporary file of this age belongs to a process that died. */
const STALE_MS = 60 * 60 * 1000
/** Files that are open at once: a process may open few files in all, and a chain is read ahead. */
const OPEN_AT_ONCE = 8

/**
 * A store over a folder, which is made (0700) if it does not exist. A version is the digest of the bytes. Objects appear by hard
 * link, so the folder's file system must support those; writes of all processes that share the folder are atomic.
 */
export async function openFileStore(folder: string): Promise<Store> {
  const root = path.resolve(folder)
  const temporary = path.join(root, TEMPORARY)
  await failing('opening the store', async () => {
    await makeFolderDurably(temporary)
    await removeStale(temporary)
  })
  const durableFolders = new Set<string>([root])
  const locked = <T>(action: () => Promise<T>) => withFileLock(path.join(temporary, LOCK), action)

  return {
    name: 'files',
    async create(object, bytes) {
      const file = fileOf(root, object)
      return failing(`creating ${object}`, async () => {
        const parent = path.dirname(file)
        if (!durableFolders.has(parent)) await makeFolderDurably(parent, root)
        durableFolders.add(parent)
        await createDurably(file, bytes, temporary)
        return digest(bytes)
      })
    },
    async replace(object, bytes, expected) {
      const file = fileOf(root, object)
      return failing(`replacing ${object}`, () =>
        locked(async () => {
          const found = digest(await readRegular(file))
          if (found !== expected) throw new AppError('conflict', `${object} has another version`)
          await replaceDurably(file, bytes, temporary)
          return digest(bytes)
        }),
      )
    },
    ...reading(root),
    async delete(object) {
      const file = fileOf(root, object)
      try {
        await failing(`deleting ${object}`, () => locked(() => unlink(file)))
        await failing(`deleting ${object}`, () => syncFolder(path.dirname(file)))
      } catch (error) {
        if (!isAppError(error, 'not_found')) throw error
      }
    },
  }
}

/** The same store for reading only: works on a read-only disk and for an identity that may not write. Writing throws `denied`. */
export function readOnlyFiles(folder: string): Store {
  const root = path.resolve(folder)
  const refuse = () => Promise.reject(new AppError('denied', `${root} is opened to be read`, { reason: 'read_only' }))
  return { name: 'files', ...reading(root), create: refuse, replace: refuse, delete: refuse }
}

function reading(root: string): Pick<Store, 'read' | 'exists' | 'list'> {
  const limited = atMost(OPEN_AT_ONCE)
  return {
    async read(object) {
      const file = fileOf(root, object)
      const bytes = await failing(`reading ${object}`, () => limited(() => readRegular(file)))
      return { bytes, version: digest(bytes) }
    },
    async exists(object) {
      const file = fileOf(root, object)
      try {
        return (await failing(`looking at ${object}`, () => lstat(file))).isFile()
      } catch (error) {
        if (isAppError(error, 'not_found')) return false
        throw error
      }
    },
    async *list(prefix) {
      checkPrefix(prefix)
      yield* walk(root, prefix.slice(0, prefix.lastIndexOf('/') + 1), prefix)
    },
  }
}

function fileOf(root: string, object: string): string {
  checkPath(object)
  return path.join(root, ...object.split('/'))
}

async function readRegular(file: string): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  try {
    return await handle.readFile()
  } finally {
    await handle.close()
  }
}

/** Yields the objects below `folder` ('' or ending in '/') that start with `prefix`, in code-unit order of their paths. */
async function* walk(root: string, folder: string, prefix: string): AsyncGenerator<string> {
  for (const entry of await entriesOf(path.join(root, folder), folder)) {
    const at = `${folder}${entry.name}`
    if (entry.name.startsWith('.')) continue
    if (entry.isDirectory()) {
      const below = `${at}/`
      if (below.startsWith(prefix) || prefix.startsWith(below)) yield* walk(root, below, prefix)
    } else if (entry.isFile() && at.startsWith(prefix)) yield at
  }
}

async function entriesOf(folder: string, shown: string): Promise<Dirent[]> {
  try {
    const entries = await failing(`listing ${shown}`, () => readdir(folder, { withFileTypes: true }))
    // a folder sorts by its name with a slash, like the paths in it: 'a-b' comes before 'a/…', since '-' is less than '/'
    const key = (entry: Dirent) => (entry.isDirectory() ? `${entry.name}/` : entry.name)
    return entries.sort((a, b) => (key(a) < key(b) ? -1 : 1))
  } catch (error) {
    if (isAppError(error, 'not_found')) return []
    throw error
  }
}

async function removeStale(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith('.tmp')) continue
    const file = path.join(folder, name)
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0, // removed meanwhile
    )
    if (age > STALE_MS) await rm(file, { force: true })
  }
}

async function failing<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw fileError(error, what)
  }
}

function digest(bytes: Uint8Array): Version {
  return createHash('sha256').update(bytes).digest('hex')
}
