import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import { recordPath, SIGNING } from '../keys/record.ts'
import type { KeyRecords } from '../keys/records.ts'
import { collect, trying, type Failure } from '../keys/services.ts'
import type { Renewal, RewrapTarget } from '../keys/wraps.ts'
import type { Keyring, KeyVersion } from '../keyring.ts'

type Provider = Keyring['provider']

/** What rotating did to one key. */
export interface KeyRotation {
  readonly provider: Provider
  readonly from: KeyVersion | null
  /** The version that wraps from now on; null where it is the same as before. */
  readonly to: KeyVersion | null
  /** `due` in a dry run; `unable` where the service, or its key, does not let us. */
  readonly outcome: 'rotated' | 'due' | 'unable' | 'failed'
  /** What kept it from being rotated. */
  readonly message?: string
}

export interface RotateReport {
  readonly keys: readonly KeyRotation[]
  /** Datasets whose new objects are under a new epoch key from now on, or would be. */
  readonly epochs: readonly string[]
  readonly failed: readonly { readonly dataset: string; readonly code: ErrorCode; readonly message: string }[]
}

export interface RotateOptions {
  readonly keys: KeyRecords
  /** The keyrings whose keys get a new version; by default all of them. */
  readonly keyrings?: readonly Keyring[]
  /** New epoch keys, too, for the objects to come. Signing keys stay, so that one public key keeps verifying. */
  readonly newEpochs?: boolean | undefined
  /** Only says what would be done. */
  readonly dryRun?: boolean | undefined
  readonly onProgress?: (done: KeyRotation) => void
}

/**
 * Gives keys a new version, which new wraps are made under; what is wrapped already follows by `rewrap`. One key that cannot
 * be rotated does not keep the others from it. New epochs are made only when no rotation failed.
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
  /** The keyrings whose wraps are brought under the current version; by default all of them. */
  readonly keyrings?: readonly Keyring[]
  /** Only says what would be done. */
  readonly dryRun?: boolean | undefined
  /** Takes up after this record, as the report of an interrupted run names it; what is up to date is passed over anyway. */
  readonly resume?: string | undefined
  readonly onProgress?: (done: {
    readonly path: string
    readonly renewals: readonly Renewal[]
    readonly of: number
  }) => void
  readonly signal?: AbortSignal | undefined
}

export interface RewrapReport {
  /** Records looked at. */
  readonly records: number
  /** Records that were wrapped anew, or would be. */
  readonly rewrapped: number
  /** What was wrapped anew, or would be: how many wraps of which version. */
  readonly renewals: readonly (Renewal & { readonly wraps: number })[]
  readonly failed: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
  /** Services that did not say what they wrap under now: nothing was done for them. */
  readonly unreachable: readonly Failure[]
  /** The last record up to which all is done: where to resume. */
  readonly last: string | null
}

/**
 * Brings every key record under the current version of every configured key: work for each epoch, none for the objects. What
 * fails is reported and does not hold up the rest; running it again does what is left.
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
  const all = (await collect(keys.list())).filter(({ dataset, kid }) => recordPath(dataset, kid) > resume)
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
  /** Only looks whether it could be done. */
  readonly dryRun?: boolean | undefined
}

/**
 * Ends a version of a key. Throws `conflict` (`in_use`) while a record is wrapped under it, and says which, and what the
 * service throws: `conflict` for the current one, `denied` where it ends no single version.
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
 * The keyring that has a version, which may be named by its beginning. Throws `not_found` when none has it, `invalid` when
 * several do.
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
