import { AppError, checkPath, checkPrefix, type Store } from 'credence'

/** A store in a map, which several handles may share as processes share a bucket. */
export function mapStore(objects = new Map<string, { bytes: Uint8Array; version: string }>()): Store {
  const present = (path: string) => {
    checkPath(path)
    const object = objects.get(path)
    if (object === undefined) throw new AppError('not_found', `there is no ${path}`)
    return object
  }
  const write = (path: string, bytes: Uint8Array) => {
    const version = crypto.randomUUID()
    objects.set(path, { bytes: Uint8Array.from(bytes), version })
    return version
  }
  return {
    name: 'map',
    async create(path, bytes) {
      checkPath(path)
      if (objects.has(path)) throw new AppError('conflict', `${path} is there already`)
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
