import { access } from 'node:fs/promises'
import { join } from 'node:path'
import type { z } from 'zod'
import { AppError } from '#core/errors.ts'
import type { DataRecord } from '#core/record.ts'
import { createEvents } from '#runtime/process/events.ts'
import { readLinks, type Link } from '#services/encrypt/chain/chain.ts'
import { followReencrypted } from '#services/encrypt/chain/replacements.ts'
import { openVerifier } from '#services/encrypt/chain/signer.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import { datasetsIn } from '#services/encrypt/chain/verify.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { openLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { keysConfig } from '../config/keys.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { readOnlyFiles } from '#services/encrypt/stores/files.ts'
import { openKeyrings } from '../open/keyrings.ts'
import { openStore, type OpenedStore } from '../open/store.ts'
import { storeSchema } from '../config/schema.ts'

type CloudKeys = Omit<z.input<typeof keysConfig>, 'local' | 'ttlSeconds'>

export interface OpenDatasetOptions {
  /** The name of the dataset; may be left out if the store holds only one. */
  readonly dataset?: string
  /**
   * What unwraps the epoch keys: key services as a configuration names them, or the local keyring. The default is the keyring of
   * the data folder.
   */
  readonly keys?: CloudKeys & {
    readonly local?: { readonly file?: string | undefined; readonly passphrase?: string | undefined } | undefined
  }
  /** Trusted public signing keys in PEM. The default is the keys that the key service holds. */
  readonly publicKey?: string
  /** The digest of a link that the chain must contain, known from elsewhere. A chain that was cut short verifies without it. */
  readonly head?: string
  /** Allows connections without TLS, for emulators. */
  readonly emulator?: boolean
}

/**
 * Yields the admitted records of a dataset, each once, in the order of its source. The location is a data folder, a folder with
 * its objects, `s3://bucket/prefix`, `gs://bucket/prefix`, or a store as a configuration names it. The whole chain is verified
 * before the first record is yielded, and each object against its signed digest before it is opened. Throws `not_found`
 * (`unsigned`) if no link is signed, and `corrupt` for what does not verify or was never scanned. Leaves out revoked and
 * recalled records. Needs no right to write.
 */
export async function* openDataset(
  location: string | z.input<typeof storeSchema>,
  options: OpenDatasetOptions = {},
): AsyncGenerator<DataRecord> {
  const { emulator = false } = options
  const { local, ...services } = options.keys ?? {}
  const named = keysConfig.parse(services)
  const hasService = Object.values(services).some((service) => service !== undefined)
  const events = createEvents()
  const { data, store: place } = await placeOf(location)
  if (data === '' && !hasService && local?.file === undefined)
    throw new AppError('invalid', 'no keys were named: keys: { local: { file } }, or a key service', {
      reason: 'keys',
    })
  const store: OpenedStore =
    typeof place === 'string' ? readOnlyFiles(place) : await openStore({ store: place, data, emulator }, events)
  try {
    const clouds = hasService ? await openKeyrings({ keys: named, emulator, data }, store, events) : []
    const wantsLocal = clouds.length === 0 || local !== undefined
    const [first, ...more]: Keyring[] = [...clouds, ...(wantsLocal ? [await openLocal(data, local)] : [])]
    if (first === undefined) throw new AppError('internal', 'a keyring was opened and is not there')
    const keys = createKeyRecords({ store, keyrings: [first, ...more] })
    const verifier = options.publicKey === undefined ? await openVerifier(keys) : verifierFromPem(options.publicKey)
    const dataset = options.dataset ?? (await onlyDataset(store))
    const vault = followReencrypted(createVault({ store, keys }), { store, verifier })
    const links = signedLinks(dataset, readLinks(store, verifier, dataset), options.head)
    yield* exportAdmitted(dataset, { vault, links })
  } finally {
    store.close?.()
  }
}

async function placeOf(location: string | z.input<typeof storeSchema>) {
  if (typeof location !== 'string') return { store: storeSchema.parse(location), data: '' }
  const [, scheme, bucket = '', prefix = ''] = /^(\w+):\/\/([^/]+)\/?(.*?)\/?$/.exec(location) ?? []
  const below = { bucket, ...(prefix !== '' && { prefix }) }
  if (scheme === 's3') return { store: storeSchema.parse({ s3: below }), data: '' }
  if (scheme === 'gs') return { store: storeSchema.parse({ gcs: below }), data: '' }
  if (scheme !== undefined)
    throw new AppError('invalid', `${scheme}:// is not known: name the store as a configuration does, { adls: … }`)
  if (await isThere(join(location, 'objects', 'manifests'))) return { store: join(location, 'objects'), data: location }
  if (await isThere(join(location, 'manifests'))) return { store: location, data: join(location, '..') }
  throw new AppError('not_found', `${location} holds no signed manifests`, { reason: 'unsigned' })
}

function openLocal(data: string, local: { file?: string | undefined; passphrase?: string | undefined } = {}) {
  const { file = join(data, 'keys', 'keyring.json'), passphrase } = local
  return openLocalKeyring(file, passphrase === undefined ? { keyFile: true } : { passphrase })
}

async function onlyDataset(store: Parameters<typeof datasetsIn>[0]): Promise<string> {
  const [name, ...others] = await datasetsIn(store)
  if (name === undefined) throw new AppError('not_found', 'nothing is signed here', { reason: 'unsigned' })
  if (others.length > 0)
    throw new AppError('invalid', `several datasets are here: name ${[name, ...others].join(' or ')}`)
  return name
}

/** Throws `not_found` if the chain has no link, and `corrupt` if it lacks the link with the digest `head`. */
async function* signedLinks(dataset: string, links: AsyncIterable<Link>, head?: string): AsyncGenerator<Link> {
  let count = 0
  let isWhole = head === undefined
  for await (const link of links) {
    count += 1
    isWhole ||= link.sha256 === head
    yield link
  }
  if (count === 0) throw new AppError('not_found', `${dataset} has no signed link`, { reason: 'unsigned' })
  if (!isWhole) {
    const message = `the chain of ${dataset} lacks the link that was asked for`
    throw new AppError('corrupt', message, { reason: 'chain_truncated' })
  }
}

const isThere = (path: string) =>
  access(path).then(
    () => true,
    () => false,
  )
