import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { GcsStoreOptions } from '#services/encrypt/stores/gcs/options.ts'
import { openGcsStore } from '#services/encrypt/stores/gcs/store.ts'
import { startGcs, type GcsEmulator } from '#emulators/gcs.ts'
import { describeStore, failsWith } from './suite.ts'

const KEY = 'projects/p/locations/eu/keyRings/r/cryptoKeys/training'
const BUCKET = 'training-data'

let gcs: GcsEmulator
beforeAll(async () => {
  gcs = await startGcs({ buckets: [{ name: BUCKET }] })
})
afterEach(() => gcs.clearFaults())
afterAll(() => gcs.close())

const openAt = (prefix: string, options: Partial<GcsStoreOptions> = {}) =>
  openGcsStore({ bucket: BUCKET, prefix, project: 'p', endpoint: gcs.endpoint, emulator: true, ...options })
const openNew = (options: Partial<GcsStoreOptions> = {}) => openAt(randomUUID(), options)

let last = ''
describeStore('gcs', {
  open: () => openAt((last = randomUUID())),
  again: () => openAt(last),
})

/** Incompressible bytes, the same for a seed. */
function noise(length: number, seed = 1): Buffer {
  const random = seededRandom(seed)
  const words = Uint32Array.from({ length: Math.ceil(length / 4) }, () => random.below(2 ** 32))
  return Buffer.from(words.buffer, 0, length)
}

describe('store: gcs', () => {
  it('uploads a large object in acknowledged parts, and reads it in ranges of one generation', async () => {
    const store = await openNew()
    const bytes = noise(20 * 1024 * 1024 + 5)
    const version = await store.create('large', bytes)
    const before = gcs.calls.length
    const read = await store.read('large')
    expect(Buffer.compare(read.bytes, bytes)).toBe(0)
    expect(read.version).toBe(version)
    expect(gcs.calls.slice(before).filter(({ action }) => action === 'storage.objects.get')).toHaveLength(3)
  })

  it('leaves nothing behind when an upload is torn, and the same bytes go through after that', async () => {
    const store = await openNew()
    const bytes = noise(20 * 1024 * 1024)
    gcs.tearUpload(5 * 1024 * 1024)
    await failsWith('unavailable', store.create('large', bytes))
    expect(await store.exists('large')).toBe(false)
    await store.create('large', bytes)
    expect(Buffer.compare((await store.read('large')).bytes, bytes)).toBe(0)
  })

  it('finds what an answer that never came had written', async () => {
    const store = await openNew()
    gcs.inject({ action: 'storage.objects.create', kind: 'torn_after', times: 1 })
    await failsWith('unavailable', store.create('a', noise(100)))
    await failsWith('conflict', store.create('a', noise(100)))
    expect(Buffer.from((await store.read('a')).bytes)).toEqual(noise(100))
  })

  it('refuses bytes that were altered at rest', async () => {
    const prefix = randomUUID()
    const store = await openAt(prefix)
    await store.create('a', noise(1000))
    await store.create('empty', Buffer.alloc(0))
    gcs.damage(BUCKET, `${prefix}/a`)
    await failsWith('corrupt', store.read('a'))
    expect((await store.read('empty')).bytes).toHaveLength(0)
  })

  it('lists more than one page in order', async () => {
    const store = await openNew()
    const paths = Array.from({ length: 1100 }, (_, i) => `m/${String(i).padStart(8, '0')}`)
    for (let i = 0; i < paths.length; i += 50) {
      await Promise.all(paths.slice(i, i + 50).map((path) => store.create(path, Buffer.from(path))))
    }
    const listed: string[] = []
    for await (const path of store.list('m/')) listed.push(path)
    expect(listed).toEqual(paths)
  })

  it.each([
    ['throttled', 'throttled'],
    ['unavailable', 'unavailable'],
    ['torn', 'unavailable'],
    ['denied', 'denied'],
    ['disabled', 'denied'],
    ['destroyed', 'denied'],
  ] as const)('tells %s as %s, whatever is being done', async (kind, code) => {
    const store = await openNew()
    const version = await store.create('a', noise(10))
    gcs.inject({ kind })
    await failsWith(code, store.create('b', noise(10)))
    await failsWith(code, store.create('large', noise(9 * 1024 * 1024)))
    await failsWith(code, store.replace('a', noise(10, 2), version))
    await failsWith(code, store.read('a'))
    await failsWith(code, store.exists('a'))
    await failsWith(code, store.delete('a'))
    await failsWith(code, store.list('')[Symbol.asyncIterator]().next())
  })

  it('calls once and no more: retrying is not its business', async () => {
    const store = await openNew()
    gcs.inject({ kind: 'unavailable' })
    const before = gcs.calls.length
    await failsWith('unavailable', store.create('a', noise(10)))
    await failsWith('unavailable', store.read('a'))
    await failsWith('unavailable', store.create('large', noise(9 * 1024 * 1024)))
    expect(gcs.calls.slice(before).map(({ action }) => action)).toEqual([
      'storage.objects.create',
      'storage.objects.get',
      'storage.objects.create',
    ])
  })

  it('says who lacks which permission on what', async () => {
    const store = await openNew()
    gcs.revoke('storage.objects.create')
    await expect(store.create('a', noise(10))).rejects.toThrow(
      /^creating gs:\/\/training-data\/.*\/a: pipeline@project\.iam\.gserviceaccount\.com lacks storage\.objects\.create/,
    )
  })

  it('asks for the configured key on every write', async () => {
    const store = await openNew({ kmsKey: KEY })
    const version = await store.create('small', noise(10))
    await store.replace('small', noise(11), version)
    await store.create('large', noise(9 * 1024 * 1024))
    const keys = gcs.objects(BUCKET).filter(({ kmsKeyName }) => kmsKeyName === `${KEY}/cryptoKeyVersions/1`)
    expect(keys).toHaveLength(2)
  })

  it('refuses what was encrypted under another key, and takes it away again', async () => {
    const store = await openNew({ kmsKey: KEY })
    const version = await store.create('pointer', noise(10))
    gcs.overrideKey(`${KEY}-2`)
    await expect(store.create('a', noise(10))).rejects.toMatchObject({ code: 'invalid', reason: 'kms_key_mismatch' })
    await expect(store.replace('pointer', noise(10), version)).rejects.toMatchObject({ reason: 'kms_key_mismatch' })
    expect(await store.exists('a')).toBe(false)
  })

  it('says what was refused where it may not take it away, and does not adopt it', async () => {
    const store = await openNew({ kmsKey: KEY })
    gcs.overrideKey(`${KEY}-2`)
    gcs.revoke('storage.objects.delete')
    for (const times of ['once', 'again']) {
      const told: unknown = await store.create('clean/a', noise(10)).catch((error: unknown) => error)
      expect(told, times).toMatchObject({ code: 'invalid', reason: 'kms_key_mismatch' })
      expect(String(told)).toMatch(
        /not projects\/.*stays there until somebody removes it.*lacks storage\.objects\.delete/,
      )
    }
  })

  it('needs the permissions that it checks, and no other', async () => {
    const store = await openNew()
    const version = await store.create('a', noise(10))
    await store.replace('a', noise(11), version)
    await store.read('a')
    for await (const path of store.list('')) expect(path).toBe('a')
    await store.delete('a')
    const used = [...new Set(gcs.calls.map(({ action }) => action))].sort()
    const checked = (await store.check()).flatMap(({ what }) => /^permission (.*)/.exec(what)?.[1] ?? []).sort()
    expect(used).toEqual(checked)
    expect(gcs.calls.at(0)).toEqual({ action: 'storage.buckets.get', resource: `projects/_/buckets/${BUCKET}` })
  })

  it.each([
    ['public access that is not prevented', 'inherited', true],
    ['access lists on objects', 'enforced', false],
  ] as const)('refuses a bucket with %s', async (_, publicAccessPrevention, enabled) => {
    const iamConfiguration = { publicAccessPrevention, uniformBucketLevelAccess: { enabled } }
    gcs.setBucket({ name: 'open', iamConfiguration })
    await expect(openNew({ bucket: 'open' })).rejects.toMatchObject({ code: 'invalid', reason: 'public_bucket' })
    await expect(openNew({ bucket: 'open' })).rejects.toThrow(/gcloud storage buckets update gs:\/\/open/)
  })

  it('refuses to speak in clear to anything but an emulator', async () => {
    await expect(openNew({ emulator: false })).rejects.toMatchObject({ code: 'invalid' })
    await expect(openNew({ kmsKey: 'training' })).rejects.toMatchObject({ code: 'invalid' })
  })

  it('is not led elsewhere by the environment', async () => {
    vi.stubEnv('STORAGE_EMULATOR_HOST', gcs.endpoint)
    try {
      await expect(openGcsStore({ bucket: BUCKET })).rejects.toThrow(/unset it/)
    } finally {
      vi.unstubAllEnvs()
    }
  })

  it('says not_found for a bucket that is not there', async () => {
    await expect(openNew({ bucket: 'elsewhere' })).rejects.toMatchObject({ code: 'not_found' })
  })

  it('checks what it stands on, one line each', async () => {
    const softDeletePolicy = { retentionDurationSeconds: String(30 * 86_400) }
    gcs.setBucket({ name: BUCKET, encryption: { defaultKmsKeyName: KEY }, softDeletePolicy })
    const store = await openNew({ kmsKey: KEY, retentionDays: 30 })
    const states = (await store.check()).map(({ what, state }) => `${what}: ${state}`)
    expect(states).toEqual([
      'bucket gs://training-data: ok',
      'Google identity: unknown',
      'permission storage.buckets.get: ok',
      'permission storage.objects.create: ok',
      'permission storage.objects.get: ok',
      'permission storage.objects.list: ok',
      'permission storage.objects.delete: ok',
      'default encryption key: ok',
      'retention: ok',
      'public access to gs://training-data: ok',
    ])
  })

  it('says how to mend what it finds wrong', async () => {
    gcs.setBucket({ name: 'wrong' })
    const store = await openNew({ bucket: 'wrong', kmsKey: KEY, retentionDays: 30 })
    gcs.setBucket({ name: 'wrong', retentionPolicy: { retentionPeriod: '86400' } })
    gcs.revoke('storage.objects.delete')
    const lines = (await store.check()).filter(({ state }) => state === 'failed' || state === 'warn')
    expect(lines.map(({ what }) => what)).toEqual([
      'permission storage.objects.delete',
      'default encryption key',
      'retention',
    ])
    for (const { fix } of lines) expect(fix).toMatch(/^gcloud storage buckets /)
    gcs.revoke('storage.buckets.get')
    expect((await store.check())[0]).toMatchObject({ state: 'failed' })
  })
})

describe('emulator: gcs', () => {
  it('keeps buckets, objects and uploads under way across starts on one folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-gcs-'))
    try {
      const first = await startGcs({ folder, buckets: [{ name: 'kept' }] })
      const options = { bucket: 'kept', emulator: true, project: 'p' }
      const store = await openGcsStore({ ...options, endpoint: first.endpoint })
      const version = await store.create('a/b', noise(100))
      await first.close()
      const second = await startGcs({ folder })
      const again = await openGcsStore({ ...options, endpoint: second.endpoint })
      expect(await again.read('a/b')).toEqual({ bytes: noise(100), version })
      const next = await again.replace('a/b', noise(5), version)
      expect(BigInt(next) > BigInt(version)).toBe(true)
      await second.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
