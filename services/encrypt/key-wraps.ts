import { timingSafeEqual } from 'node:crypto'
import { AppError, isAppError, isRetryable } from '#core/errors.ts'
import { kidOf, type KeyRecord } from './key-record.ts'
import type { Keyring, Wrap } from './keyring.ts'

/**
 * The key of a record, by the first wrap that opens, newest first; what comes out has to be the key that the record names.
 * When none opens, throws what leaves most hope: `unavailable` or `throttled`, else `denied`, else what came first.
 */
export async function unwrapRecord(record: KeyRecord, keyrings: readonly Keyring[]): Promise<Uint8Array> {
  const { dataset, kid } = record
  if (record.state === 'destroyed') {
    throw new AppError('denied', `key ${kid} of ${dataset} was destroyed`, { reason: 'key_destroyed' })
  }
  const errors: unknown[] = []
  for (const keyring of keyrings) {
    for (const wrap of record.wraps.filter(({ provider }) => provider === keyring.provider).toReversed()) {
      try {
        const key = await keyring.unwrap(wrap, { dataset, kid })
        if (key.length === 32 && kidOf(key) === kid) return key
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

/** A wrap that was opened again before it is returned: what is stored is known to unwrap. */
export async function provenWrap(keyring: Keyring, key: Uint8Array, dataset: string, kid: string): Promise<Wrap> {
  const wrap = await keyring.wrap(key, { dataset, kid })
  const back = await keyring.unwrap(wrap, { dataset, kid })
  if (back.length !== key.length || !timingSafeEqual(back, key)) {
    throw new AppError('corrupt', `${keyring.provider} gave back another key than it wrapped`, { reason: 'bad_wrap' })
  }
  return wrap
}

/** The keyrings under whose current version the record is not wrapped. */
export async function dueKeyrings(record: KeyRecord, keyrings: readonly Keyring[]): Promise<Keyring[]> {
  const due: Keyring[] = []
  for (const keyring of keyrings) {
    const { keyId, version } = await keyring.current()
    const there = record.wraps.some(
      (wrap) => wrap.provider === keyring.provider && wrap.keyId === keyId && wrap.version === version,
    )
    if (!there) due.push(keyring)
  }
  return due
}

/** The record's wraps with those of the due keyrings renewed; wraps of services that are not configured stay. */
export async function renewWraps(record: KeyRecord, due: readonly Keyring[], all: readonly Keyring[]): Promise<Wrap[]> {
  const key = await unwrapRecord(record, all)
  let wraps = [...record.wraps]
  for (const keyring of due) {
    const fresh = await provenWrap(keyring, key, record.dataset, record.kid)
    wraps = [...wraps.filter((old) => old.provider !== fresh.provider || old.keyId !== fresh.keyId), fresh]
  }
  return wraps
}
