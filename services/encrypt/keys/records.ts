import { randomBytes } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import { folderPath } from '#core/layout.ts'
import type { EpochCatalog, KnownEpoch } from '#runtime/catalog/catalog.ts'
import type { Events } from '#runtime/process/events.ts'
import {
  checkDataset,
  isFormer,
  kidOf,
  parseKeyRecord,
  parsePointer,
  pointerPath,
  recordPath,
  serialize,
  SIGNING,
  upgraded,
  wrapContext,
  type KeyRecord,
  type Pointer,
} from './record.ts'
import {
  destroyedKey,
  dueRenewals,
  provenWrap,
  renewWrap,
  targetsOf,
  unwrapRecord,
  type Renewal,
  type RewrapTarget,
} from './wraps.ts'
import type { Keyring, Wrap } from '../keyring.ts'
import type { Store, Version } from '../store.ts'
import { createTtlCache, LONGEST_TTL_SECONDS } from './ttl-cache.ts'

export interface EpochKey {
  readonly dataset: string
  readonly kid: string
  readonly epoch: number
  /** 256 bits; must not be changed. */
  readonly key: Uint8Array
}

/**
 * The epoch of signing keys in wraps of the former format, which do not bind it. There was no second epoch then, whatever the
 * record says now.
 */
const FIRST_EPOCH = 1

export interface KeyRecordsOptions {
  readonly store: Store
  /**
   * Each of them wraps every epoch key, and any one that works unwraps it; the first is asked first. A new key is made only if
   * all of them wrap it. Otherwise a key would exist under the first alone, unnoticed until the first is gone. Datasets that
   * have a key keep working meanwhile.
   */
  readonly keyrings: readonly [Keyring, ...Keyring[]]
  /**
   * Remembers the keys that were made current. The pointer in the store may be reset to an earlier key, for example one that
   * leaked: a key that is not among the newest remembered ones is never chosen again. If absent, the pointer is trusted.
   */
  readonly memory?: EpochCatalog
  /**
   * How long an unwrapped key, and the choice of the current one, are cached. A key that is disabled remains usable this long.
   */
  readonly ttlSeconds?: number
  readonly now?: () => Date
  readonly events?: Events | undefined
}

/**
 * The epoch keys of every dataset. A key is made on first use, and unwrapped once per process and time to live, however many
 * callers ask at the same time. A failure to unwrap is cached for a second.
 */
export interface KeyRecords {
  readonly keyrings: readonly Keyring[]
  /** The key for a dataset's new objects. Makes the first key on first use; it is safe if others do so at the same time. */
  current(dataset: string): Promise<EpochKey>
  /** Throws `not_found` if there is no record, and `denied`, `corrupt` or `unavailable` as the key service does. */
  get(dataset: string, kid: string): Promise<EpochKey>
  /** Makes a new key for future objects; earlier keys still open what they encrypted. */
  newEpoch(dataset: string): Promise<EpochKey>
  /**
   * The names of the current keys, as the catalog remembers them, or else as the pointer says. Reads them anew each time and
   * unwraps nothing. Empty before the first use.
   */
  chosen(dataset: string): Promise<readonly KnownEpoch[]>
  /** A key with the next number, which is not current yet. If an earlier call was interrupted, returns its key. */
  next(dataset: string): Promise<EpochKey>
  /** Makes the key from `next` current. `step` runs each of the steps: the pointer first, then the memory. */
  succeed(
    dataset: string,
    key: EpochKey,
    step?: <T>(of: 'pointer' | 'memory', work: () => Promise<T>) => Promise<T>,
  ): Promise<void>
  /** The pointer that `current` follows, without unwrapping; null before the first use. */
  pointer(dataset: string): Promise<Pointer | null>
  /** Every record, or those of one dataset, sorted by path; includes signing keys. */
  list(dataset?: string): AsyncIterable<KeyRecord>
  /** Wraps a key under the keyrings' current versions and returns what was due. `dryRun` changes nothing. */
  rewrap(dataset: string, kid: string, options?: RewrapOneOptions): Promise<readonly Renewal[]>
  /**
   * Crypto-shredding: drops every wrap of a key. What it encrypted stays unreadable, for everybody and for good. Throws
   * `conflict`: `current` for the key that encrypts new objects, `too_young` while a process may still use the key as the
   * current one. Processes cache their choice for at most a day, so this lasts a day and `CLOCKS_SECONDS` after the current key
   * was made, whatever this process's own time to live. `dryRun` changes nothing.
   */
  destroy(dataset: string, kid: string, options?: { readonly dryRun?: boolean }): Promise<void>
  /** Clears the cache, as if its time had ended. */
  forget(): void
}

export interface RewrapOneOptions {
  readonly dryRun?: boolean
  /** Which keyrings to rewrap for, and their current versions; by default all, which are asked anew. */
  readonly targets?: readonly RewrapTarget[]
}

const SWAPS = 5

/**
 * Seconds by which clocks may differ. It also covers writes that were under way when a choice ended, which are repeated for
 * seconds.
 */
const CLOCKS_SECONDS = 300

export function createKeyRecords(options: KeyRecordsOptions): KeyRecords {
  const { store, keyrings, memory, ttlSeconds = 300, now = () => new Date(), events } = options
  const keys = createTtlCache<EpochKey>(ttlSeconds, now)
  const choices = createTtlCache<EpochKey>(ttlSeconds, now)

  const load = async (dataset: string, kid: string) => {
    const { bytes, version } = await store.read(recordPath(dataset, kid)).catch((error: unknown) => {
      throw isAppError(error, 'not_found') ? recordGone(dataset, kid, error) : error
    })
    return { record: parseKeyRecord(bytes, dataset, kid), version }
  }

  const get = (dataset: string, kid: string): Promise<EpochKey> =>
    keys.get(`${dataset}/${kid}`, async () => {
      const { record } = await load(dataset, kid)
      // an old copy of the record may have been restored
      if ((await memory?.isDestroyed(dataset, kid)) === true) throw destroyedKey(record)
      const { key, isBound } = await unwrapRecord(record, keyrings)
      return { dataset, kid, epoch: isBound || dataset !== SIGNING ? record.epoch : FIRST_EPOCH, key }
    })

  const make = async (dataset: string, epoch: number): Promise<EpochKey> => {
    const key = randomBytes(32)
    const kid = kidOf(key)
    const created = now().toISOString()
    const said = { format: 'credence-key/2', dataset, kid, epoch, state: 'active', created } as const
    const wraps: Wrap[] = []
    for (const keyring of keyrings) {
      wraps.push(
        await provenWrap(keyring, key, wrapContext(said)).catch((error: unknown) => {
          throw isAppError(error) ? unfinished(error, dataset, keyring) : error
        }),
      )
    }
    await store.create(recordPath(dataset, kid), serialize({ ...said, wraps }))
    events?.emit('key.created', { dataset, kid })
    return keys.get(`${dataset}/${kid}`, () => Promise.resolve({ dataset, kid, epoch, key }))
  }

  /** The bytes at a path; null if the object was removed since it was listed. */
  const readIfThere = async (path: string): Promise<Uint8Array | null> => {
    try {
      return (await store.read(path)).bytes
    } catch (error) {
      if (isAppError(error, 'not_found')) return null
      throw error
    }
  }

  const readPointer = async (dataset: string): Promise<{ pointer: Pointer; version: Version } | null> => {
    try {
      const { bytes, version } = await store.read(pointerPath(dataset))
      return { pointer: parsePointer(bytes, dataset), version }
    } catch (error) {
      if (isAppError(error, 'not_found')) return null
      throw error
    }
  }

  /** Makes a key of the next epoch current. If another process was faster, returns that one's key. */
  const advance = async (dataset: string): Promise<EpochKey> => {
    const from = await readPointer(dataset)
    const newest = (await memory?.newest(dataset)) ?? []
    const made = await make(dataset, Math.max(from?.pointer.epoch ?? 0, newest[0]?.epoch ?? 0) + 1)
    await memory?.remember(dataset, made) // before it can be chosen, so that every chosen key is remembered
    const path = pointerPath(dataset)
    const pointer = serialize({ format: 'credence-current-key/1', kid: made.kid, epoch: made.epoch })
    try {
      await (from === null ? store.create(path, pointer) : store.replace(path, pointer, from.version))
      return made
    } catch (error) {
      const winner = isAppError(error, 'conflict') ? await readPointer(dataset) : null
      if (winner === null) throw error
      // Our key may have been current without our knowing it (the answer was lost), and others may have used it: its record
      // stays.
      return get(dataset, winner.pointer.kid)
    }
  }

  /** The key for new objects: the pointer's, unless the pointer was reset to an old key or removed. */
  const choose = async (dataset: string): Promise<EpochKey> => {
    const pointed = (await readPointer(dataset))?.pointer.kid
    const newest = (await memory?.newest(dataset)) ?? []
    if (newest.length > 0) {
      const kids = newest.map(({ kid }) => kid)
      return get(dataset, pointed !== undefined && kids.includes(pointed) ? pointed : (kids[0] ?? ''))
    }
    if (pointed === undefined) return advance(dataset)
    const key = await get(dataset, pointed)
    await memory?.remember(dataset, key)
    return key
  }

  /**
   * When a key was made; null if its record was altered, so that it does not open. If we may not open the record, its stated
   * time is used.
   */
  const madeAt = async (record: KeyRecord): Promise<string | null> => {
    try {
      await unwrapRecord(record, keyrings)
    } catch (error) {
      if (!isAppError(error)) throw error
      if (error.code === 'corrupt') return null
    }
    return record.created
  }

  /** Throws `conflict` while somebody may still encrypt objects under a key: it was or may still become the current one. */
  const checkUnused = async (dataset: string, record: KeyRecord): Promise<void> => {
    const { kid } = record
    const current = (await readPointer(dataset))?.pointer.kid
    const newest = (await memory?.newest(dataset)) ?? []
    if (current === kid || newest.some((epoch) => epoch.kid === kid)) {
      throw new AppError('conflict', `key ${kid} is the current one of ${dataset}: make a new epoch first`, {
        reason: 'current',
      })
    }
    const made = [(await madeAt(record)) ?? '']
    const chosen = new Set([...(current === undefined ? [] : [current]), ...newest.map((epoch) => epoch.kid)])
    for (const other of chosen) {
      const time = await madeAt((await load(dataset, other)).record)
      if (time === null) throw alteredKey(other)
      made.push(time)
    }
    // Former records are not authenticated, and a time in the future would keep a key for ever.
    const soon = now().getTime() + CLOCKS_SECONDS * 1000
    const last = Math.max(0, ...made.map((time) => Date.parse(time)).filter((time) => time <= soon))
    const from = last + (Math.max(ttlSeconds, LONGEST_TTL_SECONDS) + CLOCKS_SECONDS) * 1000
    if (now().getTime() >= from) return
    const message =
      `key ${kid} of ${dataset} may be in use: a process may keep the current key of before ` +
      `${new Date(last).toISOString()} for a day; it can be destroyed from ${new Date(from).toISOString()} on`
    throw new AppError('conflict', message, { reason: 'too_young' })
  }

  /** What the renewed wraps of a former record are bound to: the remembered values rather than those in the record. */
  const knownOf = async ({
    dataset,
    kid,
    epoch,
    created,
  }: KeyRecord): Promise<Pick<KeyRecord, 'epoch' | 'created'>> => {
    const remembered = await memory?.epochOf(dataset, kid)
    const time = now()
    return {
      epoch: dataset === SIGNING ? FIRST_EPOCH : (remembered ?? epoch),
      created: Date.parse(created) > time.getTime() ? time.toISOString() : created,
    }
  }

  const point = async (dataset: string, { kid, epoch }: KnownEpoch): Promise<void> => {
    const bytes = serialize({ format: 'credence-current-key/1', kid, epoch })
    const there = await readPointer(dataset)
    if (there === null) await store.create(pointerPath(dataset), bytes)
    else if (there.pointer.kid !== kid) await store.replace(pointerPath(dataset), bytes, there.version)
  }

  /**
   * Changes a record by compare-and-swap, and starts again if another process was faster; nothing is written if `change` returns
   * null.
   */
  const swap = async (
    dataset: string,
    kid: string,
    change: (record: KeyRecord) => Promise<KeyRecord | null>,
  ): Promise<void> => {
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
  }

  const chosen = async (dataset: string): Promise<readonly KnownEpoch[]> => {
    if (memory !== undefined) {
      const newest = await memory.newest(dataset)
      if (newest.length > 0) return newest
    }
    const pointer = (await readPointer(dataset))?.pointer
    return pointer === undefined ? [] : [{ kid: pointer.kid, epoch: pointer.epoch }]
  }

  return {
    keyrings,
    get,
    // a signing key must not sign from a cached choice after its right to sign has ended
    current: (dataset) => (dataset === SIGNING ? choose(dataset) : choices.get(dataset, () => choose(dataset))),
    chosen,
    async next(dataset) {
      const epoch = Math.max(0, ...(await chosen(dataset)).map((known) => known.epoch)) + 1
      for await (const { kid, state } of this.list(dataset)) {
        const begun = state === 'active' ? await get(dataset, kid) : null
        if (begun?.epoch === epoch) return begun
      }
      return make(dataset, epoch)
    },
    async succeed(dataset, { kid, epoch }, step = (_, work) => work()) {
      await step('pointer', () => point(dataset, { kid, epoch }))
      await step('memory', async () => memory?.remember(dataset, { kid, epoch }))
      choices.forget()
    },
    async newEpoch(dataset) {
      const key = await advance(dataset)
      choices.forget()
      return key
    },
    async pointer(dataset) {
      return (await readPointer(dataset))?.pointer ?? null
    },
    async *list(dataset) {
      if (dataset !== undefined) checkDataset(dataset)
      for await (const path of store.list(folderPath('keys', dataset))) {
        const [, owner, kid] = /^keys\/([^/]+)\/([0-9a-f]{32})\.json$/.exec(path) ?? []
        if (owner === undefined || kid === undefined) continue // `current.json`, or not one of our records
        const found = await readIfThere(path)
        if (found !== null) yield parseKeyRecord(found, owner, kid)
      }
    },
    async rewrap(dataset, kid, { dryRun = false, targets: given } = {}) {
      const targets = given ?? (await targetsOf(keyrings))
      const renewed = new Map<string, Renewal>()
      // One swap for each service: if a later service fails, what the earlier ones wrapped stays.
      for (const only of targets) {
        await swap(dataset, kid, async (found) => {
          const [missing] = found.state === 'active' ? dueRenewals(found, [only]) : []
          if (missing === undefined) return null
          renewed.set(JSON.stringify([missing.due.provider, missing.due.to]), missing.due)
          if (dryRun) return null
          const record = isFormer(found) ? upgraded(found, await knownOf(found)) : found
          return { ...record, wraps: await renewWrap(record, only, keyrings) }
        })
      }
      return [...renewed.values()]
    },
    async destroy(dataset, kid, { dryRun = false } = {}) {
      await swap(dataset, kid, async (record) => {
        if (record.state === 'destroyed') return null
        await checkUnused(dataset, record)
        if (dryRun) return null
        await memory?.destroy(dataset, record)
        const wrappedBy = record.wraps.map(({ provider, keyId, version }) => ({ provider, keyId, version }))
        return { ...record, format: 'credence-key/2', state: 'destroyed', wraps: [], wrappedBy }
      })
      if (dryRun) return
      keys.forget()
      choices.forget()
    },
    forget() {
      keys.forget()
      choices.forget()
    },
  }
}

function alteredKey(kid: string): AppError {
  const message = `the record of key ${kid} was altered: put it back from a copy of the store`
  return new AppError('corrupt', message, { reason: 'key_record' })
}

function recordGone(dataset: string, kid: string, cause: AppError): AppError {
  const message = `the store lacks ${recordPath(dataset, kid)}, the record of a key: put it back from a copy of the store`
  return new AppError('not_found', message, { cause, reason: 'key_records_gone' })
}

function unfinished(error: AppError, dataset: string, { provider }: Keyring): AppError {
  const message = `no new key for ${dataset} without a wrap by ${provider}, which failed: ${error.message}`
  return new AppError(error.code, message, {
    cause: error,
    reason: error.reason,
  })
}
