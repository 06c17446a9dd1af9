import { AppError, isAppError } from '#core/errors.ts'
import type { EpochCatalog } from '#runtime/catalog/catalog.ts'
import type { Keyring } from '../keyring.ts'
import type { KeyRecord } from './record.ts'
import type { StoredKeys } from './stored.ts'
import { LONGEST_TTL_SECONDS } from './ttl-cache.ts'
import { unwrapRecord } from './wraps.ts'

/**
 * Seconds by which clocks may differ. It also covers writes that were under way when a choice ended, which are repeated for
 * seconds.
 */
const CLOCKS_SECONDS = 300

export interface UnusedOptions {
  readonly stored: StoredKeys
  readonly keyrings: readonly [Keyring, ...Keyring[]]
  /** What the catalog remembers of current keys; absent without a catalog. */
  readonly memory: Pick<EpochCatalog, 'newest'> | undefined
  /** How long this process caches its choice. */
  readonly ttlSeconds: number
  readonly now: Date
}

/**
 * Throws `conflict` while somebody may still encrypt objects under a key: `current` if it was or may still become the current
 * one, `too_young` while a process may have it cached as that.
 */
export async function checkUnused(record: KeyRecord, options: UnusedOptions): Promise<void> {
  const { stored, keyrings, memory, ttlSeconds, now } = options
  const { dataset, kid } = record
  const current = (await stored.pointer(dataset))?.pointer.kid
  const newest = (await memory?.newest(dataset)) ?? []
  if (current === kid || newest.some((epoch) => epoch.kid === kid)) {
    throw new AppError('conflict', `key ${kid} is the current one of ${dataset}: make a new epoch first`, {
      reason: 'current',
    })
  }
  const made = [(await madeAt(record, keyrings)) ?? '']
  const chosen = new Set([...(current === undefined ? [] : [current]), ...newest.map((epoch) => epoch.kid)])
  for (const other of chosen) {
    const time = await madeAt(await stored.read(dataset, other), keyrings)
    if (time === null) throw alteredKey(other)
    made.push(time)
  }
  // Former records are not authenticated, and a time in the future would keep a key for ever.
  const soon = now.getTime() + CLOCKS_SECONDS * 1000
  const last = Math.max(0, ...made.map((time) => Date.parse(time)).filter((time) => time <= soon))
  const from = last + (Math.max(ttlSeconds, LONGEST_TTL_SECONDS) + CLOCKS_SECONDS) * 1000
  if (now.getTime() >= from) return
  const message =
    `key ${kid} of ${dataset} may be in use: a process may keep the current key of before ` +
    `${new Date(last).toISOString()} for a day; it can be destroyed from ${new Date(from).toISOString()} on`
  throw new AppError('conflict', message, { reason: 'too_young' })
}

/**
 * When a key was made; null if its record was altered, so that it does not open. If we may not open the record, its stated time
 * is used.
 */
async function madeAt(record: KeyRecord, keyrings: readonly [Keyring, ...Keyring[]]): Promise<string | null> {
  try {
    await unwrapRecord(record, keyrings)
  } catch (error) {
    if (!isAppError(error)) throw error
    if (error.code === 'corrupt') return null
  }
  return record.created
}

function alteredKey(kid: string): AppError {
  const message = `the record of key ${kid} was altered: put it back from a copy of the store`
  return new AppError('corrupt', message, { reason: 'key_record' })
}
