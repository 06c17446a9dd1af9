import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer } from 'node:https'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest'
import type { ObjectContext } from '#core/vault.ts'
import type { CheckLine } from '#core/check.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { openS3Store, type S3Store } from '#services/encrypt/stores/s3/store.ts'
import type { S3StoreOptions } from '#services/encrypt/stores/s3/client.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { S3_EMULATOR_KEY, startS3 } from '#emulators/s3.ts'
import type { BucketSettings } from '#emulators/s3/state.ts'

const BLOCKED = { BlockPublicAcls: true, IgnorePublicAcls: true, BlockPublicPolicy: true, RestrictPublicBuckets: true }
const KEY = 'arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555'
const IDENTITY = 'arn:aws:iam::000000000000:user/credence'

const s3 = await startS3()
const stores: S3Store[] = []
let buckets = 0
afterEach(() => s3.clearFaults())
afterAll(async () => {
  for (const store of stores) store.close()
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

describe('opening', () => {
  test.each([
    ['no public access block', { publicAccessBlock: null }, 'public_access_block', /BlockPublicAcls=true/],
    [
      'one protection off',
      { publicAccessBlock: { ...BLOCKED, BlockPublicPolicy: false } },
      'public_access_block',
      /could become public: BlockPublicPolicy off; aws s3api put-public-access-block/,
    ],
    ['a public policy', { policyIsPublic: true }, 'bucket_policy', /makes the bucket public; take "Principal": "\*"/],
  ] as const)('a bucket with %s is refused, with how to fix it', async (_, settings, reason, says) => {
    await expect(open(newBucket(settings))).rejects.toMatchObject({
      code: 'invalid',
      reason,
      message: expect.stringMatching(says) as string,
    })
  })

  test('a policy that is not public is no obstacle', async () => {
    await open(newBucket({ policyIsPublic: false }))
  })

  test('a protection that this identity may not look at is left to check()', async () => {
    s3.inject({ action: 's3:GetBucketPublicAccessBlock', kind: 'denied' })
    const store = await open(newBucket())
    expect(lineIn(await store.check(), 'public access block')).toMatchObject({
      state: 'unknown',
      fix: expect.stringMatching(/^grant /) as string,
    })
  })

  test('a protection that cannot be looked at for a moment keeps the store closed for the moment', async () => {
    s3.inject({ action: 's3:GetBucketPolicyStatus', kind: 'throttled', times: 1 })
    const bucket = newBucket()
    await expect(open(bucket)).rejects.toMatchObject({ code: 'throttled' })
    await open(bucket)
  })

  test('a bucket that does not exist is no absent object', async () => {
    await expect(open('absent-bucket')).rejects.toMatchObject({ code: 'invalid', reason: 'no_such_bucket' })
  })

  test.each([
    [{ endpoint: 'http://s3.internal:9000', emulator: false }, 'insecure_endpoint'],
    [{ stsEndpoint: 'http://sts.internal', endpoint: 'https://s3.internal', emulator: false }, 'insecure_endpoint'],
    [{ endpoint: 's3.internal:9000' }, 'endpoint'],
    [{ bucket: 'Upper_Case' }, 'bucket_name'],
    [{ bucket: 'fast--use1-az4--x-s3' }, 'directory_bucket'],
    [{ prefix: 'a'.repeat(101) }, 'prefix'],
    [{ accountId: '123' }, 'account_id'],
    [{ partBytes: 1024 }, 'part_bytes'],
    [{ partBytes: Number.NaN }, 'part_bytes'],
    [{ objectLock: { mode: 'GOVERNANCE', days: 0 } }, 'lock'],
  ] as const)('the options %j are refused: %s', async (options, reason) => {
    await expect(open(newBucket(), options)).rejects.toMatchObject({ code: 'invalid', reason })
  })

  test('a prefix that leaves the bucket is refused', async () => {
    await expect(open(newBucket(), { prefix: '../a' })).rejects.toMatchObject({ code: 'invalid' })
  })

  test.each([
    ['has a certificate that does not verify', {}, /certificate does not verify \((DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/],
    [
      'speaks TLS 1.1 only',
      { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' },
      /does not speak TLS 1\.2 or newer/,
    ],
  ] as const)('a server that %s is refused, whatever the environment says', async (_, tls, says) => {
    const server = createServer({ ...(await selfSigned()), ...tls }, (_request, answer) => answer.end())
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0')
    try {
      const endpoint = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
      const message = expect.stringMatching(says) as string
      await expect(open(newBucket(), { endpoint })).rejects.toMatchObject({ code: 'invalid', message })
    } finally {
      vi.unstubAllEnvs()
      server.close()
    }
  })
})

describe('refusals', () => {
  test('a secret that is not the right one, and a key that nobody knows', async () => {
    const wrong = { ...S3_EMULATOR_KEY, secretAccessKey: 'wrong' }
    const bucket = newBucket()
    await expect(open(bucket, { credentials: wrong })).rejects.toMatchObject({ code: 'denied' })
    const unknown = { accessKeyId: 'AKIAUNKNOWN', secretAccessKey: 'x' }
    await expect(open(bucket, { credentials: unknown })).rejects.toMatchObject({ code: 'denied' })
  })

  test.each([
    ['s3:PutObject', (store: S3Store) => store.create('clean/d/w', Buffer.from('x'))],
    ['s3:GetObject', (store: S3Store) => store.read('clean/d/w')],
    ['s3:DeleteObject', (store: S3Store) => store.delete('clean/d/w')],
  ])('%s that is missing is named, with the object and the identity', async (action, call) => {
    const bucket = newBucket()
    const store = await open(bucket)
    s3.inject({ action, kind: 'denied' })
    const said = `${action} on s3://${bucket}/clean/d/w: ${IDENTITY} lacks ${action}: grant it`
    await expect(call(store)).rejects.toMatchObject({
      code: 'denied',
      message: expect.stringContaining(said) as string,
    })
  })

  test('a KMS key that is disabled, and one that this identity may not use', async () => {
    const store = await open(newBucket(), { kmsKey: KEY })
    const create = () => store.create('clean/d/w', Buffer.from('x'))
    s3.inject({ action: 'kms:GenerateDataKey', kind: 'disabled', times: 1 })
    await expect(create()).rejects.toMatchObject({ code: 'denied', reason: 'kms_disabled_exception' })
    s3.inject({ action: 'kms:GenerateDataKey', kind: 'destroyed', times: 1 })
    await expect(create()).rejects.toMatchObject({ code: 'denied', reason: 'kms_kmsinvalid_state_exception' })
    s3.inject({ action: 'kms:GenerateDataKey', kind: 'denied', times: 1 })
    const said = `${IDENTITY} lacks kms:GenerateDataKey on ${KEY}`
    await expect(create()).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining(said) as string })
    await create()
    s3.inject({ action: 'kms:Decrypt', kind: 'disabled', times: 1 })
    await expect(store.read('clean/d/w')).rejects.toMatchObject({ code: 'denied' })
  })

  test.each([
    ['throttled', 'throttled'],
    ['unavailable', 'unavailable'],
    ['torn', 'unavailable'],
    ['torn_after', 'unavailable'],
  ] as const)('a call that is %s is %s, and the SDK does not repeat it', async (kind, code) => {
    const store = await open(newBucket())
    await store.create('a', Buffer.from('x'))
    const calls: (() => Promise<unknown>)[] = [
      () => store.create('b', Buffer.from('x')),
      () => store.read('a'),
      () => store.delete('c'),
      () => paths(store),
    ]
    for (const call of calls) {
      const before = s3.calls.length
      s3.inject({ kind, times: 1 })
      await expect(call()).rejects.toMatchObject({ code })
      expect(s3.calls.length).toBe(before + 1)
    }
  })
})

describe('check', () => {
  test('a bucket as it should be', async () => {
    const store = await open(
      newBucket({
        encryption: { algorithm: 'aws:kms', key: KEY },
        versioning: 'Enabled',
        objectLock: true,
        lifecycle: [{ prefix: '', noncurrentDays: 30, abortUploadsAfterDays: 1 }],
      }),
      { kmsKey: KEY, objectLock: { mode: 'GOVERNANCE', days: 30 }, prefix: 'team' },
    )
    const lines = await store.check()
    expect(lines.map(({ what, state, says }) => `${state} ${what}: ${says}`)).toEqual([
      `ok bucket bucket-${buckets}: answers from us-east-1`,
      `ok identity: ${IDENTITY}`,
      'ok permission s3:ListBucket: granted',
      'ok permission s3:PutObject: granted',
      'ok permission s3:GetObject: granted',
      'ok permission s3:PutObjectRetention: granted',
      'ok permission s3:AbortMultipartUpload: granted',
      'ok permission s3:DeleteObject: granted',
      'ok public access block: all four protections are on',
      'ok bucket policy: none; not public',
      `ok default encryption: aws:kms under ${KEY}`,
      'ok versioning: enabled; older versions of keys/ and staging/ expire',
      'ok object lock: GOVERNANCE, 30 days, on clean/, quarantine/, deadletter/, manifests/',
      'ok unfinished uploads: a lifecycle rule removes them',
    ])
    expect(await paths(store)).toEqual([])
  })

  test('each permission that is missing has a line of its own', async () => {
    const store = await open(newBucket({ objectLock: true, versioning: 'Enabled' }), {
      objectLock: { mode: 'GOVERNANCE', days: 1 },
    })
    const actions = [
      's3:PutObject',
      's3:GetObject',
      's3:DeleteObject',
      's3:AbortMultipartUpload',
      's3:PutObjectRetention',
    ]
    for (const action of actions) {
      s3.inject({ action, kind: 'denied' })
      const lines = await store.check()
      expect(lineIn(lines, `permission ${action}`)).toMatchObject({
        state: 'failed',
        says: expect.stringContaining(`${IDENTITY} lacks ${action}`) as string,
        fix: expect.stringMatching(/^grant it/) as string,
      })
      expect(lines.filter(({ state }) => state === 'failed')).toHaveLength(1)
      s3.clearFaults()
    }
  })

  test('a KMS key that may not be used shows where objects are written', async () => {
    const store = await open(newBucket(), { kmsKey: KEY })
    s3.inject({ action: 'kms:GenerateDataKey', kind: 'denied' })
    expect(lineIn(await store.check(), 'permission s3:PutObject')).toMatchObject({
      state: 'failed',
      says: expect.stringContaining(`lacks kms:GenerateDataKey on ${KEY}`) as string,
    })
  })

  test.each([
    ['sts:GetCallerIdentity', 'identity'],
    ['s3:GetEncryptionConfiguration', 'default encryption'],
    ['s3:GetBucketVersioning', 'versioning'],
    ['s3:GetBucketPolicyStatus', 'bucket policy'],
    ['s3:GetBucketObjectLockConfiguration', 'object lock'],
    ['s3:GetLifecycleConfiguration', 'unfinished uploads'],
  ])('without %s, the line on %s says that it is not known', async (action, what) => {
    const store = await open(newBucket())
    s3.inject({ action, kind: 'denied' })
    const lines = await store.check()
    expect(lineIn(lines, what)).toMatchObject({ state: 'unknown' })
    expect(lines.filter(({ state }) => state === 'failed')).toEqual([])
  })

  test('what became unsafe after opening', async () => {
    const bucket = newBucket()
    const store = await open(bucket)
    s3.configure(bucket, { publicAccessBlock: null, policyIsPublic: true, versioning: 'Enabled' })
    const lines = await store.check()
    expect(lineIn(lines, 'public access block')).toMatchObject({ state: 'failed' })
    expect(lineIn(lines, 'bucket policy')).toMatchObject({ state: 'failed' })
    expect(lineIn(lines, 'versioning')).toMatchObject({
      state: 'warn',
      fix: 'add lifecycle rules with NoncurrentVersionExpiration for keys/, staging/',
    })
    expect(lineIn(lines, 'unfinished uploads')).toMatchObject({ state: 'warn' })
  })

  test('a bucket that does not answer is two lines, and nothing is thrown', async () => {
    const store = await open(newBucket())
    s3.inject({ kind: 'torn' })
    expect(await store.check()).toMatchObject([{ state: 'failed' }, { what: 'identity', state: 'unknown' }])
  })
})

test('the vault adopts what it wrote when the answer was lost, from this process and from another', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'credence-s3-'))
  try {
    const store = await open(newBucket())
    const keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
    const keys = createKeyRecords({ store, keyrings: [keyring] })
    await keys.current('mnist')
    const vault = createVault({ store, keys })
    const context: ObjectContext = { dataset: 'mnist', window: 'w1', contract: 'c'.repeat(64), codec: 'jsonl+zstd' }
    const text = Buffer.from('{"id":"a"}\n'.repeat(1000))
    s3.failOperation({ operation: 'PutObject', failure: 'torn_after' })
    await expect(vault.put('clean/mnist/w1', context, text)).rejects.toMatchObject({ code: 'unavailable' })
    const ref = await vault.put('clean/mnist/w1', context, text)
    const other = createVault({ store: await open(`bucket-${buckets}`), keys })
    expect(await other.put('clean/mnist/w1', context, text)).toEqual(ref)
    expect(Buffer.from(await other.open('clean/mnist/w1', context, ref.sha256))).toEqual(text)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})

async function paths(store: S3Store): Promise<string[]> {
  const found: string[] = []
  for await (const object of store.list('')) found.push(object)
  return found
}

function lineIn(lines: readonly CheckLine[], what: string): CheckLine | undefined {
  return lines.find((line) => line.what === what)
}

/** A key and a certificate that nobody vouches for: those that another emulator brings. */
async function selfSigned(): Promise<{ readonly key: string; readonly cert: string }> {
  const at = createRequire(import.meta.url).resolve('kinesis-local/server.json')
  return (JSON.parse(await readFile(at, 'utf8')) as { server: { key: string; cert: string } }).server
}
