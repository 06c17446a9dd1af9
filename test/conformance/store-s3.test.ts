import { afterAll } from 'vitest'
import { openS3Store, type S3Store } from '#services/encrypt/stores/s3.ts'
import { S3_EMULATOR_KEY, startS3 } from '#test/emulators/s3.ts'
import { describeStore } from './store-suite.ts'

const s3 = await startS3()
const stores: S3Store[] = []
afterAll(async () => {
  for (const store of stores) store.close()
  await s3.close()
})
let buckets = 0
const open = async (bucket: string) => {
  const store = await openS3Store({ bucket, endpoint: s3.endpoint, emulator: true, credentials: S3_EMULATOR_KEY })
  stores.push(store)
  return store
}
describeStore('s3', {
  open: async () => {
    s3.createBucket(`bucket-${++buckets}`)
    return open(`bucket-${buckets}`)
  },
  again: async () => open(`bucket-${buckets}`),
})
