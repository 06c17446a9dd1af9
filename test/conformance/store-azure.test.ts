import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, beforeAll } from 'vitest'
import { openAdlsStore } from '#services/encrypt/stores/adls.ts'
import { openBlobStore } from '#services/encrypt/stores/blob.ts'
import { startAdls, type AdlsEmulator } from '#test/emulators/adls.ts'
import { startAzurite, type AzuriteEmulator } from '#test/emulators/azurite.ts'
import { describeStore } from './store-suite.ts'

let azurite: AzuriteEmulator
let adls: AdlsEmulator
let containers = 0

beforeAll(async () => {
  azurite = await startAzurite()
  adls = await startAdls({ pageSize: 7 })
})
afterAll(async () => {
  await azurite.close()
  await adls.close()
})

const blobOptions = () => ({
  url: azurite.endpoint,
  container: `credence-${containers}`,
  credential: azurite.credential,
  emulator: true,
})

describeStore('blob', {
  open: async () => {
    containers += 1
    const service = new BlobServiceClient(azurite.endpoint, azurite.credential)
    await service.createContainer(`credence-${containers}`)
    return openBlobStore(blobOptions())
  },
  again: async () => openBlobStore(blobOptions()),
})

const adlsOptions = () => ({ ...blobOptions(), url: adls.endpoint, credential: adls.credential })

describeStore('adls', {
  open: async () => {
    containers += 1
    const service = new BlobServiceClient(adls.endpoint, adls.credential)
    await service.createContainer(`credence-${containers}`)
    return openAdlsStore(adlsOptions())
  },
  again: async () => openAdlsStore(adlsOptions()),
})
