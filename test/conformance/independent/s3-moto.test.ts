import {
  CreateBucketCommand,
  PutBucketVersioningCommand,
  PutPublicAccessBlockCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openS3Store, type S3Store } from '#services/encrypt/stores/s3/store.ts'
import { startMoto, type Moto } from '#emulators/moto.ts'
import { S3_EMULATOR_KEY } from '#emulators/s3.ts'
import { DOCUMENTED } from '#emulators/s3/documented-cases.ts'
import { describeStore } from '../store/suite.ts'
import { motoNeeded } from './moto-needed.ts'

const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555'
const { program, skip, why } = motoNeeded()

describe.skipIf(skip)(`S3 by moto, which others wrote${why}`, () => {
  let moto: Moto
  let client: S3Client
  const stores: S3Store[] = []
  let buckets = 0
  beforeAll(async () => {
    moto = await startMoto(program)
    client = new S3Client({
      endpoint: moto.endpoint,
      region: 'us-east-1',
      credentials: S3_EMULATOR_KEY,
      forcePathStyle: true,
      maxAttempts: 1,
    })
  })
  afterAll(async () => {
    for (const store of stores) store.close()
    client.destroy()
    await moto.close()
  })

  const newBucket = async (): Promise<string> => {
    const Bucket = `bucket-${++buckets}`
    await client.send(new CreateBucketCommand({ Bucket }))
    return Bucket
  }
  const open = async (bucket: string) => {
    const connection = { endpoint: moto.endpoint, emulator: true, credentials: S3_EMULATOR_KEY }
    const store = await openS3Store({ bucket, ...connection, kmsKey: KEY })
    stores.push(store)
    return store
  }

  describeStore('s3, over moto', {
    open: async () => {
      const Bucket = await newBucket()
      const block = {
        BlockPublicAcls: true,
        IgnorePublicAcls: true,
        BlockPublicPolicy: true,
        RestrictPublicBuckets: true,
      }
      await client.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration: block }))
      return open(Bucket)
    },
    again: async () => open(`bucket-${buckets}`),
    notAtOnce: 'moto compares versions and writes in two steps, between which another request writes',
  })

  test('a bucket that is not closed to the public is refused', async () => {
    await expect(open(await newBucket())).rejects.toMatchObject({ code: 'invalid', reason: 'public_access_block' })
  })

  for (const { name, versioning, expected, run, moto: differs } of DOCUMENTED) {
    test(`${name}${differs === undefined ? '' : ` (moto ${differs})`}`, async () => {
      const Bucket = await newBucket()
      if (versioning === true) {
        await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }))
      }
      const found = await run(client, Bucket).catch((error: unknown) => error)
      if (differs === undefined) expect(found).toEqual(expected)
      else expect(found, 'moto does it now: take the note away').not.toEqual(expected)
    })
  }
})
