import { join } from 'node:path'
import type { CheckLine } from '#core/check.ts'
import type { Config } from '../config/load.ts'
import { createCall } from '#runtime/waiting/dependency.ts'
import type { Events } from '#runtime/process/events.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import { retryingStore } from '#services/encrypt/stores/retrying.ts'
import type { Store } from '#services/encrypt/store.ts'
import { checkFileStore } from '#services/encrypt/stores/check-files.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { emulatorCredential } from './emulator-credential.ts'
import { PACKAGES } from './packages.ts'

export type OpenedStore = Store & { readonly check?: () => Promise<CheckLine[]>; readonly close?: () => void }

/** Opens the store that the configuration names; files in the data folder if it names none. SDKs are loaded only if needed. */
export async function openStore(
  config: Pick<Config, 'store' | 'data' | 'emulator'>,
  events: Events,
): Promise<OpenedStore> {
  if (config.store === undefined) {
    const folder = join(config.data, 'objects')
    return { ...(await openFileStore(folder)), check: () => checkFileStore(folder) }
  }
  const store = await openCloudStore(config.store, config.emulator)
  return retryingStore(store, createCall({ name: store.name, events }))
}

async function openCloudStore(store: NonNullable<Config['store']>, emulator: boolean): Promise<OpenedStore> {
  if ('s3' in store) {
    const { openS3Store } = await withPackages(PACKAGES.s3, () => import('#services/encrypt/stores/s3/store.ts'))
    return await openS3Store({ ...store.s3, emulator })
  }
  if ('gcs' in store) {
    const { openGcsStore } = await withPackages(PACKAGES.gcs, () => import('#services/encrypt/stores/gcs/store.ts'))
    return await openGcsStore({ ...store.gcs, emulator })
  }
  const credential = emulator ? emulatorCredential() : undefined
  if ('adls' in store) {
    const { openAdlsStore } = await withPackages(PACKAGES.adls, () => import('#services/encrypt/stores/azure/adls.ts'))
    return await openAdlsStore({ ...store.adls, credential, emulator })
  }
  const { openBlobStore } = await withPackages(PACKAGES.blob, () => import('#services/encrypt/stores/azure/blob.ts'))
  return await openBlobStore({ ...store.blob, credential, emulator })
}
