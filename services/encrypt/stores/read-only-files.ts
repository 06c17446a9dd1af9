import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { AppError } from '#core/errors.ts'
import type { Store } from '../store.ts'
import { checkPath, isPath } from './path.ts'

/** A folder of objects that is only read: on a read-only disk too, and under an identity that may not write. Writing throws `denied`. */
export function readOnlyFiles(folder: string): Store {
  const root = path.resolve(folder)
  const refuse = () => Promise.reject(new AppError('denied', `${root} is opened to be read`, { reason: 'read_only' }))
  const fileOf = (object: string) => {
    checkPath(object)
    return path.join(root, ...object.split('/'))
  }

  const read: Store['read'] = async (object) => {
    try {
      return { bytes: await readFile(fileOf(object)), version: '' }
    } catch (cause) {
      throw failed(object, cause)
    }
  }
  return {
    name: 'files',
    create: refuse,
    replace: refuse,
    delete: refuse,
    read,
    exists: async (object) => {
      try {
        await read(object)
        return true
      } catch (error) {
        if (error instanceof AppError && error.code === 'not_found') return false
        throw error
      }
    },
    async *list(prefix) {
      const names = await readdir(root, { recursive: true, withFileTypes: true })
      const objects = names
        .filter((entry) => entry.isFile())
        .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
        .filter((object) => object.startsWith(prefix) && isPath(object))
      yield* objects.sort((a, b) => (a < b ? -1 : 1))
    },
  }
}

function failed(object: string, cause: unknown): AppError {
  const { code } = cause as NodeJS.ErrnoException
  if (code === 'ENOENT' || code === 'ENOTDIR') return new AppError('not_found', `there is no ${object}`, { cause })
  if (code === 'EACCES' || code === 'EPERM') return new AppError('denied', `${object} may not be read`, { cause })
  return new AppError('unavailable', `${object} cannot be read`, { cause })
}
