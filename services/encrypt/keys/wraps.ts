import { timingSafeEqual } from 'node:crypto'
import { AppError, isAppError, isRetryable } from '#core/errors.ts'
import { isFormer, kidOf, wrapContext, type KeyRecord, type StoredWrap } from './record.ts'
import type { KeyContext, Keyring, KeyVersion, Wrap } from '../keyring.ts'

export interface Unwrapped {
  readonly key: Uint8Array
  /** Whether what the record says of the key was bound to the wrap, and not written by whoever writes the store. */
  readonly isBound: boolean
}

/**
 * The key of a record, by the first wrap that opens, newest first; what comes out has to be the key that the record names.
 * When none opens, throws what leaves most hope: `unavailable` or `throttled`, else `denied`, else what came first.
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

/** A wrap that was opened again before it is returned: what is stored is known to unwrap. */
export async function provenWrap(keyring: Keyring, key: Uint8Array, context: KeyContext): Promise<Wrap> {
  const wrap = await keyring.wrap(key, context)
  const back = await keyring.unwrap(wrap, context)
  if (back.length !== key.length || !timingSafeEqual(back, key)) {
    throw new AppError('corrupt', `${keyring.provider} gave back another key than it wrapped`, { reason: 'bad_wrap' })
  }
  return wrap
}

/** A keyring, and the version that its wraps are brought under. */
export interface RewrapTarget {
  readonly keyring: Keyring
  readonly current: KeyVersion
}

/** A wrap that was made, or would be. */
export interface Renewal {
  readonly provider: Wrap['provider']
  /** The version it was under; null where the service did not wrap the key yet. */
  readonly from: KeyVersion | null
  readonly to: KeyVersion
}

export async function targetsOf(keyrings: readonly Keyring[]): Promise<RewrapTarget[]> {
  const targets: RewrapTarget[] = []
  for (const keyring of keyrings) targets.push({ keyring, current: await keyring.current() })
  return targets
}

/** What a record lacks: a wrap of the form of now under the current version of each target. */
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

/** The record's wraps with the target's renewed; wraps of services that are not configured stay. */
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

/** Lets the service itself bring its wrap over, where it can: null where it has none, or cannot. */
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
    // Who may bring wraps over but not open them has the service's word for it: it authenticated the old one.
    if (isAppError(error, 'denied') && error.reason === 'access_denied') return fresh
    throw error
  }
  throw new AppError('corrupt', `a wrap of key ${kid} holds another key`, { reason: 'kid_mismatch' })
}

/** Whether a wrap is of this keyring's key, or of one that its key follows. */
function isSuperseded({ provider, keyId }: Wrap, keyring: Keyring, current: string): boolean {
  return provider === keyring.provider && (keyId === current || keyring.formerKeys?.includes(keyId) === true)
}
