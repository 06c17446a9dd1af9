import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import { credentials } from '@grpc/grpc-js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createGcpKmsKeyring, type GcpKmsKeyring, type GcpKmsOptions } from '#services/encrypt/keys/gcpkms/keyring.ts'
import { startGcpKms, type GcpKmsEmulator } from '#emulators/gcp-kms.ts'
import { makeTestTls } from '#emulators/tls.ts'
import { describeKeyring, describeRemoteKeyring } from './suite.ts'

const CONTEXT = { dataset: 'mnist', kid: '00112233445566778899aabbccddeeff' }
const ENCRYPT = 'cloudkms.cryptoKeyVersions.useToEncrypt'
const DECRYPT = 'cloudkms.cryptoKeyVersions.useToDecrypt'
const PARENT = 'projects/p/locations/europe-west3'
const RING = `${PARENT}/keyRings/credence`

let kms: GcpKmsEmulator
let admin: KeyManagementServiceClient
const opened: GcpKmsKeyring[] = []
beforeAll(async () => {
  kms = await startGcpKms()
  admin = adminOf(kms)
  await admin.createKeyRing({ parent: PARENT, keyRingId: 'credence', keyRing: {} })
})
afterAll(async () => {
  for (const keyring of opened) await keyring.close()
  await admin.close()
  await kms.close()
})
beforeEach(() => kms.clearFaults())

function adminOf({ endpoint }: GcpKmsEmulator): KeyManagementServiceClient {
  const { hostname: apiEndpoint, port } = new URL(endpoint)
  const sslCreds = credentials.createInsecure()
  return new KeyManagementServiceClient({ apiEndpoint, port: Number(port), sslCreds, auth: authOf({}) })
}

/** Credentials that name somebody, and prove nothing: none are sent to an emulator. */
function authOf(
  named: { readonly client_email?: string },
  client: object | null = null,
): NonNullable<GcpKmsOptions['auth']> {
  const auth: unknown = {
    getClient: () => Promise.resolve(client),
    getCredentials: () => Promise.resolve(named),
    getUniverseDomain: () => Promise.resolve('googleapis.com'),
  }
  return auth as NonNullable<GcpKmsOptions['auth']>
}

let names = 0
async function newKeyName(cryptoKey = {}): Promise<string> {
  const cryptoKeyId = `key-${++names}`
  await admin.createCryptoKey({
    parent: RING,
    cryptoKeyId,
    cryptoKey: { purpose: 'ENCRYPT_DECRYPT', ...cryptoKey },
  })
  return `${RING}/cryptoKeys/${cryptoKeyId}`
}

function keyringOf(keyName: string, more: Partial<GcpKmsOptions> = {}): GcpKmsKeyring {
  const keyring = createGcpKmsKeyring({ key: keyName, endpoint: kms.endpoint, emulator: true, ...more })
  opened.push(keyring)
  return keyring
}

async function setState(name: string, state: 'ENABLED' | 'DISABLED'): Promise<void> {
  await admin.updateCryptoKeyVersion({ cryptoKeyVersion: { name, state }, updateMask: { paths: ['state'] } })
}

describeKeyring('Cloud KMS', {
  open: async () => keyringOf(await newKeyName()),
  rotate: async (keyring) => {
    await keyring.rotate?.()
  },
})

describeRemoteKeyring('Cloud KMS', {
  open: async () => keyringOf(await newKeyName()),
  emulator: () => kms,
  permissions: { wrap: ENCRYPT, unwrap: DECRYPT },
  disable: (keyId, version) => setState(`${keyId}/cryptoKeyVersions/${version}`, 'DISABLED'),
  enable: (keyId, version) => setState(`${keyId}/cryptoKeyVersions/${version}`, 'ENABLED'),
})

describe('keyring: Cloud KMS, what is its own', () => {
  test('a wrap is made under the full name of the primary version; unwrapping is one call', async () => {
    const name = await newKeyName()
    const keyring = keyringOf(name)
    const before = kms.calls.length
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await keyring.unwrap(wrap, CONTEXT)
    expect(wrap).toMatchObject({ keyId: name, version: '1' })
    expect(kms.calls.slice(before)).toEqual([
      { action: 'cloudkms.cryptoKeys.get', resource: name },
      { action: ENCRYPT, resource: `${name}/cryptoKeyVersions/1` },
      { action: DECRYPT, resource: name },
    ])
  })

  test.each([
    ['request', 'wrap'],
    ['answer', 'wrap'],
    ['unchecked', 'wrap'],
    ['request', 'unwrap'],
    ['answer', 'unwrap'],
    ['unchecked', 'unwrap'],
  ] as const)(
    'a damaged %s is found by its checksum when it comes to %s, and is worth another try',
    async (damage, op) => {
      const keyring = keyringOf(await newKeyName())
      const key = randomBytes(32)
      const wrap = await keyring.wrap(key, CONTEXT)
      kms.damageNext(damage)
      const attempt = op === 'wrap' ? keyring.wrap(key, CONTEXT) : keyring.unwrap(wrap, CONTEXT)
      await expect(attempt).rejects.toMatchObject({ code: 'unavailable', reason: 'checksum' })
      expect(Buffer.from(await keyring.unwrap(wrap, CONTEXT))).toEqual(key)
    },
  )

  test('a record that names another version than made its wrap is refused', async () => {
    const keyring = keyringOf(await newKeyName())
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await keyring.rotate()
    await expect(keyring.unwrap({ ...wrap, version: '2' }, CONTEXT)).rejects.toMatchObject({
      code: 'corrupt',
      reason: 'wrong_context',
    })
  })

  test('versions are listed over all pages, oldest first; rotating makes a new one primary', async () => {
    const keyring = keyringOf(await newKeyName())
    for (let i = 0; i < 10; i++) await keyring.rotate()
    const versions = await keyring.versions()
    expect(versions.map(({ version }) => version)).toEqual(Array.from({ length: 11 }, (_, i) => String(i + 1)))
    expect((await keyring.current()).version).toBe('11')
  })

  test('a version that takes its time to be made becomes primary when it is, not before', async () => {
    const slow = await startGcpKms({ generationLooks: 3 })
    const at = adminOf(slow)
    await at.createKeyRing({ parent: PARENT, keyRingId: 'credence', keyRing: {} })
    await at.createCryptoKey({ parent: RING, cryptoKeyId: 'hsm', cryptoKey: { purpose: 'ENCRYPT_DECRYPT' } })
    const options = { endpoint: slow.endpoint, generationPollMs: 1 }
    const keyring = keyringOf(`${RING}/cryptoKeys/hsm`, options)
    expect(await keyring.rotate()).toMatchObject({ version: '2' })
    const hasty = keyringOf(`${RING}/cryptoKeys/hsm`, { ...options, generationPolls: 1 })
    await expect(hasty.rotate()).rejects.toMatchObject({ code: 'unavailable', reason: 'rotation_in_progress' })
    expect(await keyring.current()).toMatchObject({ version: '2' })
    await at.close()
    await slow.close()
  })

  test('retiring schedules the end of a version, which can be called off; the primary one cannot be retired', async () => {
    const name = await newKeyName()
    const keyring = keyringOf(name)
    const wrap = await keyring.wrap(randomBytes(32), CONTEXT)
    await expect(keyring.retire('1')).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
    await keyring.rotate()
    await keyring.retire('1')
    expect((await keyring.versions())[0]).toMatchObject({ version: '1', state: 'destroyed' })
    await expect(keyring.unwrap(wrap, CONTEXT)).rejects.toMatchObject({
      code: 'denied',
      reason: 'key_pending_deletion',
    })
    await admin.restoreCryptoKeyVersion({ name: `${name}/cryptoKeyVersions/1` })
    await setState(`${name}/cryptoKeyVersions/1`, 'ENABLED')
    await keyring.unwrap(wrap, CONTEXT)
  })

  test('what a former key wrapped still unwraps', async () => {
    const former = await newKeyName()
    const key = randomBytes(32)
    const wrap = await keyringOf(former).wrap(key, CONTEXT)
    const follower = keyringOf(await newKeyName(), { formerKeys: [former] })
    expect(Buffer.from(await follower.unwrap(wrap, CONTEXT))).toEqual(key)
  })

  test('the check tells identity, state, both permissions and rotation', async () => {
    const lines = await keyringOf(await newKeyName()).check()
    expect(lines.map(({ state }) => state)).toEqual(['unknown', 'ok', 'ok', 'ok', 'warn'])
    const client_email = 'pipeline@p.iam.gserviceaccount.com'
    const rotated = await newKeyName({ rotationPeriod: { seconds: 90 * 86_400 } })
    const keyring = keyringOf(rotated, { auth: authOf({ client_email }) })
    kms.inject({ action: DECRYPT, kind: 'denied' })
    const refused = await keyring.check()
    expect(refused.map(({ state }) => state)).toEqual(['ok', 'ok', 'ok', 'failed', 'ok'])
    expect(refused[3]?.says).toContain(client_email)
  })

  test('without credentials every call is refused, and no promise is left to end the process', async () => {
    const none = () => Promise.reject(new Error('Could not load the default credentials.'))
    const auth = { getClient: none, getCredentials: none, getUniverseDomain: none } as unknown
    const keyring = keyringOf(await newKeyName(), { auth: auth as NonNullable<GcpKmsOptions['auth']> })
    await expect(keyring.current()).rejects.toMatchObject({ code: 'denied', reason: 'credentials' })
  })

  test('a certificate that nobody vouches for is refused, for good, and no token is sent', async () => {
    const { key, cert } = makeTestTls()
    const stranger = createSecureServer({ key, cert })
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve))
    const endpoint = `https://localhost:${(stranger.address() as AddressInfo).port}`
    let tokens = 0
    const client = {
      getRequestHeaders: () => {
        tokens += 1
        return Promise.resolve(new Headers({ authorization: 'Bearer x' }))
      },
    }
    const keyring = keyringOf(await newKeyName(), { endpoint, emulator: false, auth: authOf({}, client) })
    await expect(keyring.current()).rejects.toMatchObject({ code: 'denied', reason: 'tls' })
    expect(tokens).toBe(0)
    stranger.close()
  })

  test('what was answered is there after a new start on the same folder', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-gcp-kms-'))
    try {
      const first = await startGcpKms({ folder })
      const at = adminOf(first)
      await at.createKeyRing({ parent: PARENT, keyRingId: 'credence', keyRing: {} })
      await at.createCryptoKey({ parent: RING, cryptoKeyId: 'kept', cryptoKey: { purpose: 'ENCRYPT_DECRYPT' } })
      const key = randomBytes(32)
      const name = `${RING}/cryptoKeys/kept`
      const wrap = await keyringOf(name, { endpoint: first.endpoint }).wrap(key, CONTEXT)
      await at.close()
      await first.close()
      const second = await startGcpKms({ folder })
      const reopened = keyringOf(name, { endpoint: second.endpoint })
      expect(Buffer.from(await reopened.unwrap(wrap, CONTEXT))).toEqual(key)
      await second.close()
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })

  test.each([
    [{ key: 'projects/p/key' }, 'key_id'],
    [{ key: `${RING}/cryptoKeys/k/cryptoKeyVersions/1` }, 'key_id'],
    [{ key: `${RING}/cryptoKeys/k`, endpoint: 'http://kms.example' }, 'insecure_endpoint'],
  ])('refuses %j at once', (options, reason) => {
    expect(() => createGcpKmsKeyring(options)).toThrow(expect.objectContaining({ code: 'invalid', reason }) as Error)
  })
})
