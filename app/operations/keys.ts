import { AppError } from '#core/errors.ts'
import type { Predicate, Subject } from '#core/manifest.ts'
import { datasetsIn } from '#services/encrypt/chain/verify.ts'
import type { Keyring, KeyVersion } from '#services/encrypt/keyring.ts'
import { collect } from '#services/encrypt/keys/services.ts'
import { recordPath } from '#services/encrypt/keys/record.ts'
import type { OnUnread } from '#services/encrypt/keys/stored.ts'
import { keysStatus, type KeysStatus } from '#services/encrypt/keys/status.ts'
import { reencryptDataset, type ReencryptOptions, type ReencryptReport } from '#services/encrypt/rekey/reencrypt.ts'
import {
  findVersion,
  retireVersion,
  rewrap,
  rotateKeys,
  type RewrapOptions,
  type RewrapReport,
  type RotateReport,
} from '#services/encrypt/rekey/rotation.ts'
import { forgetWraps, recordNow, type Forgetting } from '#services/encrypt/rekey/forget.ts'
import { objectsUnder, shredKey, type ShredReport } from '#services/encrypt/rekey/shred.ts'
import { holdLease } from '#runtime/waiting/lease.ts'
import type { SigningSystem, System } from '../system.ts'

import { rotateSigningKey, type SigningRotation } from '#services/encrypt/rekey/rotate-signing.ts'

export type Provider = Keyring['provider']
export const PROVIDERS = ['local', 'awskms', 'keyvault', 'gcpkms'] as const satisfies readonly Provider[]

/** Only this key service; if absent, all configured ones. */
export interface OfProvider {
  readonly provider?: Provider | undefined
  /** Only reports what would be done, without an entry in the audit log. */
  readonly dryRun?: boolean | undefined
}

/**
 * Versions and epochs, their age, what depends on them, and what blocks retirement. `countObjects` reads every object. Throws
 * `corrupt` for a damaged key record, unless `onUnread` is there: it is told of each, and of those that the store lacks.
 */
export async function statusOfKeys(system: System, countObjects: boolean, onUnread?: OnUnread): Promise<KeysStatus> {
  const { keys, store } = system
  const damaged = new Set<string>()
  // Before the records are listed: one that is made meanwhile is not gone.
  const standing = await system.catalog.epochs.standing()
  const status = await keysStatus({
    keys,
    store,
    countObjects,
    onUnread:
      onUnread &&
      ((unread) => {
        damaged.add(unread.path)
        onUnread(unread)
      }),
  })
  const gone = recordsGone(standing, status.epochs).filter((path) => !damaged.has(path))
  for (const path of gone)
    onUnread?.({ path, code: 'not_found', message: `the store lacks ${path}: put it back from a copy of the store` })
  // What is wrapped in a record that is gone is not known.
  return gone.length === 0
    ? status
    : { ...status, versions: status.versions.map((version) => ({ ...version, retirable: false })) }
}

/**
 * Gives every key a new version and, with `newEpochs`, every dataset a new epoch key. Existing wraps are renewed by
 * `rewrapKeys`. Failures are in the report. Throws `invalid` for a provider that is not configured.
 */
export async function rotate(
  system: System,
  { provider, dryRun = false, newEpochs = false }: OfProvider & { readonly newEpochs?: boolean | undefined },
): Promise<RotateReport> {
  const { keys, catalog, actor, events } = system
  const report = await rotateKeys({ keys, keyrings: keyringsOf(system, provider), newEpochs, dryRun })
  for (const { to } of report.keys) {
    if (to === null) continue
    const kid = `${to.keyId}/${to.version}`
    await catalog.audit.append(actor, 'key.rotated', kid, { epochs: report.epochs.length })
    events.emit('key.rotated', { kid })
  }
  return report
}

/**
 * Ends the current signing key's right to sign, in every chain and for reviews and checkpoints: from here on a new key signs.
 * Finishes a rotation that was interrupted. Throws `conflict`: `reviews_pending`, or `lease_held` while another process does it.
 */
export async function rotateSigning(
  system: SigningSystem,
  step?: Parameters<typeof rotateSigningKey>[0]['step'],
): Promise<SigningRotation> {
  const { keys, signer, chain, catalog, store, config, actor, events } = system
  await using held = await holdLease(catalog.sources, 'keys', 'signing', { owner: `${actor} ${process.pid}`, events })
  if (held === null) {
    throw new AppError('conflict', 'another process rotates the signing key', { reason: 'lease_held' })
  }
  const datasets = [...new Set([...(await datasetsIn(store)), ...Object.keys(config.datasets)])].sort()
  const { reviews } = catalog
  const done = await rotateSigningKey({ keys, signer, chain, reviews, datasets, ...(step !== undefined && { step }) })
  await catalog.audit.append(actor, 'key.rotated', `_signing/${done.key.kid}`, {
    keyid: done.to,
    links: done.links.size,
  })
  events.emit('key.rotated', { kid: `_signing/${done.key.kid}` })
  return done
}

/** Renews the wraps of every key record under the current version; no object is changed. Failures are in the report. */
export async function rewrapKeys(
  system: System,
  { provider, dryRun = false, ...options }: OfProvider & Pick<RewrapOptions, 'resume' | 'signal' | 'onProgress'>,
): Promise<RewrapReport> {
  const { keys, catalog, actor } = system
  const report = await rewrap(keys, { ...options, keyrings: keyringsOf(system, provider), dryRun })
  if (!dryRun) {
    const { records, rewrapped, failed } = report
    const services = provider ?? keys.keyrings.map((keyring) => keyring.provider).join(', ')
    await catalog.audit.append(actor, 'key.rewrapped', services, { records, rewrapped, failed: failed.length })
  }
  return report
}

/**
 * Ends a version, named in full or by its first characters, that nothing depends on any more. Throws `not_found`, `invalid` if
 * several match, `conflict` for the current one and for one that still wraps a record, `denied` if the service cannot end single
 * versions, `not_found` (`key_records_gone`) while the store lacks a record that the catalog knows.
 */
export async function retire(
  system: System,
  named: string,
  { provider, dryRun = false }: OfProvider,
): Promise<KeyVersion & { readonly provider: Provider }> {
  const { keys, catalog, actor } = system
  const { keyring, version } = await findVersion(keyringsOf(system, provider), named)
  await refuseWithoutRecords(system)
  const retired = await retireVersion({ keys, keyring, version, dryRun })
  if (!dryRun) await catalog.audit.append(actor, 'key.retired', `${retired.keyId}/${version}`)
  return { ...retired, provider: keyring.provider }
}

export interface ReencryptChoice extends Pick<ReencryptOptions, 'dryRun' | 'signal'> {
  /** Only this dataset. */
  readonly dataset?: string | undefined
  /** Makes a new epoch key first. */
  readonly newEpoch?: boolean | undefined
  readonly onProgress?:
    | ((done: { readonly dataset: string; readonly at: number; readonly of: number }) => void)
    | undefined
}

/** Encrypts every object again under the current epoch key, one dataset after another. Failures are in the reports. */
export async function* reencrypt(system: SigningSystem, choice: ReencryptChoice): AsyncGenerator<ReencryptReport> {
  const { keys, store, vault, chain, catalog, actor } = system
  const { dryRun = false, newEpoch = false, signal, onProgress } = choice
  const datasets = choice.dataset === undefined ? await datasetsIn(store) : [choice.dataset]
  for (const dataset of datasets) {
    if (signal?.aborted === true) return
    if (newEpoch && !dryRun) await keys.newEpoch(dataset)
    const report = await reencryptDataset({
      dataset,
      store,
      keys,
      vault,
      chain,
      settled: (about) => isSettled(catalog, about),
      dryRun,
      signal,
      onProgress: ({ at, of }) => onProgress?.({ dataset, at, of }),
    })
    const { due, reencrypted, deleted, kid } = report
    if (!dryRun)
      await catalog.audit.append(actor, 'key.reencrypted', `${dataset}/${kid ?? ''}`, { due, reencrypted, deleted })
    yield report
  }
}

/** Whether the row of a link is up to date; true also for a row that does not exist, since it will not return. */
async function isSettled({ windows, reviews }: System['catalog'], { window, review }: Predicate): Promise<boolean> {
  if (window !== undefined) return ((await windows.get(window))?.state ?? 'committed') === 'committed'
  return review === undefined || ((await reviews.get(review))?.state ?? 'applied') === 'applied'
}

/** What the destruction of an epoch key would affect. */
export interface Destruction {
  readonly kid: string
  readonly dataset: string
  /** The objects that nobody could open any more. */
  readonly objects: readonly Subject[]
  /** What would happen to the versions that wrap it. */
  readonly versions: readonly Forgetting[]
}

/** Finds what destroying an epoch key would make unreadable; reads every object. Throws `not_found`. */
export async function planDestruction({ keys, store }: System, kid: string): Promise<Destruction> {
  const { record, objects } = await objectsUnder(kid, { keys, store })
  const versions = await forgetWraps({ keys, record, dryRun: true })
  return { kid, dataset: record.dataset, objects, versions }
}

/** Throws what `destroyKey` would throw, and changes nothing. */
export async function checkDestruction(system: System, { dataset, kid }: Destruction): Promise<void> {
  await refuseWithoutRecords(system)
  await system.keys.destroy(dataset, kid, { dryRun: true })
}

/**
 * Destroys an epoch key: what it encrypted is unreadable from then on, for good. Finally ends the versions that wrapped it, so
 * that a copy of its record opens nothing (not with `keepVersions`). The caller must have shown the plan to the person who
 * decides. Another call finishes what was interrupted. Throws `conflict` while objects may still be encrypted under the key,
 * `invalid` for a signing key.
 */
export async function destroyKey(
  system: SigningSystem,
  { kid, dataset }: Pick<Destruction, 'kid' | 'dataset'>,
  { keepVersions = false }: { readonly keepVersions?: boolean | undefined } = {},
): Promise<{ readonly path: string; readonly report: ShredReport; readonly versions: readonly Forgetting[] }> {
  const { keys, store, signer, catalog, actor } = system
  if (!keepVersions) await refuseWithoutRecords(system)
  const destroyed = await shredKey({ kid, keys, store, signer, by: actor })
  const objects = destroyed.report.subject.length
  await catalog.audit.append(actor, 'key.destroyed', `${dataset}/${kid}`, { objects })
  const record = await recordNow(keys, dataset, kid)
  const versions = record === null ? [] : await forgetWraps({ keys, record, dryRun: keepVersions })
  for (const { outcome, keyId, version } of versions) {
    if (outcome === 'retired') await catalog.audit.append(actor, 'key.retired', `${keyId}/${version}`)
  }
  return { ...destroyed, versions }
}

/**
 * Throws if a record is missing. A copy of the store may have it, and ending the version that wraps it would make it useless
 * there too.
 */
async function refuseWithoutRecords(system: System): Promise<void> {
  const standing = await system.catalog.epochs.standing()
  const gone = recordsGone(standing, await collect(system.keys.list()))
  if (gone.length === 0) return
  const more = gone.length > 1 ? ` and ${gone.length - 1} more` : ''
  const message = `the store has no ${gone[0]}${more}: put the store back first, or no copy of it can be opened any more`
  throw new AppError('not_found', message, { reason: 'key_records_gone' })
}

interface EpochName {
  readonly dataset: string
  readonly kid: string
}

/** Paths of the key records that the catalog knows and that are none of these. */
function recordsGone(standing: readonly EpochName[], listed: readonly EpochName[]): string[] {
  const there = new Set(listed.map(({ dataset, kid }) => recordPath(dataset, kid)))
  return standing.map(({ dataset, kid }) => recordPath(dataset, kid)).filter((path) => !there.has(path))
}

function keyringsOf({ keys }: System, provider: Provider | undefined): readonly Keyring[] {
  const chosen =
    provider === undefined ? keys.keyrings : keys.keyrings.filter((keyring) => keyring.provider === provider)
  if (chosen.length > 0) return chosen
  const configured = keys.keyrings.map((keyring) => keyring.provider).join(', ')
  throw new AppError('invalid', `no key of ${provider ?? 'any service'} is configured; there is ${configured}`)
}
