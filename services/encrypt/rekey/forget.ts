import { isAppError } from '#core/errors.ts'
import type { KeyRecord } from '../keys/record.ts'
import type { KeyRecords } from '../keys/records.ts'
import { collect } from '../keys/services.ts'
import type { Keyring, KeyVersion } from '../keyring.ts'
import { retireVersion, rewrap } from './rotation.ts'

/**
 * The outcome for one version that had wrapped a destroyed key. Until the version ends, copies of the key's record open under
 * it.
 */
export interface Forgetting extends KeyVersion {
  readonly provider: Keyring['provider']
  /**
   * `ended`: was ended before; `kept`: the service can only end whole keys, or is not configured; `failed`: run the same command
   * again.
   */
  readonly outcome: 'retired' | 'ended' | 'due' | 'kept' | 'failed'
  /** Why it was not retired. */
  readonly message?: string
}

export interface ForgetOptions {
  readonly keys: KeyRecords
  /** The key's record. It lists what wraps the key or, once the key is destroyed, what wrapped it. */
  readonly record: KeyRecord
  /** Only reports what would be done. */
  readonly dryRun?: boolean | undefined
}

/**
 * The last step of destroying a key: ends the versions that wrapped it, if their service can end versions. A current version is
 * rotated first, and its other wraps are renewed under the next one. May be repeated: versions that have ended are skipped.
 */
export async function forgetWraps({ keys, record, dryRun = false }: ForgetOptions): Promise<Forgetting[]> {
  const done: Forgetting[] = []
  for (const { provider, keyId, version } of wrappersOf(record)) {
    const under = { provider, keyId, version }
    const keyring = keys.keyrings.find((one) => one.provider === provider)
    const keeps = whyKept(keyring, under)
    if (keyring === undefined || keeps !== null) done.push({ ...under, outcome: 'kept', message: keeps ?? '' })
    else if (dryRun) done.push({ ...under, outcome: 'due' })
    else done.push({ ...under, ...(await endVersion(keys, keyring, under)) })
  }
  return done
}

function wrappersOf({ wraps, wrappedBy = [] }: KeyRecord): readonly (KeyVersion & Pick<Keyring, 'provider'>)[] {
  return [
    ...new Map([...wraps, ...wrappedBy].map((one) => [`${one.provider} ${one.keyId} ${one.version}`, one])).values(),
  ]
}

function whyKept(
  keyring: Keyring | undefined,
  { provider, keyId }: KeyVersion & Pick<Keyring, 'provider'>,
): string | null {
  if (keyring === undefined) return `${provider} is not configured here`
  if (keyring.formerKeys?.includes(keyId) === true) return 'it is of a former key: end that key in its service'
  return keyring.retire === undefined || keyring.endsVersions === false ? 'its service ends whole keys alone' : null
}

async function endVersion(
  keys: KeyRecords,
  keyring: Keyring,
  { keyId, version }: KeyVersion,
): Promise<Pick<Forgetting, 'outcome' | 'message'>> {
  try {
    const listed = await keyring.versions?.()
    const found = listed?.find((one) => one.version === version)
    if (listed !== undefined && (found === undefined || found.state !== 'enabled')) return { outcome: 'ended' }
    const current = await keyring.current()
    if (current.keyId !== keyId) return { outcome: 'kept', message: 'it is of another key than the configured one' }
    if (current.version === version) {
      if (keyring.rotate === undefined)
        return { outcome: 'kept', message: 'it is the current one, which the service alone rotates' }
      await keyring.rotate()
    }
    const { failed, unreachable } = await rewrap(keys, { keyrings: [keyring] })
    const [first] = [...failed, ...unreachable]
    if (first !== undefined) return { outcome: 'failed', message: first.message }
    await retireVersion({ keys, keyring, version })
    return { outcome: 'retired' }
  } catch (error) {
    if (!isAppError(error)) throw error
    return { outcome: 'failed', message: error.message }
  }
}

/** The current record of a key. */
export async function recordNow(keys: KeyRecords, dataset: string, kid: string): Promise<KeyRecord | null> {
  return (await collect(keys.list(dataset))).find((record) => record.kid === kid) ?? null
}
