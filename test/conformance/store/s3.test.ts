import { randomBytes } from 'node:crypto'
import {
  GetObjectCommand,
  HeadObjectCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { isAppError } from '#core/errors.ts'
import { openS3Store, type S3Store } from '#services/encrypt/stores/s3/store.ts'
import type { S3StoreOptions } from '#services/encrypt/stores/s3/client.ts'
import type { Store } from '#services/encrypt/store.ts'
import { S3_EMULATOR_KEY, startS3 } from '#emulators/s3.ts'
import type { BucketSettings } from '#emulators/s3/state.ts'
import { describeStore, failsWith } from './suite.ts'

const MIB = 1024 * 1024
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555'

const s3 = await startS3()
const stores: S3Store[] = []
const client = new S3Client({
  endpoint: s3.endpoint,
  region: 'us-east-1',
  credentials: S3_EMULATOR_KEY,
  forcePathStyle: true,
})
let buckets = 0

afterEach(() => s3.clearFaults())
afterAll(async () => {
  for (const store of stores) store.close()
  client.destroy()
  await s3.close()
})

function newBucket(settings: Partial<BucketSettings> = {}): string {
  const name = `bucket-${++buckets}`
  s3.createBucket(name, settings)
  return name
}

async function open(bucket: string, options: Partial<S3StoreOptions> = {}): Promise<S3Store> {
  const connection = { endpoint: s3.endpoint, emulator: true, credentials: S3_EMULATOR_KEY }
  const store = await openS3Store({ bucket, ...connection, ...options })
  stores.push(store)
  return store
}

/** A store over a bucket of its own, that writes what is above 5 MiB in parts. */
const fresh = (settings: Partial<BucketSettings> = {}) => open(newBucket(settings), { partBytes: 5 * MIB })

const current = () => `bucket-${buckets}`
const since = (mark: number) => s3.operations.slice(mark)

async function matches(store: Store, path: string, bytes: Uint8Array): Promise<boolean> {
  return Buffer.compare((await store.read(path)).bytes, bytes) === 0
}

async function errorOf(action: Promise<unknown>): Promise<Error> {
  return action.then(
    () => new Error('nothing was thrown'),
    (error: Error) => error,
  )
}

describeStore('s3', {
  open: async () => open(newBucket()),
  again: async () => open(current()),
})

describeStore('s3, under a prefix and a KMS key, in parts, with versions', {
  open: async () =>
    open(newBucket({ versioning: 'Enabled' }), { prefix: 'team/credence', kmsKey: KEY, partBytes: 5 * MIB }),
  again: async () => open(current(), { prefix: 'team/credence', kmsKey: KEY }),
})

describe('parts', () => {
  const large = randomBytes(22 * MIB + 7)

  test('a large object is written and read in parts', async () => {
    const store = await fresh()
    const mark = s3.operations.length
    const version = await store.create('staging/large', large)
    const parts = Array.from({ length: 5 }, () => 'UploadPart')
    expect(since(mark)).toEqual(['CreateMultipartUpload', ...parts, 'CompleteMultipartUpload'])
    expect(await matches(store, 'staging/large', large)).toBe(true)
    expect(since(mark).filter((name) => name === 'GetObject')).toHaveLength(5)
    const replaced = await store.replace('staging/large', large.subarray(1), version)
    expect((await store.read('staging/large')).version).toBe(replaced)
    await failsWith('conflict', store.replace('staging/large', large, version))
  })

  test.each([
    ['CreateMultipartUpload', 0],
    ['UploadPart', 0],
    ['UploadPart', 3],
    ['CompleteMultipartUpload', 0],
  ])('a failure of %s after %i leaves nothing, and the repeat writes the same bytes', async (operation, skip) => {
    const store = await fresh()
    for (const failure of ['unavailable', 'torn'] as const) {
      s3.failOperation({ operation, failure, skip })
      await failsWith('unavailable', store.create('clean/d/w', large))
      expect(await store.exists('clean/d/w')).toBe(false)
      expect(s3.unfinishedUploads(current())).toBe(0)
    }
    await store.create('clean/d/w', large)
    expect(await matches(store, 'clean/d/w', large)).toBe(true)
  })

  test('a completion that S3 takes back after its 200 is no completion', async () => {
    const store = await fresh()
    s3.failOperation({ operation: 'CompleteMultipartUpload', failure: { status: 200, code: 'InternalError' } })
    await failsWith('unavailable', store.create('clean/d/w', large))
    expect(await store.exists('clean/d/w')).toBe(false)
  })

  test('the first failure is the one that is told when aborting fails too', async () => {
    const store = await fresh()
    s3.failOperation({ operation: 'UploadPart', failure: 'throttled' })
    s3.failOperation({ operation: 'AbortMultipartUpload', failure: 'denied' })
    await failsWith('throttled', store.create('clean/d/w', large))
  })

  test('of concurrent creations in parts exactly one wins, and the others leave nothing', async () => {
    const store = await fresh()
    const bodies = [1, 2, 3].map((byte) => Buffer.alloc(6 * MIB, byte))
    const ends = await Promise.allSettled(bodies.map((body) => store.create('race', body)))
    const won = ends.findIndex(({ status }) => status === 'fulfilled')
    expect(ends.filter((end) => end.status === 'rejected' && isAppError(end.reason, 'conflict'))).toHaveLength(2)
    expect(await matches(store, 'race', bodies[won] ?? Buffer.alloc(0))).toBe(true)
    expect(s3.unfinishedUploads(current())).toBe(0)
  })

  test('parts of two versions are never put together', async () => {
    const store = await fresh()
    await store.create('large', large)
    s3.failOperation({ operation: 'GetObject', skip: 2, failure: { status: 412, code: 'PreconditionFailed' } })
    const error = await errorOf(store.read('large'))
    expect(error).toMatchObject({ code: 'unavailable', reason: 'replaced' })
  })
})

describe('writes without an answer', () => {
  test.each([['small', 100] as const, ['large', 11 * MIB] as const])(
    'a %s object that was written before the connection broke stands: creating it again is a conflict',
    async (_, size) => {
      const store = await fresh()
      const bytes = randomBytes(size)
      const operation = size > 5 * MIB ? 'CompleteMultipartUpload' : 'PutObject'
      s3.failOperation({ operation, failure: 'torn_after' })
      await failsWith('unavailable', store.create('manifests/d/1', bytes))
      await failsWith('conflict', store.create('manifests/d/1', bytes))
      expect(await matches(store, 'manifests/d/1', bytes)).toBe(true)
    },
  )

  test('a write that met another is repeated when it creates, and starts anew when it replaces', async () => {
    const store = await fresh()
    const met = { operation: 'PutObject', failure: { status: 409, code: 'ConditionalRequestConflict' } } as const
    s3.failOperation(met)
    await failsWith('unavailable', store.create('a', Buffer.from('1')))
    const version = await store.create('a', Buffer.from('1'))
    s3.failOperation(met)
    await failsWith('conflict', store.replace('a', Buffer.from('2'), version))
  })
})

describe('integrity', () => {
  test.each([100, 12 * MIB])('%i bytes that changed at rest are corrupt', async (size) => {
    const store = await fresh()
    await store.create('clean/d/w', randomBytes(size))
    s3.damage(current(), 'clean/d/w')
    expect(await errorOf(store.read('clean/d/w'))).toMatchObject({ code: 'corrupt', reason: 'checksum' })
  })

  test('S3 keeps the SHA-256 of what it is sent, and refuses what changed on the way', async () => {
    const store = await fresh()
    await store.create('a', Buffer.from('abc'))
    const head = await client.send(new HeadObjectCommand({ Bucket: current(), Key: 'a', ChecksumMode: 'ENABLED' }))
    expect(head.ChecksumSHA256).toBe('ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=')
    s3.failOperation({ operation: 'PutObject', failure: { status: 400, code: 'BadDigest' } })
    await failsWith('unavailable', store.create('b', Buffer.from('abc')))
  })

  test.each([2 * MIB, 12 * MIB])('an answer of %i bytes that breaks off half way is no object', async (size) => {
    const store = await fresh()
    const bytes = randomBytes(size)
    await store.create('a', bytes)
    for (const skip of size > 5 * MIB ? [1, 2] : [0]) {
      s3.failOperation({ operation: 'GetObject', skip, failure: 'torn_after' })
      await failsWith('unavailable', store.read('a'))
    }
    expect(await matches(store, 'a', bytes)).toBe(true)
  })
})

describe('encryption at rest', () => {
  test.each([100, 6 * MIB])('%i bytes are written under the KMS key that is configured', async (size) => {
    const store = await open(newBucket(), { kmsKey: KEY, partBytes: 5 * MIB })
    await store.create('clean/d/w', Buffer.alloc(size))
    const found = await client.send(new HeadObjectCommand({ Bucket: current(), Key: 'clean/d/w' }))
    expect(found).toMatchObject({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: KEY })
  })

  test('a key may be named by its id', async () => {
    const store = await open(newBucket(), { kmsKey: KEY.split('/')[1] ?? '' })
    await store.create('a', Buffer.from('x'))
  })

  test('without a key, what the bucket does by default is enough', async () => {
    for (const encryption of [{ algorithm: 'AES256' }, { algorithm: 'aws:kms', key: KEY }] as const) {
      await (await fresh({ encryption })).create('a', Buffer.from('x'))
    }
  })

  test.each([
    ['none', KEY],
    ['none', undefined],
    [{ algorithm: 'AES256' }, KEY],
    [{ algorithm: 'aws:kms', key: `${KEY}6` }, KEY],
  ] as const)('an answer that says %j where %s was asked for is refused', async (claimedEncryption, kmsKey) => {
    const options = kmsKey === undefined ? {} : { kmsKey }
    const store = await open(newBucket({ claimedEncryption }), { ...options, partBytes: 5 * MIB })
    for (const size of [1, 6 * MIB]) {
      const error = await errorOf(store.create(`a${size}`, Buffer.alloc(size)))
      expect(error).toMatchObject({ code: 'invalid', reason: 'encryption' })
      expect(await store.exists(`a${size}`), 'what the next attempt would take for its own').toBe(false)
    }
  })

  test('what cannot be taken away is told, and not adopted; what was replaced is left', async () => {
    const bucket = newBucket({ versioning: 'Enabled' })
    const store = await open(bucket, { kmsKey: KEY })
    const version = await store.create('keys/a', Buffer.from('one'))
    s3.configure(bucket, { claimedEncryption: { algorithm: 'AES256' } })
    const replaced = await errorOf(store.replace('keys/a', Buffer.from('two'), version))
    expect(replaced).toMatchObject({ code: 'invalid', reason: 'encryption' })
    expect(await matches(store, 'keys/a', Buffer.from('two'))).toBe(true)

    s3.inject({ action: 's3:DeleteObject', kind: 'denied' })
    const told = await errorOf(store.create('clean/a', Buffer.from('x')))
    expect(told).toMatchObject({ code: 'invalid', reason: 'encryption' })
    expect(told.message).toMatch(/AES256 instead of aws:kms.*stays there until somebody removes it.*s3:DeleteObject/)
    s3.configure(bucket, { claimedEncryption: null })
    expect(await errorOf(store.create('clean/a', Buffer.from('x')))).toMatchObject({ reason: 'encryption' })
  })

  test('only what was refused is taken away, never what somebody wrote since', async () => {
    const bucket = newBucket({ claimedEncryption: 'none' })
    const store = await open(bucket)
    const ours = { Bucket: bucket, Key: 'a' }
    await client.send(new PutObjectCommand({ ...ours, Body: 'theirs' }))
    const deleted = client.send(new DeleteObjectCommand({ ...ours, IfMatch: '"0"' }))
    expect(await errorOf(deleted)).toMatchObject({ name: 'PreconditionFailed' })
    expect(await errorOf(store.create('a', Buffer.from('x')))).toMatchObject({ code: 'conflict' })
    expect(await matches(store, 'a', Buffer.from('theirs'))).toBe(true)
  })

  test('an alias is refused: an answer cannot be compared with it', async () => {
    for (const kmsKey of ['alias/credence', 'arn:aws:kms:us-east-1:000000000000:alias/credence']) {
      expect(await errorOf(open(newBucket(), { kmsKey }))).toMatchObject({ code: 'invalid', reason: 'kms_alias' })
    }
  })
})

describe('object lock', () => {
  test('retains what is committed, while staging is deleted and keys are replaced', async () => {
    const objectLock = { mode: 'COMPLIANCE', days: 30 } as const
    const store = await open(newBucket({ objectLock: true, versioning: 'Enabled' }), { objectLock, partBytes: 5 * MIB })
    const paths = [
      'clean/d/w',
      'quarantine/d/w',
      'deadletter/d/w',
      'manifests/d/1.json',
      'staging/d/w',
      'keys/d/k.json',
    ]
    const locked: string[] = []
    for (const path of paths) {
      await store.create(path, Buffer.alloc(path.startsWith('clean') ? 6 * MIB : 10))
      const object = { Bucket: current(), Key: path }
      const { VersionId, ObjectLockRetainUntilDate: until } = await client.send(new HeadObjectCommand(object))
      const deletion = client.send(new DeleteObjectCommand({ ...object, VersionId }))
      const refused = await deletion.then(
        () => false,
        () => true,
      )
      if (refused) locked.push(path)
      if (refused) expect((until?.getTime() ?? 0) - Date.now()).toBeGreaterThan(29 * 24 * 60 * 60 * 1000)
    }
    expect(locked).toEqual(paths.slice(0, 4))
  })

  test.each([{}, { objectLock: true, versioning: 'Enabled', defaultRetentionDays: 30 }] as const)(
    'a bucket that cannot lock, or locks everything, is refused when objects are to be locked: %j',
    async (settings) => {
      const error = await errorOf(open(newBucket(settings), { objectLock: { mode: 'GOVERNANCE', days: 1 } }))
      expect(error).toMatchObject({ code: 'invalid', reason: 'object_lock' })
    },
  )
})

describe('listing', () => {
  test('goes on over pages, and passes over what is not an object of the store', async () => {
    const store = await open(newBucket(), { prefix: 'team' })
    const paths = Array.from({ length: 1205 }, (_, i) => `staging/d/${String(i).padStart(5, '0')}`)
    for (let i = 0; i < paths.length; i += 100) {
      await Promise.all(paths.slice(i, i + 100).map((path) => store.create(path, Buffer.from('x'))))
    }
    for (const Key of ['team/staging/', 'team/.hidden', 'teammate/x', 'team/a b', 'other']) {
      await client.send(new PutObjectCommand({ Bucket: current(), Key, Body: 'x' }))
    }
    const listed: string[] = []
    for await (const path of store.list('')) listed.push(path)
    expect(listed).toEqual(paths)
  })
})

test('requests carry the account that the bucket must belong to', async () => {
  const store = await open(newBucket(), { accountId: '000000000000' })
  await store.create('a', Buffer.from('x'))
  await failsWith('denied', open(current(), { accountId: '111111111111' }))
  s3.configure(current(), { owner: '222222222222' })
  await failsWith('denied', store.create('b', Buffer.from('x')))
  await failsWith('denied', store.read('a'))
  await failsWith('denied', store.exists('a'))
  await failsWith('denied', store.delete('a'))
  const kept = await client.send(new GetObjectCommand({ Bucket: current(), Key: 'a' }))
  expect(await kept.Body?.transformToString()).toBe('x')
})

test('the permissions that it uses are these', async () => {
  const mark = s3.calls.length
  const store = await open(newBucket({ objectLock: true, versioning: 'Enabled' }), {
    kmsKey: KEY,
    partBytes: 5 * MIB,
    objectLock: { mode: 'GOVERNANCE', days: 1 },
  })
  s3.failOperation({ operation: 'UploadPart', failure: 'unavailable' })
  const large = Buffer.alloc(6 * MIB)
  await failsWith('unavailable', store.create('clean/d/w', large))
  const version = await store.create('clean/d/w', large)
  await store.replace('clean/d/w', large, version)
  await store.read('clean/d/w')
  await store.exists('clean/d/w')
  for await (const path of store.list('clean/')) await store.delete(path)
  const used = s3.calls.slice(mark).map(({ action }) => action)
  expect([...new Set(used)].sort()).toEqual([
    'kms:Decrypt',
    'kms:GenerateDataKey',
    's3:AbortMultipartUpload',
    's3:DeleteObject',
    's3:GetBucketObjectLockConfiguration',
    's3:GetBucketPolicyStatus',
    's3:GetBucketPublicAccessBlock',
    's3:GetObject',
    's3:ListBucket',
    's3:PutObject',
    's3:PutObjectRetention',
  ])
})
