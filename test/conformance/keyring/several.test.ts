import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { KeyClient } from '@azure/keyvault-keys'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import { credentials as grpcCredentials } from '@grpc/grpc-js'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createKeyRecords, type KeyRecords } from '#services/encrypt/keys/records.ts'
import { keysStatus } from '#services/encrypt/keys/status.ts'
import { createAwsKmsKeyring, type AwsKmsKeyring } from '#services/encrypt/keys/awskms/keyring.ts'
import { createGcpKmsKeyring, type GcpKmsKeyring, type GcpKmsOptions } from '#services/encrypt/keys/gcpkms/keyring.ts'
import { createKeyVaultKeyring, type KeyVaultKeyring } from '#services/encrypt/keys/keyvault/keyring.ts'
import { retireVersion, rewrap, rotateKeys } from '#services/encrypt/rekey/rotation.ts'
import type { Store } from '#services/encrypt/store.ts'
import { createMemoryStore } from '#services/encrypt/stores/memory.ts'
import { startAwsKms, type AwsKmsEmulator } from '#emulators/aws-kms.ts'
import type { Emulator } from '#emulators/emulator.ts'
import { startGcpKms, type GcpKmsEmulator } from '#emulators/gcp-kms.ts'
import { startKeyVault, type KeyVaultEmulator } from '#emulators/keyvault.ts'

const RING = 'projects/p/locations/global/keyRings/credence'
const credentials = { accessKeyId: 'credence', secretAccessKey: 'not-a-secret' }
const credential = { getToken: async () => ({ token: 'x.e30.x', expiresOnTimestamp: Date.now() + 3_600_000 }) }
const auth = {
  getClient: () => Promise.resolve(null),
  getUniverseDomain: () => Promise.resolve('googleapis.com'),
} as unknown as NonNullable<GcpKmsOptions['auth']>

let aws: AwsKmsEmulator
let vault: KeyVaultEmulator
let gcp: GcpKmsEmulator
let awsAdmin: KMSClient
beforeAll(async () => {
  ;[aws, vault, gcp] = await Promise.all([startAwsKms(), startKeyVault(), startGcpKms()])
  awsAdmin = new KMSClient({ region: aws.region, endpoint: aws.endpoint, credentials })
})
afterAll(async () => {
  awsAdmin.destroy()
  for (const emulator of [aws, vault, gcp]) await emulator.close()
})

let inAws: AwsKmsKeyring
let inVault: KeyVaultKeyring
let inGcp: GcpKmsKeyring
let store: Store
let keys: KeyRecords
let time = 0
let names = 0
const now = () => new Date(time)
const opened = (ttlSeconds = 300) => createKeyRecords({ store, keyrings: [inAws, inVault, inGcp], now, ttlSeconds })
beforeEach(async () => {
  time = Date.UTC(2026, 0, 1)
  names += 1
  store = createMemoryStore()
  inAws = createAwsKmsKeyring({ key: await newAwsKey(), endpoint: aws.endpoint, emulator: true, credentials })
  inVault = createKeyVaultKeyring({ key: await newVaultKey(), credential, ca: vault.ca, emulator: true })
  inGcp = createGcpKmsKeyring({ key: await newGcpKey(), endpoint: gcp.endpoint, emulator: true })
  keys = opened()
})
afterEach(async () => {
  for (const emulator of [aws, vault, gcp]) emulator.clearFaults()
  inAws.close()
  inVault.close()
  await inGcp.close()
})

async function newAwsKey(): Promise<string> {
  return (await awsAdmin.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
}

async function newVaultKey(): Promise<string> {
  const options = { disableChallengeResourceVerification: true, tlsOptions: { ca: vault.ca } }
  await new KeyClient(vault.endpoint, credential, options).createRsaKey(`key-${names}`)
  return `${vault.endpoint}/keys/key-${names}`
}

async function newGcpKey(): Promise<string> {
  const { hostname: apiEndpoint, port } = new URL(gcp.endpoint)
  const sslCreds = grpcCredentials.createInsecure()
  const admin = new KeyManagementServiceClient({ apiEndpoint, port: Number(port), sslCreds, auth })
  const [parent = '', keyRingId = ''] = RING.split('/keyRings/')
  await admin.createKeyRing({ parent, keyRingId, keyRing: {} })
  await admin.createCryptoKey({ parent: RING, cryptoKeyId: `key-${names}`, cryptoKey: { purpose: 'ENCRYPT_DECRYPT' } })
  await admin.close()
  return `${RING}/cryptoKeys/key-${names}`
}

/** The calls to all services while `work` runs, by action. */
async function callsDuring(work: () => Promise<unknown>): Promise<string[]> {
  const emulators: readonly Emulator[] = [aws, vault, gcp]
  const before = emulators.map(({ calls }) => calls.length)
  await work()
  return emulators.flatMap(({ calls }, i) => calls.slice(before[i]).map(({ action }) => action))
}

async function theRecord() {
  for await (const record of keys.list('mnist')) return record
  throw new Error('no record')
}

describe('epoch keys under three services', () => {
  test('each wraps every epoch key, and each alone opens it', async () => {
    const { kid, key } = await keys.current('mnist')
    expect((await theRecord()).wraps.map(({ provider }) => provider)).toEqual(['awskms', 'keyvault', 'gcpkms'])
    for (const keyring of [inAws, inVault, inGcp]) {
      const alone = createKeyRecords({ store, keyrings: [keyring], now })
      expect(Buffer.from((await alone.get('mnist', kid)).key)).toEqual(Buffer.from(key))
    }
  })

  test('one call for each epoch, process and time to live, under 100 callers at once', async () => {
    const { kid } = await keys.current('mnist')
    expect(await callsDuring(() => keys.get('mnist', kid))).toEqual([]) // it made the key itself
    const cold = opened(60)
    const hundred = () => Promise.all(Array.from({ length: 100 }, () => cold.get('mnist', kid)))
    expect(await callsDuring(hundred)).toEqual(['kms:Decrypt'])
    time += 59_000
    expect(await callsDuring(() => Promise.all([hundred(), cold.current('mnist')]))).toEqual([])
    time += 1000
    expect(await callsDuring(hundred)).toEqual(['kms:Decrypt'])
  })

  test('while a service is down the next one opens what both wrap, by one call to each', async () => {
    const { kid } = await keys.current('mnist')
    aws.inject({ kind: 'torn' })
    const cold = opened()
    const calls = await callsDuring(() => Promise.all(Array.from({ length: 100 }, () => cold.get('mnist', kid))))
    expect(calls).toEqual(['kms:Decrypt', 'Microsoft.KeyVault/vaults/keys/unwrap/action'])
  })

  test('while all are down each is asked once a second, however many ask; afterwards it works again', async () => {
    const { kid } = await keys.current('mnist')
    for (const emulator of [aws, vault, gcp]) emulator.inject({ kind: 'unavailable' })
    const cold = opened()
    const ask = () => cold.get('mnist', kid).catch((error: unknown) => error)
    const storm = async () => {
      for (let i = 0; i < 20; i++) await Promise.all(Array.from({ length: 100 }, ask))
    }
    expect(await callsDuring(storm)).toHaveLength(3)
    expect(await ask()).toMatchObject({ code: 'unavailable' })
    time += 1000
    expect(await callsDuring(storm)).toHaveLength(3)
    for (const emulator of [aws, vault, gcp]) emulator.clearFaults()
    time += 1000
    expect(await ask()).toMatchObject({ kid })
  })

  test('a new epoch key is not made while one service is down; what has a key goes on', async () => {
    const { kid } = await keys.current('mnist')
    gcp.inject({ kind: 'unavailable' })
    await expect(keys.newEpoch('mnist')).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('no new key for mnist without a wrap by gcpkms') as string,
    })
    expect((await opened().current('mnist')).kid).toBe(kid)
    gcp.clearFaults()
    expect((await keys.newEpoch('mnist')).epoch).toBe(2)
  })

  test('a key that is disabled in one service and enabled again is not noticed but by the calls', async () => {
    const { kid } = await keys.current('mnist')
    const { keyId: KeyId } = await inAws.current()
    await awsAdmin.send(new DisableKeyCommand({ KeyId }))
    expect((await opened().get('mnist', kid)).kid).toBe(kid)
    const alone = createKeyRecords({ store, keyrings: [inAws], now })
    await expect(alone.get('mnist', kid)).rejects.toMatchObject({ code: 'denied', reason: 'key_disabled' })
    await awsAdmin.send(new EnableKeyCommand({ KeyId }))
    time += 1000
    expect((await alone.get('mnist', kid)).kid).toBe(kid)
  })

  test('rotating and rewrapping all of them: AWS brings its wraps over inside, every version follows', async () => {
    const { kid, key } = await keys.current('mnist')
    const rotated = await rotateKeys({ keys })
    expect(rotated.keys.map(({ outcome }) => outcome)).toEqual(['rotated', 'rotated', 'rotated'])
    const due = await rewrap(keys, { dryRun: true })
    expect(due).toMatchObject({ rewrapped: 1, failed: [] })
    const calls = await callsDuring(async () => {
      expect(await rewrap(keys)).toMatchObject({ rewrapped: 1, renewals: due.renewals, failed: [] })
    })
    expect(calls).toContain('kms:ReEncryptTo')
    expect(calls).not.toContain('kms:Encrypt')
    expect((await theRecord()).wraps.map(({ version }) => version)).toEqual(rotated.keys.map(({ to }) => to?.version))
    for (const keyring of [inAws, inVault, inGcp]) {
      const alone = createKeyRecords({ store, keyrings: [keyring], now })
      expect(Buffer.from((await alone.get('mnist', kid)).key)).toEqual(Buffer.from(key))
    }
    expect((await rewrap(keys)).rewrapped).toBe(0)
  })

  test('rewrapping with one service down does the others, and the next run does what is left', async () => {
    await keys.current('mnist')
    await rotateKeys({ keys })
    vault.inject({ action: 'Microsoft.KeyVault/vaults/keys/wrap/action', kind: 'throttled' })
    const partly = await rewrap(keys)
    expect(partly).toMatchObject({ rewrapped: 1, failed: [{ code: 'throttled' }], last: null })
    expect(partly.renewals.map(({ provider }) => provider)).toEqual(['awskms', 'gcpkms'])
    vault.clearFaults()
    const rest = await rewrap(keys)
    expect(rest.renewals.map(({ provider }) => provider)).toEqual(['keyvault'])
  })

  test('an identity that may re-encrypt but not decrypt can rewrap what AWS wraps', async () => {
    const { kid } = await keys.current('mnist')
    await inAws.rotate()
    aws.inject({ action: 'kms:Decrypt', kind: 'denied' })
    expect(await rewrap(keys, { keyrings: [inAws] })).toMatchObject({ rewrapped: 1, failed: [] })
    aws.clearFaults()
    const alone = createKeyRecords({ store, keyrings: [inAws], now })
    expect((await alone.get('mnist', kid)).kid).toBe(kid)
  })

  test('retiring is refused while a record depends on the version, and says which', async () => {
    const { kid } = await keys.current('mnist')
    const { version } = await inGcp.current()
    const retire = () => retireVersion({ keys, keyring: inGcp, version })
    await inGcp.rotate()
    await expect(retire()).rejects.toMatchObject({
      code: 'conflict',
      reason: 'in_use',
      message: expect.stringContaining(`keys/mnist/${kid}.json`) as string,
    })
    await rewrap(keys)
    expect(await retire()).toMatchObject({ version })
    const alone = createKeyRecords({ store, keyrings: [inGcp], now })
    expect((await alone.get('mnist', kid)).kid).toBe(kid)
  })

  test('the status lists every version of every service, names the one that is down, and unwraps nothing', async () => {
    await keys.current('mnist')
    await inVault.rotate()
    gcp.inject({ kind: 'denied' })
    let status: Awaited<ReturnType<typeof keysStatus>> | undefined
    const calls = await callsDuring(async () => {
      status = await keysStatus({ keys, store, now })
    })
    expect(calls.filter((action) => /Decrypt|Encrypt|wrap/.test(action))).toEqual([])
    expect(
      status?.versions.map(({ provider, current, state, blockedBy }) => [provider, current, state, blockedBy.length]),
    ).toEqual([
      ['awskms', true, 'enabled', 1],
      ['keyvault', false, 'enabled', 1],
      ['keyvault', true, 'enabled', 0],
      ['gcpkms', false, 'unknown', 1],
    ])
    expect(status?.versions.map(({ endsAlone }) => endsAlone)).toEqual([false, true, true, false])
    expect(status?.versions.map(({ retirable }) => retirable)).toEqual([false, false, false, false])
    expect(status?.unreachable).toMatchObject([{ provider: 'gcpkms', code: 'denied' }])
  })
})
