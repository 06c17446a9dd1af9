import { timingSafeEqual } from 'node:crypto'
import { AppError, isAppError, isRetryable } from '#core/errors.ts'
import { isFormer, kidOf, wrapContext, type KeyRecord, type StoredWrap } from './record.ts'
import type { KeyContext, Keyring, KeyVersion, Wrap } from '../keyring.ts'

export interface Unwrapped {
  readonly key: Uint8Array
  /**
   * Whether what the record says about the key was bound to the wrap. Otherwise whoever writes to the store may have changed it.
   */
  readonly isBound: boolean
}

/**
 * Unwraps the key of a record by the first wrap that opens, newest first; the result must be the key that the record names. If
 * none opens, throws the most hopeful error: `unavailable` or `throttled`, else `denied`, else the first one.
 */
export async function unwrapRecord(record: KeyRecord, keyrings: readonly Keyring[]): Promise<Unwrapped> {
  const { dataset, kid } = record
  if (record.state === 'destroyed') throw destroyedKey(record)
  const errors: unknown[] = []
  for (const keyring of keyrings) {
    for (const wrap of record.wraps.filter(({ provider }) => provider === keyring.provider).toReversed()) {
      try {
        const key = await keyring.unwrap(wrap, wrapContext(record, wrap))
        if (key.length === 32 && kidOf(key) === kid) return { key, isBound: !isFormer(record, wrap) }
        errors.push(new AppError('corrupt', `a wrap of key ${kid} holds another key`, { reason: 'kid_mismatch' }))
      } catch (error) {
        errors.push(error)
      }
    }
  }
  throw (
    errors.find(isRetryable) ??
    errors.find((error) => isAppError(error, 'denied')) ??
    errors[0] ??
    new AppError('denied', `no configured key service wraps key ${kid} of ${dataset}`, { reason: 'no_keyring' })
  )
}

export function destroyedKey({ dataset, kid }: Pick<KeyRecord, 'dataset' | 'kid'>): AppError {
  return new AppError('denied', `key ${kid} of ${dataset} was destroyed`, { reason: 'key_destroyed' })
}

/** A wrap that was unwrapped once before it is returned, so that what is stored is known to unwrap. */
export async function provenWrap(keyring: Keyring, key: Uint8Array, context: KeyContext): Promise<Wrap> {
  const wrap = await keyring.wrap(key, context)
  const back = await keyring.unwrap(wrap, context)
  if (back.length !== key.length || !timingSafeEqual(back, key)) {
    throw new AppError('corrupt', `${keyring.provider} gave back another key than it wrapped`, { reason: 'bad_wrap' })
  }
  return wrap
}

/** A keyring, and the version under which its wraps are renewed. */
export interface RewrapTarget {
  readonly keyring: Keyring
  readonly current: KeyVersion
}

/** A wrap that was renewed, or would be. */
export interface Renewal {
  readonly provider: Wrap['provider']
  /** The former version; null if the service did not wrap the key yet. */
  readonly from: KeyVersion | null
  readonly to: KeyVersion
}

export async function targetsOf(keyrings: readonly Keyring[]): Promise<RewrapTarget[]> {
  const targets: RewrapTarget[] = []
  for (const keyring of keyrings) targets.push({ keyring, current: await keyring.current() })
  return targets
}

/** The renewals that a record needs, so that it has a wrap of the current format under each target's current version. */
export function dueRenewals(
  record: KeyRecord,
  targets: readonly RewrapTarget[],
): { target: RewrapTarget; due: Renewal }[] {
  return targets.flatMap((target) => {
    const { keyring, current } = target
    const there = record.wraps.some(
      (wrap) =>
        wrap.provider === keyring.provider &&
        wrap.keyId === current.keyId &&
        wrap.version === current.version &&
        !isFormer(record, wrap),
    )
    if (there) return []
    const old = record.wraps.findLast((wrap) => isSuperseded(wrap, keyring, current.keyId))
    const from = old === undefined ? null : { keyId: old.keyId, version: old.version }
    return [{ target, due: { provider: keyring.provider, from, to: current } }]
  })
}

/** The record's wraps with that of the target renewed; wraps of services that are not configured stay. */
export async function renewWrap(
  record: KeyRecord,
  target: RewrapTarget,
  all: readonly Keyring[],
): Promise<StoredWrap[]> {
  const { keyring, current } = target
  const fresh = (await moveInside(record, target)) ?? (await wrapAnew(record, keyring, all))
  return [...record.wraps.filter((old) => !isSuperseded(old, keyring, current.keyId)), fresh]
}

async function wrapAnew(record: KeyRecord, keyring: Keyring, all: readonly Keyring[]): Promise<Wrap> {
  return provenWrap(keyring, (await unwrapRecord(record, all)).key, wrapContext(record))
}

/** Lets the service renew its own wrap if it can; null if the record has no such wrap, or the service cannot. */
async function moveInside(record: KeyRecord, { keyring, current }: RewrapTarget): Promise<Wrap | null> {
  const { kid } = record
  const old = record.wraps.findLast((wrap) => isSuperseded(wrap, keyring, current.keyId))
  if (old === undefined || keyring.rewrap === undefined) return null
  const context = wrapContext(record)
  const fresh = await keyring.rewrap(old, wrapContext(record, old), context)
  try {
    const key = await keyring.unwrap(fresh, context)
    if (kidOf(key) === kid) return fresh
  } catch (error) {
    // If we may rewrap but not unwrap, we trust the service, which authenticated the old wrap.
    if (isAppError(error, 'denied') && error.reason === 'access_denied') return fresh
    throw error
  }
  throw new AppError('corrupt', `a wrap of key ${kid} holds another key`, { reason: 'kid_mismatch' })
}

/** Whether a wrap was made by this keyring's key, or by one that this key replaced. */
function isSuperseded({ provider, keyId }: Wrap, keyring: Keyring, current: string): boolean {
  return provider === keyring.provider && (keyId === current || keyring.formerKeys?.includes(keyId) === true)
}
