import { BlobServiceClient } from '@azure/storage-blob'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { TokenCredential } from '@azure/identity'
import type { CheckLine } from '#core/check.ts'
import { openAdlsStore } from '#services/encrypt/stores/azure/adls.ts'
import type { AzureStoreOptions } from '#services/encrypt/stores/azure/account.ts'
import { openBlobStore } from '#services/encrypt/stores/azure/blob.ts'
import { startAdls, type AdlsEmulator, type AdlsEmulatorOptions } from '#emulators/adls.ts'
import { startAzurite } from '#emulators/azurite.ts'
import { makeTestTls } from '#emulators/tls.ts'
import { failsWith } from './suite.ts'

const CONTAINER = 'Microsoft.Storage/storageAccounts/blobServices/containers'
const tls = makeTestTls()
const claims = {
  aud: 'https://storage.azure.com',
  exp: 4_102_444_800,
  oid: '1b2c3d4e-0000-4000-8000-000000000001',
  appid: '5d6e7f80-0000-4000-8000-000000000002',
}

/** Hands out a token of the shape that Entra ID issues, signed by nobody. */
function bearer(more: Record<string, unknown> = {}): TokenCredential {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  const token = `${encode({ alg: 'RS256', typ: 'JWT' })}.${encode({ ...claims, ...more })}.${encode({})}`
  return { getToken: async () => ({ token, expiresOnTimestamp: claims.exp * 1000 }) }
}

describe('an identity, over TLS', () => {
  let emulator: AdlsEmulator
  beforeAll(async () => {
    emulator = await startAdls({ tls })
    await container(emulator, 'lake')
  })
  afterAll(() => emulator.close())

  const options = (more: Partial<AzureStoreOptions> = {}): AzureStoreOptions => {
    return { url: emulator.endpoint, container: 'lake', credential: bearer(), ca: tls.ca, ...more }
  }

  it('writes, reads and lists with a bearer token, and no leave to skip anything', async () => {
    const store = await openAdlsStore(options())
    await store.create('clean/d/w', Buffer.from('1'))
    expect(Buffer.from((await store.read('clean/d/w')).bytes).toString()).toBe('1')
    const paths: string[] = []
    for await (const path of store.list('clean/')) paths.push(path)
    expect(paths).toEqual(['clean/d/w'])
  })

  it('is named when it is refused', async () => {
    const store = await openAdlsStore(options())
    emulator.inject({ kind: 'denied', times: 1 })
    const error: unknown = await store.read('clean/d/w').catch((thrown: unknown) => thrown)
    expect(error).toHaveProperty('code', 'denied')
    expect(error).toHaveProperty(
      'message',
      expect.stringContaining(`app ${claims.appid} (object ${claims.oid}) is refused ${CONTAINER}/blobs/read`),
    )
  })

  it.each([
    ['a token that has expired', { exp: 1 }],
    ['a token for something else', { aud: 'https://vault.azure.net' }],
  ])('is denied with %s', async (_, more) => {
    await failsWith('denied', openAdlsStore(options({ credential: bearer(more) })))
  })

  it('is denied when there is no token to be had', async () => {
    const credential: TokenCredential = {
      getToken: () => Promise.reject(Object.assign(new Error('nobody'), { name: 'CredentialUnavailableError' })),
    }
    const error: unknown = await openAdlsStore(options({ credential })).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'denied', reason: 'no_token' })
  })

  it('does not talk to a server whose certificate is not to be trusted', async () => {
    const { ca: _, ...untrusting } = options()
    const before = emulator.calls.length
    const error: unknown = await openAdlsStore(untrusting).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'denied' })
    expect(error).toHaveProperty('message', expect.stringContaining('certificate is not to be trusted'))
    expect(emulator.calls.length).toBe(before)
  })

  it('reads one version or none: an object that is replaced meanwhile is to be read again', async () => {
    const other = await openAdlsStore(options())
    const version = await other.create('keys/large', Buffer.alloc(20 * 1024 * 1024, 1))
    let requests = 0
    const issuer = bearer()
    const replacing: TokenCredential = {
      // a token that is due for renewal is asked for with every request
      async getToken(...args) {
        requests += 1
        if (requests === 3) await other.replace('keys/large', Buffer.alloc(20 * 1024 * 1024, 2), version)
        const token = await issuer.getToken(...args)
        return token === null ? null : { ...token, expiresOnTimestamp: Date.now() - 1 }
      },
    }
    const store = await openAdlsStore(options({ credential: replacing })) // the first request; the second reads
    await failsWith('unavailable', store.read('keys/large'))
    expect((await store.read('keys/large')).bytes.every((byte) => byte === 2)).toBe(true)
  })

  it('is unavailable when nobody listens', async () => {
    const gone = await startAdls({ tls })
    await gone.close()
    await failsWith('unavailable', openAdlsStore(options({ url: gone.endpoint })))
  })
})

describe('encryption scopes', () => {
  it('are asked for on every write and verified on its answer', async () => {
    const emulator = await started({})
    await container(emulator, 'scoped')
    const store = await openAdlsStore({ ...plain(emulator, 'scoped'), encryptionScope: 'credence' })
    await store.create('clean/small', Buffer.from('1'))
    await store.create('clean/large', Buffer.alloc(17 * 1024 * 1024))
    for (const name of ['clean/small', 'clean/large']) {
      const blob = service(emulator).getContainerClient('scoped').getBlobClient(name)
      expect((await blob.getProperties()).encryptionScope).toBe('credence')
    }
  })

  it('that the service does not honour make a write fail, and leave nothing to adopt', async () => {
    const azurite = await startAzurite() // which takes no notice of scopes
    onTestFinished(() => azurite.close())
    await container(azurite, 'scoped')
    const store = await openBlobStore({ ...plain(azurite, 'scoped'), encryptionScope: 'credence' })
    const error: unknown = await store.create('clean/x', Buffer.from('1')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid', reason: 'wrong_encryption_scope' })
    expect(await store.exists('clean/x')).toBe(false)
  })

  it('that the service does not honour are told, and not adopted, where who writes may delete nothing', async () => {
    const azurite = await startAzurite()
    onTestFinished(() => azurite.close())
    await container(azurite, 'scoped')
    const before = await openBlobStore(plain(azurite, 'scoped'))
    const version = await before.create('keys/a', Buffer.from('one'))
    const store = await openBlobStore({ ...plain(azurite, 'scoped'), encryptionScope: 'credence' })
    azurite.inject({ action: `${CONTAINER}/blobs/delete`, kind: 'denied' })
    for (const times of ['once', 'again']) {
      const told: unknown = await store.create('clean/x', Buffer.from('1')).catch((thrown: unknown) => thrown)
      expect(told, times).toMatchObject({ code: 'invalid', reason: 'wrong_encryption_scope' })
      expect(String(told)).toMatch(/not under credence.*stays there until somebody removes it.*blobs\/delete/)
    }
    // what was replaced has no other copy
    const replaced: unknown = await store
      .replace('keys/a', Buffer.from('two'), version)
      .catch((thrown: unknown) => thrown)
    expect(replaced).toMatchObject({ code: 'invalid', reason: 'wrong_encryption_scope' })
    expect(Buffer.from((await before.read('keys/a')).bytes).toString()).toBe('two')
  })

  it('that the container forbids are refused at the start', async () => {
    const emulator = await started({})
    await container(emulator, 'scoped')
    emulator.configure('scoped', { defaultScope: 'theirs', denyScopeOverride: true })
    const error: unknown = await openAdlsStore({ ...plain(emulator, 'scoped'), encryptionScope: 'ours' }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'invalid', reason: 'scope_override_denied' })
    await openAdlsStore({ ...plain(emulator, 'scoped'), encryptionScope: 'theirs' })
  })
})

describe('immutability', () => {
  it('holds what is committed, and neither staging nor keys', async () => {
    const emulator = await started({ hierarchical: false })
    await container(emulator, 'worm')
    emulator.configure('worm', { versionLevelImmutability: true })
    const store = await openBlobStore({ ...plain(emulator, 'worm'), immutabilityDays: 30, immutabilityMode: 'locked' })
    const held = ['clean/d/w', 'quarantine/d/w', 'deadletter/d/w', 'manifests/d/00000001.json']
    const free = ['staging/d/w', 'scores/d/w', 'keys/d/current.json']
    for (const path of [...held, ...free]) await store.create(path, Buffer.from('1'))
    for (const path of [...held, ...free]) {
      const blob = service(emulator).getContainerClient('worm').getBlobClient(path)
      const { immutabilityPolicyExpiresOn: until, immutabilityPolicyMode: mode } = await blob.getProperties()
      const days = until === undefined ? 0 : Math.round((until.getTime() - Date.now()) / 86_400_000)
      expect({ path, days, mode }).toEqual({
        path,
        days: held.includes(path) ? 30 : 0,
        mode: held.includes(path) ? 'locked' : undefined,
      })
    }
  })

  it('that does not take makes a write fail, and leaves nothing to adopt', async () => {
    const emulator = await started({ hierarchical: false })
    await container(emulator, 'worm')
    emulator.configure('worm', { versionLevelImmutability: true })
    const store = await openBlobStore({ ...plain(emulator, 'worm'), immutabilityDays: 30 })
    emulator.configure('worm', {})
    const error: unknown = await store.create('clean/x', Buffer.from('1')).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ code: 'invalid', reason: 'not_immutable' })
    expect(await store.exists('clean/x')).toBe(false)
  })

  it.each([
    ['a container without it', {}, { immutabilityDays: 30 }, 'no_version_immutability'],
    ['a policy over the whole container', { containerImmutability: true }, {}, 'container_immutability'],
  ])('refuses %s', async (_, settings, more, reason) => {
    const emulator = await started({ hierarchical: false })
    await container(emulator, 'worm')
    emulator.configure('worm', settings)
    const error: unknown = await openBlobStore({ ...plain(emulator, 'worm'), ...more }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({ code: 'invalid', reason })
  })

  it('is refused for an account with a hierarchical namespace, and for days that are none', async () => {
    const emulator = await started({})
    await container(emulator, 'worm')
    await failsWith('invalid', openAdlsStore({ ...plain(emulator, 'worm'), immutabilityDays: 30 }))
    await failsWith('invalid', openBlobStore({ ...plain(emulator, 'worm'), immutabilityDays: 0.5 }))
  })
})

describe('check', () => {
  it('finds everything in order, and leaves nothing behind', async () => {
    const emulator = await started({ tls })
    await container(emulator, 'lake')
    const credential = bearer({ upn: 'ada@example.com' })
    const store = await openAdlsStore({ url: emulator.endpoint, container: 'lake', credential, ca: tls.ca })
    const lines = await store.check()
    expect(lines.map(({ what, state }) => `${state} ${what}`)).toEqual([
      'ok container lake',
      'ok identity',
      'ok public access',
      'ok immutability',
      'ok public access of the account',
      `ok permission ${CONTAINER}/read`,
      `ok permission ${CONTAINER}/blobs/read`,
      `ok permission ${CONTAINER}/blobs/write`,
      `ok permission ${CONTAINER}/blobs/read`,
      `ok permission ${CONTAINER}/blobs/delete`,
      'ok encryption at rest',
      'ok versioning',
      'warn soft delete',
      'ok namespace',
    ])
    expect(says(lines, 'identity')).toBe(`user ada@example.com (object ${claims.oid})`)
    const left: string[] = []
    for await (const path of store.list('')) left.push(path)
    expect(left).toEqual([])
  })

  it.each(['read', 'write', 'delete'] as const)('says that %s is missing, whom, and what to do', async (verb) => {
    const emulator = await started({})
    await container(emulator, 'lake')
    const store = await openAdlsStore(plain(emulator, 'lake'))
    emulator.inject({ action: `${CONTAINER}/blobs/${verb}`, kind: 'denied' })
    const lines = await store.check()
    const failed = lines.filter(({ state }) => state === 'failed')
    expect(new Set(failed.map(({ what }) => what))).toEqual(new Set([`permission ${CONTAINER}/blobs/${verb}`]))
    expect(failed[0]?.says).toContain('the key of account devstoreaccount1 is refused')
    expect(failed[0]?.fix).toContain('az role assignment create')
    for (const { what, state } of lines) {
      if (what.startsWith('permission') && !what.endsWith(`/${verb}`)) expect(state, what).toBe('ok')
    }
  })

  it('says what is open to strangers', async () => {
    const emulator = await started({ allowPublicAccess: true })
    await container(emulator, 'lake')
    const store = await openAdlsStore(plain(emulator, 'lake'))
    expect(state(await store.check(), 'public access of the account')).toBe('warn')
    emulator.configure('lake', { publicAccess: 'container' })
    const lines = await store.check()
    expect(state(lines, 'public access of the account')).toBe('failed')
    expect(state(lines, 'public access')).toBe('failed')
  })

  it('says when an account has the other kind of namespace', async () => {
    const emulator = await started({})
    await container(emulator, 'lake')
    const store = await openBlobStore(plain(emulator, 'lake'))
    expect(says(await store.check(), 'namespace')).toBe('account devstoreaccount1 is hierarchical')
  })

  it('says when the container went away, and when nobody answers', async () => {
    const emulator = await started({})
    await container(emulator, 'lake')
    const store = await openAdlsStore(plain(emulator, 'lake'))
    await service(emulator).deleteContainer('lake')
    expect(state(await store.check(), 'container lake')).toBe('failed')
    emulator.inject({ kind: 'torn' })
    expect((await store.check()).map(({ what, state }) => `${state} ${what}`)).toEqual([
      'failed container lake',
      'ok identity',
    ])
  })

  it('says that an encryption scope does not take', async () => {
    const azurite = await startAzurite()
    onTestFinished(() => azurite.close())
    await container(azurite, 'lake')
    const store = await openBlobStore({ ...plain(azurite, 'lake'), encryptionScope: 'credence' })
    const lines = await store.check()
    expect(state(lines, 'encryption at rest')).toBe('failed')
    expect(lines.filter(({ state }) => state === 'failed')).toHaveLength(1)
  })
})

interface Account {
  readonly endpoint: string
  readonly credential: AdlsEmulator['credential']
}

async function started(options: AdlsEmulatorOptions): Promise<AdlsEmulator> {
  const emulator = await startAdls(options)
  onTestFinished(() => emulator.close())
  return emulator
}

function plain(account: Account, name: string): AzureStoreOptions {
  return { url: account.endpoint, container: name, credential: account.credential, emulator: true }
}

function service({ endpoint, credential }: Account): BlobServiceClient {
  return new BlobServiceClient(endpoint, credential)
}

async function container(account: Account & Partial<AdlsEmulator>, name: string): Promise<void> {
  if (account.create === undefined) await service(account).createContainer(name)
  else account.create(name)
}

function says(lines: readonly CheckLine[], what: string): string | undefined {
  return lines.find((line) => line.what === what)?.says
}

function state(lines: readonly CheckLine[], what: string): string | undefined {
  return lines.find((line) => line.what === what)?.state
}
