import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import { ZONES } from '#core/vault.ts'
import { kidOfObject } from './envelope.ts'
import { recordPath, SIGNING, type KeyRecord } from './key-record.ts'
import type { KeyRecords } from './key-records.ts'
import type { KeyVersion, Wrap } from './keyring.ts'
import type { LocalKeyring } from './keyrings/local.ts'
import type { Store } from './store.ts'

export interface KeysStatus {
  readonly epochs: readonly EpochStatus[]
  readonly versions: readonly VersionStatus[]
}

/** One epoch key of one dataset; those of `_signing` sign manifests. */
export interface EpochStatus {
  readonly dataset: string
  readonly kid: string
  readonly epoch: number
  /** Whether new objects are made under it. */
  readonly current: boolean
  readonly state: KeyRecord['state']
  readonly created: Date
  readonly ageDays: number
  readonly wraps: readonly (KeyVersion & Pick<Wrap, 'provider'>)[]
  /** Objects encrypted under it; null where they were not counted. */
  readonly objects: number | null
}

/** One version of one key of a key service. */
export interface VersionStatus extends KeyVersion {
  readonly provider: Wrap['provider']
  /** Whether new wraps are made under it. */
  readonly current: boolean
  readonly created: Date | null
  /** Paths of the records that are wrapped under it: what blocks its retirement. */
  readonly blockedBy: readonly string[]
}

export interface StatusOptions {
  readonly keys: KeyRecords
  readonly store: Store
  /** The local keyring, when there is one: it knows its versions without a wrap, and their age. */
  readonly local?: LocalKeyring
  /** Counts the objects of each epoch, which reads every one of them. */
  readonly countObjects?: boolean
  readonly now?: () => Date
}

const DAY_MS = 24 * 60 * 60 * 1000

/** The keys there are, how old, what they hold up, and what would keep a version from being retired. Unwraps nothing. */
export async function keysStatus(options: StatusOptions): Promise<KeysStatus> {
  const { keys, store, local, countObjects = false, now = () => new Date() } = options
  const records = await collect(keys.list())
  const objects = countObjects ? await objectsByKid(store) : null
  const pointers = new Map<string, string | undefined>()
  for (const { dataset } of records) {
    if (!pointers.has(dataset)) pointers.set(dataset, (await keys.pointer(dataset))?.kid)
  }
  const epochs = records.map((record): EpochStatus => {
    const { dataset, kid, epoch, state, created } = record
    const wraps = record.wraps.map(({ provider, keyId, version }) => ({ provider, keyId, version }))
    const ageDays = Math.max(0, Math.floor((now().getTime() - Date.parse(created)) / DAY_MS))
    const current = pointers.get(dataset) === kid
    const count = dataset === SIGNING ? null : (objects?.get(kid) ?? (objects === null ? null : 0))
    return { dataset, kid, epoch, current, state, created: new Date(created), ageDays, wraps, objects: count }
  })
  epochs.sort((a, b) => (a.dataset === b.dataset ? a.epoch - b.epoch : a.dataset < b.dataset ? -1 : 1))
  return { epochs, versions: await versionsOf(records, keys, local) }
}

async function versionsOf(
  records: readonly KeyRecord[],
  keys: KeyRecords,
  local?: LocalKeyring,
): Promise<VersionStatus[]> {
  const versions = new Map<string, VersionStatus>()
  const note = (provider: Wrap['provider'], { keyId, version }: KeyVersion, more: Partial<VersionStatus>) => {
    const at = JSON.stringify([provider, keyId, version])
    const known = versions.get(at) ?? { provider, keyId, version, current: false, created: null, blockedBy: [] }
    versions.set(at, { ...known, ...more, blockedBy: [...known.blockedBy, ...(more.blockedBy ?? [])] })
  }
  for (const { version, created } of (await local?.versions()) ?? []) {
    if (local !== undefined) note('local', { keyId: local.keyId, version }, { created })
  }
  for (const keyring of keys.keyrings) note(keyring.provider, await keyring.current(), { current: true })
  for (const { dataset, kid, wraps } of records) {
    for (const wrap of wraps) note(wrap.provider, wrap, { blockedBy: [recordPath(dataset, kid)] })
  }
  return [...versions.values()]
}

async function objectsByKid(store: Store): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const zone of ZONES) {
    for await (const path of store.list(`${zone}/`)) {
      const kid = await readKid(store, path)
      if (kid !== null) counts.set(kid, (counts.get(kid) ?? 0) + 1)
    }
  }
  return counts
}

async function readKid(store: Store, path: string): Promise<string | null> {
  try {
    return kidOfObject((await store.read(path)).bytes)
  } catch (error) {
    if (isAppError(error, 'not_found') || isAppError(error, 'corrupt')) return null // discarded meanwhile, or not ours
    throw error
  }
}

export interface Rotated {
  readonly version: KeyVersion
  /** Datasets whose new objects are under a new epoch key from now on. */
  readonly epochs: readonly string[]
}

/**
 * Gives the local keyring a new version, which new wraps are made under; what is wrapped already follows by `rewrap`. With
 * `newEpochs`, every dataset gets a new epoch key too; signing keys stay, so that one public key keeps verifying.
 */
export async function rotateKey(local: LocalKeyring, keys: KeyRecords, newEpochs = false): Promise<Rotated> {
  const version = await local.rotate()
  if (!newEpochs) return { version, epochs: [] }
  const datasets = new Set((await collect(keys.list())).map(({ dataset }) => dataset))
  datasets.delete(SIGNING)
  for (const dataset of datasets) await keys.newEpoch(dataset)
  return { version, epochs: [...datasets] }
}

export interface RewrapOptions {
  /** Only says what would be done. */
  readonly dryRun?: boolean
  /** Takes up after this record, as the report of an interrupted run names it; what is up to date is passed over anyway. */
  readonly resume?: string
  readonly onProgress?: (done: { readonly path: string; readonly wraps: number }) => void
}

export interface RewrapReport {
  /** Records looked at. */
  readonly records: number
  /** Records that were wrapped anew, or would be. */
  readonly rewrapped: number
  /** Wraps that were made, or would be. */
  readonly wraps: number
  readonly failed: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
  /** The last record that is done: where to resume. */
  readonly last: string | null
}

/**
 * Brings every key record under the current version of every configured key: work for each epoch, none for the objects. What
 * fails is reported and does not hold up the rest; running it again does what is left.
 */
export async function rewrap(keys: KeyRecords, options: RewrapOptions = {}): Promise<RewrapReport> {
  const { dryRun = false, resume = '', onProgress } = options
  const failed: { path: string; code: ErrorCode; message: string }[] = []
  let [records, rewrapped, wraps] = [0, 0, 0]
  let last: string | null = null
  for (const { dataset, kid } of await collect(keys.list())) {
    const path = recordPath(dataset, kid)
    if (path <= resume) continue
    records += 1
    try {
      const due = await keys.rewrap(dataset, kid, dryRun)
      wraps += due
      rewrapped += due > 0 ? 1 : 0
      if (failed.length === 0) last = path
      onProgress?.({ path, wraps: due })
    } catch (error) {
      if (!isAppError(error)) throw error
      failed.push({ path, code: error.code, message: error.message })
    }
  }
  return { records, rewrapped, wraps, failed, last }
}

/** Destroys a version of the local keyring. Throws `conflict` (`in_use`) while a record is wrapped under it, and says which. */
export async function retireVersion(local: LocalKeyring, keys: KeyRecords, version: string): Promise<void> {
  const dependent = (await collect(keys.list())).filter(({ wraps }) =>
    wraps.some((wrap) => wrap.provider === 'local' && wrap.keyId === local.keyId && wrap.version === version),
  )
  if (dependent.length > 0) {
    const paths = dependent.map(({ dataset, kid }) => recordPath(dataset, kid))
    const shown = paths.length > 5 ? `${paths.slice(0, 5).join(', ')} and ${paths.length - 5} more` : paths.join(', ')
    throw new AppError('conflict', `version ${version} still wraps ${shown}: rewrap first`, { reason: 'in_use' })
  }
  await local.retire(version)
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = []
  for await (const item of items) list.push(item)
  return list
}
