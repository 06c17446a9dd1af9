import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import { folderPath } from '#core/layout.ts'
import type { KnownEpoch } from '#runtime/catalog/catalog.ts'
import {
  checkDataset,
  parseKeyRecord,
  parsePointer,
  pointerPath,
  recordPath,
  serialize,
  type KeyRecord,
  type Pointer,
} from './record.ts'
import type { Store, Version } from '../store.ts'

/** Key records and the pointers to the current ones, as the store holds them. Nothing here unwraps a key. */
export interface StoredKeys {
  /** Throws `not_found` if there is no record, and `corrupt` if it is not one. */
  read(dataset: string, kid: string): Promise<KeyRecord>
  create(record: KeyRecord): Promise<void>
  /**
   * Changes a record by compare-and-swap, and starts again if another process was faster; nothing is written if `change` returns
   * null.
   */
  swap(dataset: string, kid: string, change: (record: KeyRecord) => Promise<KeyRecord | null>): Promise<void>
  /**
   * Every record, or those of one dataset, sorted by path; includes signing keys. Throws `corrupt` for a damaged one, unless
   * `onUnread` is there to be told of it: then the others follow.
   */
  list(dataset?: string, onUnread?: OnUnread): AsyncIterable<KeyRecord>
  /** The pointer to the current key, and its version for a `point` that must not overwrite another; null if there is none. */
  pointer(dataset: string): Promise<PointerFound | null>
  /** Points to a key instead of `from`. Throws `conflict` if the pointer is no longer `from`. */
  point(dataset: string, key: KnownEpoch, from: PointerFound | null): Promise<void>
}

/** A key record that nobody can read: it is damaged, or the store lacks it. */
export interface UnreadRecord {
  readonly path: string
  readonly code: ErrorCode
  readonly message: string
}

export type OnUnread = (unread: UnreadRecord) => void

export interface PointerFound {
  readonly pointer: Pointer
  readonly version: Version
}

/** How often a swap starts again. */
const SWAPS = 5

export function createStoredKeys(store: Store): StoredKeys {
  const load = async (dataset: string, kid: string) => {
    const { bytes, version } = await store.read(recordPath(dataset, kid)).catch((error: unknown) => {
      throw isAppError(error, 'not_found') ? recordGone(dataset, kid, error) : error
    })
    return { record: parseKeyRecord(bytes, dataset, kid), version }
  }

  /** The object at a path; null if there is none, or no longer. */
  const readIfThere = async (path: string) => {
    try {
      return await store.read(path)
    } catch (error) {
      if (isAppError(error, 'not_found')) return null
      throw error
    }
  }

  return {
    read: async (dataset, kid) => (await load(dataset, kid)).record,
    create: async (record) => {
      await store.create(recordPath(record.dataset, record.kid), serialize(record))
    },
    async swap(dataset, kid, change) {
      for (let attempt = 1; ; attempt++) {
        const { record, version } = await load(dataset, kid)
        const changed = await change(record)
        if (changed === null) return
        try {
          await store.replace(recordPath(dataset, kid), serialize(changed), version)
          return
        } catch (error) {
          if (!isAppError(error, 'conflict') || attempt === SWAPS) throw error
        }
      }
    },
    async *list(dataset, onUnread) {
      if (dataset !== undefined) checkDataset(dataset)
      for await (const path of store.list(folderPath('keys', dataset))) {
        const [, owner, kid] = /^keys\/([^/]+)\/([0-9a-f]{32})\.json$/.exec(path) ?? []
        if (owner === undefined || kid === undefined) continue // `current.json`, or not one of our records
        const found = await readIfThere(path)
        if (found === null) continue
        try {
          yield parseKeyRecord(found.bytes, owner, kid)
        } catch (error) {
          if (onUnread === undefined || !isAppError(error, 'corrupt')) throw error
          onUnread({ path, code: error.code, message: error.message })
        }
      }
    },
    async pointer(dataset) {
      const found = await readIfThere(pointerPath(dataset))
      return found && { pointer: parsePointer(found.bytes, dataset), version: found.version }
    },
    async point(dataset, { kid, epoch }, from) {
      const path = pointerPath(dataset)
      const bytes = serialize({ format: 'credence-current-key/1', kid, epoch })
      await (from === null ? store.create(path, bytes) : store.replace(path, bytes, from.version))
    },
  }
}

function recordGone(dataset: string, kid: string, cause: AppError): AppError {
  const message = `the store lacks ${recordPath(dataset, kid)}, the record of a key: put it back from a copy of the store`
  return new AppError('not_found', message, { cause, reason: 'key_records_gone' })
}
