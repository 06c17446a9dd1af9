import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import { recordPath, SIGNING } from '../keys/record.ts'
import type { KeyRecords } from '../keys/records.ts'
import { collect, trying, type Failure } from '../keys/services.ts'
import type { Renewal, RewrapTarget } from '../keys/wraps.ts'
import type { Keyring, KeyVersion } from '../keyring.ts'

type Provider = Keyring['provider']

/** The result of rotating one key. */
export interface KeyRotation {
  readonly provider: Provider
  readonly from: KeyVersion | null
  /** The version that wraps from now on; null if it has not changed. */
  readonly to: KeyVersion | null
  /** `due`: in a dry run; `unable`: the service or its key does not allow it. */
  readonly outcome: 'rotated' | 'due' | 'unable' | 'failed'
  /** Why it was not rotated. */
  readonly message?: string
}

export interface RotateReport {
  readonly keys: readonly KeyRotation[]
  /** Datasets that have, or would get, a new epoch key for new objects. */
  readonly epochs: readonly string[]
  readonly failed: readonly { readonly dataset: string; readonly code: ErrorCode; readonly message: string }[]
}

export interface RotateOptions {
  readonly keys: KeyRecords
  /** The keyrings whose keys get a new version; by default all. */
  readonly keyrings?: readonly Keyring[]
  /** Also makes new epoch keys for future objects. Signing keys stay, so that one public key continues to verify. */
  readonly newEpochs?: boolean | undefined
  /** Only reports what would be done. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: (done: KeyRotation) => void
}

/**
 * Gives keys a new version, which makes new wraps; existing wraps are renewed by `rewrap`. A key that cannot be rotated does not
 * stop the others. New epochs are made only if no rotation failed.
 */
export async function rotateKeys(options: RotateOptions): Promise<RotateReport> {
  const { keys, keyrings = keys.keyrings, newEpochs = false, dryRun = false, onProgress } = options
  const rotations: KeyRotation[] = []
  for (const keyring of keyrings) {
    const done = await rotateOne(keyring, dryRun)
    rotations.push(done)
    onProgress?.(done)
  }
  const failed: { dataset: string; code: ErrorCode; message: string }[] = []
  if (!newEpochs || rotations.some(({ outcome }) => outcome === 'failed'))
    return { keys: rotations, epochs: [], failed }
  const epochs: string[] = []
  for (const dataset of new Set((await collect(keys.list())).map(({ dataset }) => dataset))) {
    if (dataset === SIGNING) continue
    try {
      if (!dryRun) await keys.newEpoch(dataset)
      epochs.push(dataset)
    } catch (error) {
      if (!isAppError(error)) throw error
      failed.push({ dataset, code: error.code, message: error.message })
    }
  }
  return { keys: rotations, epochs, failed }
}

async function rotateOne(keyring: Keyring, dryRun: boolean): Promise<KeyRotation> {
  const { provider } = keyring
  let from: KeyVersion | null = null
  try {
    from = await keyring.current()
    if (keyring.rotate === undefined) {
      return { provider, from, to: null, outcome: 'unable', message: 'its key is rotated by the service alone' }
    }
    if (dryRun) return { provider, from, to: null, outcome: 'due' }
    return { provider, from, to: await keyring.rotate(), outcome: 'rotated' }
  } catch (error) {
    if (!isAppError(error)) throw error
    const unable = error.reason === 'rotation_limit'
    return { provider, from, to: null, outcome: unable ? 'unable' : 'failed', message: error.message }
  }
}

export interface RewrapOptions {
  /** The keyrings whose wraps are renewed under the current version; by default all. */
  readonly keyrings?: readonly Keyring[]
  /** Only reports what would be done. */
  readonly dryRun?: boolean | undefined
  /**
   * Continues after this record, as the report of an interrupted run names it. Records that are up to date are skipped anyway.
   * `rewrap` throws `not_found` if there is no such record.
   */
  readonly resume?: string | undefined
  readonly onProgress?: (done: {
    readonly path: string
    readonly renewals: readonly Renewal[]
    readonly of: number
  }) => void
  readonly signal?: AbortSignal | undefined
}

export interface RewrapReport {
  /** The number of records that were read. */
  readonly records: number
  /** The number of records that were rewrapped, or would be. */
  readonly rewrapped: number
  /** How many wraps of which version were renewed, or would be. */
  readonly renewals: readonly (Renewal & { readonly wraps: number })[]
  readonly failed: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
  /** Services that did not report their current version: nothing was done for them. */
  readonly unreachable: readonly Failure[]
  /** The last record up to which everything is done: resume after it. */
  readonly last: string | null
}

/**
 * Renews the wraps of every key record under the current version of every configured key. Takes one step per epoch key, none per
 * object. Failures are reported and do not stop the rest; another run does what is left.
 */
export async function rewrap(keys: KeyRecords, options: RewrapOptions = {}): Promise<RewrapReport> {
  const { keyrings = keys.keyrings, dryRun = false, resume = '', onProgress, signal } = options
  const unreachable: Failure[] = []
  const targets: RewrapTarget[] = []
  for (const keyring of keyrings) {
    await trying(keyring.provider, unreachable, async () => {
      targets.push({ keyring, current: await keyring.current() })
    })
  }
  const failed: { path: string; code: ErrorCode; message: string }[] = []
  const renewals = new Map<string, Renewal & { wraps: number }>()
  let [records, rewrapped] = [0, 0]
  let last: string | null = null
  const listed = await collect(keys.list(undefined, (unread) => failed.push(unread)))
  if (resume !== '' && !listed.some(({ dataset, kid }) => recordPath(dataset, kid) === resume))
    throw new AppError('not_found', `there is no key record ${resume} to go on after: nothing was changed`)
  const all = listed.filter(({ dataset, kid }) => recordPath(dataset, kid) > resume)
  for (const { dataset, kid } of all) {
    if (signal?.aborted === true) break
    const path = recordPath(dataset, kid)
    const done: Renewal[] = []
    let isDone = true
    for (const target of targets) {
      try {
        done.push(...(await keys.rewrap(dataset, kid, { dryRun, targets: [target] })))
      } catch (error) {
        if (!isAppError(error)) throw error
        failed.push({ path, code: error.code, message: error.message })
        isDone = false
      }
    }
    records += 1
    rewrapped += done.length > 0 ? 1 : 0
    for (const renewal of done) {
      const at = JSON.stringify(renewal)
      renewals.set(at, { ...renewal, wraps: (renewals.get(at)?.wraps ?? 0) + 1 })
    }
    if (isDone && failed.length === 0 && unreachable.length === 0) last = path
    onProgress?.({ path, renewals: done, of: all.length })
  }
  return { records, rewrapped, renewals: [...renewals.values()], failed, unreachable, last }
}

export interface RetireOptions {
  readonly keys: KeyRecords
  readonly keyring: Keyring
  readonly version: string
  /** Only checks whether it could be done. */
  readonly dryRun?: boolean | undefined
}

/**
 * Ends a version of a key. Throws `conflict` (`in_use`) and names the records while any is wrapped under it; also throws what
 * the service throws: `conflict` for the current version, `denied` if it cannot end single versions.
 */
export async function retireVersion({ keys, keyring, version, dryRun = false }: RetireOptions): Promise<KeyVersion> {
  const current = await keyring.current()
  const { keyId } = current
  if (current.version === version) {
    throw new AppError('conflict', `version ${version} of ${keyId} is the current one: rotate first`, {
      reason: 'current',
    })
  }
  const dependent = (await collect(keys.list())).filter(({ wraps }) =>
    wraps.some((wrap) => wrap.provider === keyring.provider && wrap.keyId === keyId && wrap.version === version),
  )
  if (dependent.length > 0) {
    const paths = dependent.map(({ dataset, kid }) => recordPath(dataset, kid))
    const shown = paths.length > 5 ? `${paths.slice(0, 5).join(', ')} and ${paths.length - 5} more` : paths.join(', ')
    throw new AppError('conflict', `version ${version} still wraps ${shown}: rewrap first`, { reason: 'in_use' })
  }
  if (keyring.retire === undefined) {
    const message = `${keyring.provider} ends no version of ${keyId} for us: end it in the service`
    throw new AppError('denied', message, { reason: 'not_retirable' })
  }
  if (!dryRun) await keyring.retire(version)
  return { keyId, version }
}

const SHORTEST_PREFIX = 6

/**
 * Finds the keyring that has a version, which may be given by its first characters. Throws `not_found` if none has it, `invalid`
 * if several do.
 */
export async function findVersion(
  keyrings: readonly Keyring[],
  named: string,
): Promise<{ readonly keyring: Keyring; readonly version: string }> {
  const found: { keyring: Keyring; version: string }[] = []
  for (const keyring of keyrings) {
    const listed = ((await keyring.versions?.()) ?? []).map(({ version }) => version)
    const exact = listed.filter((version) => version === named)
    const begun = named.length < SHORTEST_PREFIX ? [] : listed.filter((version) => version.startsWith(named))
    for (const version of exact.length > 0 ? exact : begun) found.push({ keyring, version })
  }
  const [only, ...others] = found
  if (only === undefined) throw new AppError('not_found', `no configured key has a version ${named}`)
  if (others.length === 0) return only
  const places = found.map(({ keyring, version }) => `${keyring.provider} ${version}`).join(', ')
  throw new AppError('invalid', `${named} may be ${places}: say which, by --provider or by its full name`)
}
