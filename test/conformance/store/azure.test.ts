import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { pathToFileURL } from 'node:url'
import { fc, test as property } from '#test/support/property.ts'
import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { isAppError } from '#core/errors.ts'
import { openAdlsStore } from '#services/encrypt/stores/azure/adls.ts'
import type { AzureStore, AzureStoreOptions } from '#services/encrypt/stores/azure/account.ts'
import { openBlobStore } from '#services/encrypt/stores/azure/blob.ts'
import { startAdls, type AdlsEmulator } from '#emulators/adls.ts'
import { startAzurite, type AzuriteEmulator } from '#emulators/azurite.ts'
import { describeStore, failsWith } from './suite.ts'

const BLOBS = 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs'
const MIB = 1024 * 1024

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
afterEach(() => {
  azurite.clearFaults()
  adls.clearFaults()
})

const kinds = [
  { kind: 'blob', emulator: () => azurite, openStore: openBlobStore },
  { kind: 'adls', emulator: () => adls, openStore: openAdlsStore },
] as const

describe.each(kinds)('$kind', ({ kind, emulator, openStore }) => {
  const options = (more: Partial<AzureStoreOptions> = {}): AzureStoreOptions => ({
    url: emulator().endpoint,
    container: `credence-${containers}`,
    credential: emulator().credential,
    emulator: true,
    ...more,
  })
  const service = () => new BlobServiceClient(emulator().endpoint, emulator().credential)
  const open = async (more: Partial<AzureStoreOptions> = {}): Promise<AzureStore> => {
    containers += 1
    await service().createContainer(`credence-${containers}`)
    return openStore(options(more))
  }

  describeStore(kind, { open, again: async () => openStore(options()) })

  it('lets one of several writers of a large object win, and mixes none of their blocks', async () => {
    const store = await open()
    const other = await openStore(options())
    const offers = [1, 2, 3, 4].map((fill) => Buffer.alloc(17 * MIB + fill, fill))
    const outcomes = await Promise.all(
      offers.map(async (offer, i) => {
        try {
          return await (i % 2 === 0 ? store : other).create('clean/d/w', offer)
        } catch (error) {
          if (isAppError(error, 'conflict') || isAppError(error, 'unavailable')) return null
          throw error
        }
      }),
    )
    expect(outcomes.filter((version) => version !== null)).toHaveLength(1)
    const { bytes, version } = await store.read('clean/d/w')
    const winner = outcomes.findIndex((outcome) => outcome !== null)
    expect(version).toBe(outcomes[winner])
    expect(Buffer.compare(bytes, offers[winner] ?? Buffer.alloc(0))).toBe(0)
  })

  it('shows nothing of a writer that is killed in the middle, and lets the next one write', async () => {
    const store = await open()
    const module = pathToFileURL(path.resolve(`services/encrypt/stores/azure/${kind}.ts`)).href
    const { accountName } = emulator().credential
    const script = `import { ${openStore.name} } from ${JSON.stringify(module)}
      import { StorageSharedKeyCredential } from '@azure/storage-blob'
      const credential = new StorageSharedKeyCredential(${JSON.stringify(accountName)}, process.env.STORAGE_KEY)
      const store = await ${openStore.name}({ ...${JSON.stringify({ ...options(), credential: undefined })}, credential })
      await store.create('clean/d/w', Buffer.alloc(${96 * MIB}, 1))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, STORAGE_KEY: emulator().key },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    const resource = `containers/credence-${containers}/blobs/clean/d/w`
    const writes = () =>
      emulator().calls.filter((call) => call.resource === resource && call.action === `${BLOBS}/write`)
    const ended = once(child, 'exit')
    const early = ended.then(() => expect.unreachable('the writer ended before it was killed'))
    await Promise.race([
      early,
      expect.poll(() => writes().length, { timeout: 200_000, interval: 2 }).toBeGreaterThan(4),
    ])
    child.kill('SIGKILL')
    await ended
    expect(await store.exists('clean/d/w')).toBe(false)
    await failsWith('not_found', store.read('clean/d/w'))
    expect(await collect(store.list(''))).toEqual([])
    await store.create('clean/d/w', Buffer.alloc(20 * MIB, 2))
    expect((await store.read('clean/d/w')).bytes).toHaveLength(20 * MIB)
  })

  it('says unavailable when the connection breaks; what was done before stays done', async () => {
    const store = await open()
    emulator().inject({ action: `${BLOBS}/write`, kind: 'torn', times: 1 })
    await failsWith('unavailable', store.create('a', Buffer.from('1')))
    expect(await store.exists('a')).toBe(false)
    emulator().inject({ action: `${BLOBS}/write`, kind: 'torn_after', times: 1 })
    await failsWith('unavailable', store.create('a', Buffer.from('1')))
    await failsWith('conflict', store.create('a', Buffer.from('1')))
    expect(Buffer.from((await store.read('a')).bytes).toString()).toBe('1')
  })

  it.each([
    ['throttled', 'throttled', 'ServerBusy'],
    ['denied', 'denied', 'AuthorizationPermissionMismatch'],
    ['unavailable', 'unavailable', 'InternalError'],
    ['disabled', 'denied', 'KeyVaultEncryptionKeyNotFound'],
  ] as const)('maps %s, once, whatever was called', async (fault, code, reason) => {
    const store = await open()
    const version = await store.create('a/b', Buffer.from('1'))
    emulator().inject({ kind: fault })
    const before = emulator().calls.length
    const calls = [
      () => store.create('a/c', Buffer.from('1')),
      () => store.replace('a/b', Buffer.from('2'), version),
      () => store.read('a/b'),
      () => store.exists('a/b'),
      () => store.delete('a/b'),
      () => collect(store.list('')),
    ]
    for (const call of calls) {
      const error: unknown = await call().catch((thrown: unknown) => thrown)
      expect(error).toMatchObject({ name: 'AppError', code, reason })
    }
    expect(emulator().calls.length - before, 'no call was repeated').toBe(calls.length)
  })

  it('names the action, the path, the container, the account and the identity that were refused', async () => {
    const store = await open()
    emulator().inject({ action: `${BLOBS}/delete`, kind: 'denied' })
    const error: unknown = await store.delete('staging/d/w').catch((thrown: unknown) => thrown)
    expect(error).toHaveProperty(
      'message',
      `deleting staging/d/w in container credence-${containers} of account devstoreaccount1: AuthorizationPermissionMismatch: the key of account devstoreaccount1 is refused ${BLOBS}/delete; give it the role "Storage Blob Data Contributor" on this container`,
    )
  })

  it('does not take a container that is gone for an object that is not there', async () => {
    const store = await open()
    await service().deleteContainer(`credence-${containers}`)
    await failsWith('invalid', store.exists('a'))
    await failsWith('invalid', store.read('a'))
    await failsWith('invalid', store.delete('a'))
    await failsWith('invalid', collect(store.list('')))
    await failsWith('invalid', openStore(options()))
  })

  it('reads large objects in parts, a few at a time', async () => {
    const store = await open()
    const large = Buffer.from(Uint32Array.from({ length: (41 * MIB) / 4 }, (_, i) => i * 7).buffer)
    await store.create('clean/d/large', large)
    const before = emulator().calls.length
    const { bytes } = await store.read('clean/d/large')
    expect(Buffer.compare(bytes, large)).toBe(0)
    expect(emulator().calls.length - before).toBe(6)
  })

  it('refuses a container that anybody may read', async () => {
    containers += 1
    await service().createContainer(`credence-${containers}`, { access: 'blob' })
    const error: unknown = await openStore(options()).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid', reason: 'public_access' })
  })

  it.each([
    ['plain HTTP', { emulator: false }],
    ['no address', { url: 'somewhere' }],
    ['another scheme', { url: 'ftp://account.blob.core.windows.net' }],
    ['a token in the address', { url: 'https://account.blob.core.windows.net?sv=2024&sig=x' }],
    ["another account's address", { account: 'another' }],
    ['no container name', { container: 'No_Container' }],
    ['a prefix that leaves', { prefix: '../x' }],
  ])('refuses %s before any call', async (_, more) => {
    const before = emulator().calls.length
    await failsWith('invalid', openStore(options(more)))
    expect(emulator().calls.length).toBe(before)
  })

  it('stays below its prefix', async () => {
    await open()
    const store = await openStore(options({ prefix: 'tenants/a' }))
    const other = await openStore(options({ prefix: 'tenants/a-b' }))
    await store.create('clean/x', Buffer.from('1'))
    await other.create('clean/y', Buffer.from('2'))
    expect(await collect(store.list(''))).toEqual(['clean/x'])
    expect(await collect(other.list(''))).toEqual(['clean/y'])
    expect(await collect((await openStore(options())).list(''))).toEqual(['tenants/a-b/clean/y', 'tenants/a/clean/x'])
  })

  const segment = fc.stringMatching(/^[a-c0=_-][a-b.=-]{0,2}$/)
  const paths = fc.uniqueArray(
    fc.array(segment, { minLength: 1, maxLength: 3 }).map((parts) => parts.join('/')),
    {
      maxLength: 25,
    },
  )
  property.prop([paths], { numRuns: 15, seed: 3 })('lists any paths in code-unit order', async (drawn) => {
    const files = drawn.filter((file) => !drawn.some((other) => other.startsWith(`${file}/`)))
    const store = await open()
    for (const file of files) await store.create(file, Buffer.from('x'))
    expect(await collect(store.list(''))).toEqual(files.toSorted())
    for (const prefix of ['a', 'a/', 'b-']) {
      expect(await collect(store.list(prefix))).toEqual(files.filter((file) => file.startsWith(prefix)).toSorted())
    }
  })

  it('needs four data actions, and no other', async () => {
    const before = emulator().calls.length
    const store = await open()
    const version = await store.create('keys/d/k', Buffer.from('1'))
    await store.replace('keys/d/k', Buffer.alloc(17 * MIB), version)
    await store.read('keys/d/k')
    await collect(store.list(''))
    await store.delete('keys/d/k')
    const made = emulator().calls.slice(before + 1) // behind the creation of the container, which is not the store's
    const container = 'Microsoft.Storage/storageAccounts/blobServices/containers'
    expect(new Set(made.map(({ action }) => action))).toEqual(
      new Set([`${container}/read`, `${BLOBS}/read`, `${BLOBS}/write`, `${BLOBS}/delete`]),
    )
  })
})

// The emulator of our own as a flat account: what the suite says of the Blob store on Azurite, it must say on this.
let flat: AdlsEmulator
describe('a flat account of the other emulator', () => {
  beforeAll(async () => {
    flat = await startAdls({ hierarchical: false, pageSize: 7 })
  })
  afterAll(() => flat.close())
  const options = () => {
    return { url: flat.endpoint, container: `credence-${containers}`, credential: flat.credential, emulator: true }
  }
  describeStore('blob', {
    open: async () => {
      containers += 1
      flat.create(`credence-${containers}`)
      return openBlobStore(options())
    },
    again: async () => openBlobStore(options()),
  })
})

describe('what only one of them can show', () => {
  it('says corrupt of bytes that changed at rest', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-adls-'))
    onTestFinished(() => rm(folder, { recursive: true, force: true }))
    const own = await startAdls({ folder })
    onTestFinished(() => own.close())
    await new BlobServiceClient(own.endpoint, own.credential).createContainer('damaged')
    const store = await openAdlsStore({
      url: own.endpoint,
      container: 'damaged',
      credential: own.credential,
      emulator: true,
    })
    await store.create('clean/x', Buffer.from('as written'))
    const [file = ''] = await readdir(path.join(folder, 'data'))
    await writeFile(path.join(folder, 'data', file), 'as damaged')
    await failsWith('corrupt', store.read('clean/x'))
  })

  it('takes no directory of a hierarchical account for an object', async () => {
    containers += 1
    const service = new BlobServiceClient(adls.endpoint, adls.credential)
    await service.createContainer(`credence-${containers}`)
    const store = await openAdlsStore({
      url: adls.endpoint,
      container: `credence-${containers}`,
      credential: adls.credential,
      emulator: true,
    })
    await store.create('a/b/c', Buffer.from('1'))
    await store.delete('a/b')
    expect(await store.exists('a/b/c')).toBe(true)
    await failsWith('conflict', store.create('a/b', Buffer.from('2')))
    await store.delete('a/b/c')
    expect(await collect(store.list(''))).toEqual([])
  })

  it('lists lazily: a page for each level that it is in', async () => {
    containers += 1
    const service = new BlobServiceClient(adls.endpoint, adls.credential)
    await service.createContainer(`credence-${containers}`)
    const options = {
      url: adls.endpoint,
      container: `credence-${containers}`,
      credential: adls.credential,
      emulator: true,
    }
    const store = await openAdlsStore(options)
    for (let i = 0; i < 30; i++) await store.create(`m/d/${String(i).padStart(8, '0')}`, Buffer.from('x'))
    const before = adls.calls.length
    const seen: string[] = []
    for await (const found of store.list('m/d/')) if (seen.push(found) === 3) break
    expect(seen).toEqual(['m/d/00000000', 'm/d/00000001', 'm/d/00000002'])
    expect(adls.calls.length - before).toBe(1)
    expect(await collect(store.list('m/'))).toHaveLength(30)
    expect(adls.calls.length - before).toBe(1 + 1 + 5) // one for m/, five of seven at most for m/d/
  })

  it('refuses to list a hierarchical account as a flat one', async () => {
    containers += 1
    const service = new BlobServiceClient(adls.endpoint, adls.credential)
    await service.createContainer(`credence-${containers}`)
    const options = {
      url: adls.endpoint,
      container: `credence-${containers}`,
      credential: adls.credential,
      emulator: true,
    }
    const store = await openBlobStore(options)
    await store.create('a/b', Buffer.from('1'))
    const error: unknown = await collect(store.list('')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid', reason: 'hierarchical_namespace' })
  })
})

async function collect(paths: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = []
  for await (const found of paths) list.push(found)
  return list
}
