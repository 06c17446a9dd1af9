import { AppError } from '#core/errors.ts'
import { checkPath, checkPrefix } from './path.ts'
import type { Store, Version } from '../store.ts'

interface Held {
  readonly bytes: Uint8Array
  readonly version: Version
}

/** A store in memory, for experiments and tests. */
export function createMemoryStore(): Store {
  const objects = new Map<string, Held>()
  let written = 0

  const write = (path: string, bytes: Uint8Array): Version => {
    written += 1
    const version = String(written)
    objects.set(path, { bytes: Uint8Array.from(bytes), version })
    return version
  }
  const present = (path: string): Held => {
    checkPath(path)
    const held = objects.get(path)
    if (held === undefined) throw new AppError('not_found', `no object ${path}`)
    return held
  }

  return {
    name: 'memory',
    async create(path, bytes) {
      checkPath(path)
      if (objects.has(path)) throw new AppError('conflict', `${path} exists`)
      return write(path, bytes)
    },
    async replace(path, bytes, expected) {
      if (present(path).version !== expected) throw new AppError('conflict', `${path} has another version`)
      return write(path, bytes)
    },
    async read(path) {
      const { bytes, version } = present(path)
      return { bytes: Uint8Array.from(bytes), version }
    },
    async exists(path) {
      checkPath(path)
      return objects.has(path)
    },
    async *list(prefix) {
      checkPrefix(prefix)
      yield* [...objects.keys()].filter((path) => path.startsWith(prefix)).sort()
    },
    async delete(path) {
      checkPath(path)
      objects.delete(path)
    },
  }
}
