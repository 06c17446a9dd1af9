import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, beforeAll } from 'vitest'
import { openBlobStore } from '#services/encrypt/stores/blob.ts'
import { startAzurite, type AzuriteEmulator } from '#test/emulators/azurite.ts'
import { describeStore } from './store-suite.ts'

let azurite: AzuriteEmulator
let containers = 0

beforeAll(async () => {
  azurite = await startAzurite()
})
afterAll(() => azurite.close())

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
