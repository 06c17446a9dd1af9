import { isAppError } from '#core/errors.ts'
import type { Call } from '#runtime/waiting/dependency.ts'
import type { Store, Version } from '../store.ts'

/**
 * A store that retries its calls by `call`. A write that failed without an answer may have succeeded: if its repetition meets a
 * conflict with exactly the same bytes, it counts as done.
 */
export function retryingStore<S extends Store>(store: S, call: Call): S {
  const written = async (path: string, bytes: Uint8Array, conflict: unknown): Promise<Version> => {
    const there = await call(() => store.read(path))
    if (Buffer.compare(there.bytes, bytes) !== 0) throw conflict
    return there.version
  }
  const write = (path: string, bytes: Uint8Array, work: () => Promise<Version>): Promise<Version> => {
    let repeated = false
    return call(async () => {
      try {
        return await work()
      } catch (error) {
        if (repeated && isAppError(error, 'conflict')) return await written(path, bytes, error)
        repeated = true
        throw error
      }
    })
  }
  return {
    ...store,
    create: (path, bytes) => write(path, bytes, () => store.create(path, bytes)),
    replace: (path, bytes, expected) => write(path, bytes, () => store.replace(path, bytes, expected)),
    read: (path) => call(() => store.read(path)),
    exists: (path) => call(() => store.exists(path)),
    delete: (path) => call(() => store.delete(path)),
    list: (prefix) => listAgain(store, prefix, call),
  }
}

/** A listing that breaks off continues after the last path that it yielded. */
async function* listAgain(store: Store, prefix: string, call: Call): AsyncGenerator<string> {
  let last: string | null = null
  let paths = store.list(prefix)[Symbol.asyncIterator]()
  for (;;) {
    const after: string | null = last
    const next: IteratorResult<string> = await call(async () => {
      try {
        for (;;) {
          const found = await paths.next()
          if (found.done === true || after === null || found.value > after) return found
        }
      } catch (error) {
        paths = store.list(prefix)[Symbol.asyncIterator]()
        throw error
      }
    })
    if (next.done === true) return
    last = next.value
    yield next.value
  }
}
