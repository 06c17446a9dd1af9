import { join } from 'node:path'
import { AppError, isAppError } from '#core/errors.ts'
import { folderPath } from '#core/layout.ts'
import type { Config } from '../config/load.ts'
import { createCall } from '#runtime/waiting/dependency.ts'
import type { Events } from '#runtime/process/events.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { createLocalKeyring, openLocalKeyring, type LocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { retryingKeyring } from '#services/encrypt/keys/retrying.ts'
import type { Store } from '#services/encrypt/store.ts'
import { emulatorCredential } from './emulator-credential.ts'
import { PACKAGES } from './packages.ts'

/** Opens every keyring that the configuration names, the clouds' first; the local one if it names none. */
export async function openKeyrings(
  config: Pick<Config, 'keys' | 'data' | 'emulator'>,
  store: Store,
  events: Events,
): Promise<readonly [Keyring, ...Keyring[]]> {
  const { awskms, keyvault, gcpkms, local } = config.keys
  const { emulator } = config
  const clouds: Keyring[] = []
  if (awskms !== undefined) {
    const { createAwsKmsKeyring } = await withPackages(
      PACKAGES.awskms,
      () => import('#services/encrypt/keys/awskms/keyring.ts'),
    )
    const { region = await surroundingRegion(), endpoint } = awskms
    // an emulator's endpoint also answers for STS, which reports the caller's identity
    const stsEndpoint = emulator ? endpoint : undefined
    clouds.push(createAwsKmsKeyring({ ...awskms, region, stsEndpoint, emulator }))
  }
  if (keyvault !== undefined) {
    const { createKeyVaultKeyring } = await withPackages(
      PACKAGES.keyvault,
      () => import('#services/encrypt/keys/keyvault/keyring.ts'),
    )
    const credential = emulator ? emulatorCredential() : undefined
    clouds.push(createKeyVaultKeyring({ ...keyvault, credential, emulator }))
  }
  if (gcpkms !== undefined) {
    const { createGcpKmsKeyring } = await withPackages(
      PACKAGES.gcpkms,
      () => import('#services/encrypt/keys/gcpkms/keyring.ts'),
    )
    clouds.push(createGcpKmsKeyring({ ...gcpkms, emulator }))
  }
  const retried = clouds.map((keyring) => retryingKeyring(keyring, createCall({ name: keyring.provider, events })))
  const [first, ...more] = local === undefined ? retried : [...retried, await openLocal(config, store)]
  return first === undefined ? [await openLocal(config, store)] : [first, ...more]
}

/** The region as the SDK finds it: AWS_REGION, then the profile's region. */
async function surroundingRegion(): Promise<string | undefined> {
  const { KMSClient } = await withPackages(PACKAGES.awskms, () => import('@aws-sdk/client-kms'))
  const client = new KMSClient({})
  try {
    return await client.config.region()
  } catch {
    return undefined // the key's name may contain it
  } finally {
    client.destroy()
  }
}

/**
 * Opens the local keyring. A new one is made only if nothing was encrypted yet: a missing keyring must be restored, not
 * replaced.
 */
async function openLocal(config: Pick<Config, 'keys' | 'data'>, store: Store): Promise<LocalKeyring> {
  const passphrase = config.keys.local?.passphrase
  const secret = passphrase === undefined ? ({ keyFile: true } as const) : { passphrase }
  const file = join(config.data, 'keys', 'keyring.json')
  try {
    return await openLocalKeyring(file, secret)
  } catch (error) {
    if (!isAppError(error, 'not_found') || error.reason === 'key_file') throw error
    for await (const path of store.list(folderPath('keys'))) {
      const { wraps } = JSON.parse(Buffer.from((await store.read(path)).bytes).toString('utf8')) as { wraps?: unknown }
      if (!JSON.stringify(wraps ?? []).includes('"local"')) continue
      throw new AppError('not_found', `${file} is gone, but ${path} is wrapped by it: put it back from your backup`, {
        reason: 'keyring_missing',
        cause: error,
      })
    }
    return createLocalKeyring(file, secret)
  }
}
