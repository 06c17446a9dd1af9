import { join } from 'node:path'
import type { CheckLine } from '#core/check.ts'
import type { Config } from '../config/load.ts'
import { createCall } from '#runtime/waiting/dependency.ts'
import type { Events } from '#runtime/process/events.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import { retryingStore } from '#services/encrypt/stores/retrying.ts'
import type { Store } from '#services/encrypt/store.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { emulatorCredential } from './emulator-credential.ts'
import { PACKAGES } from './packages.ts'

export type OpenedStore = Store & { readonly check?: () => Promise<CheckLine[]>; readonly close?: () => void }

/** The store that the configuration names; files in the data folder when it names none. SDKs load only where needed. */
export async function openStore(
  config: Pick<Config, 'store' | 'data' | 'emulator'>,
  events: Events,
): Promise<OpenedStore> {
  if (config.store === undefined) return await openFileStore(join(config.data, 'objects'))
  const store = await openCloudStore(config.store, config.emulator)
  return retryingStore(store, createCall({ name: store.name, events }))
}

async function openCloudStore(store: NonNullable<Config['store']>, emulator: boolean): Promise<OpenedStore> {
  if ('s3' in store) {
    const { openS3Store } = await withPackages(PACKAGES.s3, () => import('#services/encrypt/stores/s3/store.ts'))
    const { kmsKey, ...s3 } = given(store.s3)
    return await openS3Store({ ...s3, emulator, ...(kmsKey !== undefined && { kmsKeyId: kmsKey }) })
  }
  if ('gcs' in store) {
    const { openGcsStore } = await withPackages(PACKAGES.gcs, () => import('#services/encrypt/stores/gcs/store.ts'))
    const { project, endpoint, kmsKey, retentionDays, ...gcs } = given(store.gcs)
    return await openGcsStore({
      ...gcs,
      emulator,
      ...(project !== undefined && { projectId: project }),
      ...(endpoint !== undefined && { apiEndpoint: endpoint }),
      ...(kmsKey !== undefined && { kmsKeyName: kmsKey }),
      ...(retentionDays !== undefined && { retention: { days: retentionDays } }),
    })
  }
  const credential = emulator ? { credential: emulatorCredential() } : {}
  if ('adls' in store) {
    const { openAdlsStore } = await withPackages(PACKAGES.adls, () => import('#services/encrypt/stores/azure/adls.ts'))
    return await openAdlsStore({ ...given(store.adls), ...credential, emulator })
  }
  const { openBlobStore } = await withPackages(PACKAGES.blob, () => import('#services/encrypt/stores/azure/blob.ts'))
  return await openBlobStore({ ...given(store.blob), ...credential, emulator })
}

/** Without the keys that are absent: adapters tell `undefined` from "not given". */
export function given<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}
