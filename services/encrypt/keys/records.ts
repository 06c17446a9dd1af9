import { randomBytes } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import type { EpochCatalog, KnownEpoch } from '#runtime/catalog/catalog.ts'
import type { Events } from '#runtime/process/events.ts'
import { isFormer, kidOf, SIGNING, upgraded, wrapContext, type KeyRecord, type Pointer } from './record.ts'
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
import type { Store } from '../store.ts'
import { createStoredKeys, type OnUnread, type PointerFound } from './stored.ts'
import { createTtlCache } from './ttl-cache.ts'
import { checkUnused } from './unused.ts'

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
  /**
   * Every record, or those of one dataset, sorted by path; includes signing keys. Throws `corrupt` for a damaged one, unless
   * `onUnread` is there to be told of it.
   */
  list(dataset?: string, onUnread?: OnUnread): AsyncIterable<KeyRecord>
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

export function createKeyRecords(options: KeyRecordsOptions): KeyRecords {
  const { keyrings, memory, ttlSeconds = 300, now = () => new Date(), events } = options
  const stored = createStoredKeys(options.store)
  const keys = createTtlCache<EpochKey>(ttlSeconds, now)
  const choices = createTtlCache<EpochKey>(ttlSeconds, now)

  const get = (dataset: string, kid: string): Promise<EpochKey> =>
    keys.get(`${dataset}/${kid}`, async () => {
      const record = await stored.read(dataset, kid)
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
    await stored.create({ ...said, wraps })
    events?.emit('key.created', { dataset, kid })
    return keys.get(`${dataset}/${kid}`, () => Promise.resolve({ dataset, kid, epoch, key }))
  }

  /** Makes a key of the next epoch current. If another process was faster, returns that one's key. */
  const advance = async (dataset: string): Promise<EpochKey> => {
    const from = await stored.pointer(dataset)
    const newest = (await memory?.newest(dataset)) ?? []
    return makeCurrent(dataset, Math.max(from?.pointer.epoch ?? 0, newest[0]?.epoch ?? 0) + 1, from)
  }

  /**
   * Makes the first key. Of processes that begin at the same time, none may make a later one: a key of the first epoch
   * that another signed or encrypted with would have been replaced, and its right to sign ended.
   */
  const begin = async (dataset: string): Promise<EpochKey> => {
    const from = await stored.pointer(dataset)
    const newest = (await memory?.newest(dataset)) ?? []
    if (from !== null || newest.length > 0) return choose(dataset)
    return makeCurrent(dataset, FIRST_EPOCH, from)
  }

  const makeCurrent = async (dataset: string, epoch: number, from: PointerFound | null): Promise<EpochKey> => {
    const made = await make(dataset, epoch)
    await memory?.remember(dataset, made) // before it can be chosen, so that every chosen key is remembered
    try {
      await stored.point(dataset, made, from)
      return made
    } catch (error) {
      const winner = isAppError(error, 'conflict') ? await stored.pointer(dataset) : null
      if (winner === null) throw error
      // Our key may have been current without our knowing it (the answer was lost), and others may have used it: its record
      // stays.
      return get(dataset, winner.pointer.kid)
    }
  }

  /** The key for new objects: the pointer's, unless the pointer was reset to an old key or removed. */
  const choose = async (dataset: string): Promise<EpochKey> => {
    const pointed = (await stored.pointer(dataset))?.pointer.kid
    const newest = (await memory?.newest(dataset)) ?? []
    if (newest.length > 0) {
      const kids = newest.map(({ kid }) => kid)
      return get(dataset, pointed !== undefined && kids.includes(pointed) ? pointed : (kids[0] ?? ''))
    }
    if (pointed === undefined) return begin(dataset)
    const key = await get(dataset, pointed)
    await memory?.remember(dataset, key)
    return key
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

  const chosen = async (dataset: string): Promise<readonly KnownEpoch[]> => {
    if (memory !== undefined) {
      const newest = await memory.newest(dataset)
      if (newest.length > 0) return newest
    }
    const pointer = (await stored.pointer(dataset))?.pointer
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
      for await (const { kid, state } of stored.list(dataset)) {
        const begun = state === 'active' ? await get(dataset, kid) : null
        if (begun?.epoch === epoch) return begun
      }
      return make(dataset, epoch)
    },
    async succeed(dataset, { kid, epoch }, step = (_, work) => work()) {
      await step('pointer', async () => {
        const from = await stored.pointer(dataset)
        if (from?.pointer.kid !== kid) await stored.point(dataset, { kid, epoch }, from)
      })
      await step('memory', async () => memory?.remember(dataset, { kid, epoch }))
      choices.forget()
    },
    async newEpoch(dataset) {
      const key = await advance(dataset)
      choices.forget()
      return key
    },
    async pointer(dataset) {
      return (await stored.pointer(dataset))?.pointer ?? null
    },
    list: (dataset, onUnread) => stored.list(dataset, onUnread),
    async rewrap(dataset, kid, { dryRun = false, targets: given } = {}) {
      const targets = given ?? (await targetsOf(keyrings))
      const renewed = new Map<string, Renewal>()
      // One swap for each service: if a later service fails, what the earlier ones wrapped stays.
      for (const only of targets) {
        await stored.swap(dataset, kid, async (found) => {
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
      await stored.swap(dataset, kid, async (record) => {
        if (record.state === 'destroyed') return null
        await checkUnused(record, { stored, keyrings, memory, ttlSeconds, now: now() })
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

function unfinished(error: AppError, dataset: string, { provider }: Keyring): AppError {
  const message = `no new key for ${dataset} without a wrap by ${provider}, which failed: ${error.message}`
  return new AppError(error.code, message, {
    cause: error,
    reason: error.reason,
  })
}
