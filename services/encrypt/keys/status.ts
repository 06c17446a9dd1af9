import { isAppError } from '#core/errors.ts'
import { ZONES } from '#core/vault.ts'
import { kidOfObject } from '../objects/envelope.ts'
import { recordPath, SIGNING, type KeyRecord } from './record.ts'
import type { KeyRecords } from './records.ts'
import type { OnUnread } from './stored.ts'
import { collect, trying, type Failure } from './services.ts'
import type { Keyring, KeyVersion, KeyVersionInfo, Wrap } from '../keyring.ts'
import type { Store } from '../store.ts'

type Provider = Keyring['provider']

export interface KeysStatus {
  readonly epochs: readonly EpochStatus[]
  readonly versions: readonly VersionStatus[]
  /** Services that did not list their versions; what is wrapped under them is listed all the same. */
  readonly unreachable: readonly Failure[]
}

/** One epoch key of one dataset; the dataset `_signing` has the keys that sign manifests. */
export interface EpochStatus {
  readonly dataset: string
  readonly kid: string
  readonly epoch: number
  /** Whether new objects are encrypted under it. */
  readonly current: boolean
  readonly state: KeyRecord['state']
  readonly created: Date
  readonly ageDays: number
  readonly wraps: readonly (KeyVersion & Pick<Wrap, 'provider'>)[]
  /** The number of objects encrypted under it; null if not counted. Never counted for signing keys. */
  readonly objects: number | null
}

/** One version of one key of a key service. */
export interface VersionStatus extends KeyVersion {
  readonly provider: Provider
  /** Whether new wraps are made under it. */
  readonly current: boolean
  /** `unknown` for keys that only a record names. */
  readonly state: KeyVersionInfo['state'] | 'unknown'
  readonly created: Date | null
  readonly ageDays: number | null
  /** Whether the service can end it without ending the whole key. */
  readonly endsAlone: boolean
  /** Whether it can be retired as things are: nothing is, or may be, wrapped under it. */
  readonly retirable: boolean
  /** Paths of the records that are wrapped under it, which block its retirement. */
  readonly blockedBy: readonly string[]
}

export interface StatusOptions {
  readonly keys: KeyRecords
  readonly store: Store
  /** Counts the objects of each epoch, for which every object is read. */
  readonly countObjects?: boolean
  /** Is told of each damaged record, which is left out; without it a damaged record ends the listing. */
  readonly onUnread?: OnUnread | undefined
  readonly now?: () => Date
}

const DAY_MS = 24 * 60 * 60 * 1000

/** Lists the keys, their age, what depends on them, and what blocks retiring a version. Unwraps nothing. */
export async function keysStatus(options: StatusOptions): Promise<KeysStatus> {
  const { keys, store, countObjects = false, now = () => new Date(), onUnread } = options
  let unread = 0
  const tell = onUnread && ((one: Parameters<OnUnread>[0]) => (unread++, onUnread(one)))
  const records = await collect(keys.list(undefined, tell))
  const objects = countObjects ? await objectsByKid(store) : null
  const pointers = new Map<string, string | undefined>()
  for (const { dataset } of records) {
    if (!pointers.has(dataset)) pointers.set(dataset, (await keys.pointer(dataset))?.kid)
  }
  const epochs = records.map((record): EpochStatus => {
    const { dataset, kid, epoch, state, created } = record
    const wraps = record.wraps.map(({ provider, keyId, version }) => ({ provider, keyId, version }))
    const current = pointers.get(dataset) === kid
    const count = dataset === SIGNING ? null : (objects?.get(kid) ?? (objects === null ? null : 0))
    const made = new Date(created)
    return { dataset, kid, epoch, current, state, created: made, ageDays: age(made, now()), wraps, objects: count }
  })
  epochs.sort((a, b) => (a.dataset === b.dataset ? a.epoch - b.epoch : a.dataset < b.dataset ? -1 : 1))
  return { epochs, ...(await versionsOf(records, keys.keyrings, unread === 0, now())) }
}

function age(from: Date, to: Date): number {
  return Math.max(0, Math.floor((to.getTime() - from.getTime()) / DAY_MS))
}

type Known = Omit<VersionStatus, 'retirable'>

async function versionsOf(
  records: readonly KeyRecord[],
  keyrings: readonly Keyring[],
  areRead: boolean,
  now: Date,
): Promise<Pick<KeysStatus, 'versions' | 'unreachable'>> {
  const versions = new Map<string, Known>()
  const note = (provider: Provider, { keyId, version }: KeyVersion, more: Partial<Known>) => {
    const at = JSON.stringify([provider, keyId, version])
    const unknown = {
      current: false,
      state: 'unknown',
      created: null,
      ageDays: null,
      endsAlone: false,
      blockedBy: [],
    } as const
    const known = versions.get(at) ?? { provider, keyId, version, ...unknown }
    versions.set(at, { ...known, ...more, blockedBy: [...known.blockedBy, ...(more.blockedBy ?? [])] })
  }
  const unreachable: Failure[] = []
  for (const keyring of keyrings) {
    const { provider } = keyring
    const endsAlone = keyring.retire !== undefined && keyring.endsVersions !== false
    await trying(provider, unreachable, async () => {
      for (const info of (await keyring.versions?.()) ?? []) {
        const { state, created } = info
        note(provider, info, { state, created, endsAlone, ageDays: created === null ? null : age(created, now) })
      }
      note(provider, await keyring.current(), { current: true })
    })
  }
  for (const { dataset, kid, wraps } of records) {
    for (const wrap of wraps) note(wrap.provider, wrap, { blockedBy: [recordPath(dataset, kid)] })
  }
  const isRetirable = ({ current, state, endsAlone, blockedBy }: Known) =>
    areRead && !current && state === 'enabled' && endsAlone && blockedBy.length === 0
  return { versions: [...versions.values()].map((one) => ({ ...one, retirable: isRetirable(one) })), unreachable }
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
    if (isAppError(error, 'not_found') || isAppError(error, 'corrupt')) return null // discarded meanwhile, or not one of our objects
    throw error
  }
}
