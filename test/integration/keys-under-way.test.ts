import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateKeyCommand, DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { KeyClient } from '@azure/keyvault-keys'
import { KeyManagementServiceClient } from '@google-cloud/kms'
import { credentials as grpcCredentials } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { parseContract } from '#runtime/config/load-contract.ts'
import { parseConfig } from '#app/config/load.ts'
import { createCall } from '#runtime/waiting/dependency.ts'
import { createEvents, type AppEvent } from '#runtime/process/events.ts'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { createSteps } from '#runtime/process/steps.ts'
import { createSweeper } from '#runtime/queue/sweeper.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import type { Keyring } from '#services/encrypt/keyring.ts'
import { createAwsKmsKeyring } from '#services/encrypt/keys/awskms/keyring.ts'
import { createGcpKmsKeyring, type GcpKmsOptions } from '#services/encrypt/keys/gcpkms/keyring.ts'
import { createKeyVaultKeyring } from '#services/encrypt/keys/keyvault/keyring.ts'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { retryingKeyring } from '#services/encrypt/keys/retrying.ts'
import { rewrap, rotateKeys } from '#services/encrypt/rekey/rotation.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { followDataset } from '#services/ingest/follow.ts'
import { consumeCommits, consumeScans, noteFailure } from '#app/stages.ts'
import type { SigningSystem } from '#app/system.ts'
import { scoreByHash } from '#test/chaos/score-by-hash.ts'
import { startAwsKms } from '#emulators/aws-kms.ts'
import { startGcpKms } from '#emulators/gcp-kms.ts'
import { startKeyVault } from '#emulators/keyvault.ts'
import { LiveStream } from '#test/support/fakes/live-stream.ts'

/** A key of a service that its operator can disable, as every version of it. */
interface OperatedKey extends AsyncDisposable {
  readonly keyring: Keyring
  readonly keyId: string
  disable(): Promise<void>
  enable(): Promise<void>
}

const CREDENTIALS = { accessKeyId: 'credence', secretAccessKey: 'not-a-secret' }
const credential = { getToken: async () => ({ token: 'x.e30.x', expiresOnTimestamp: Date.now() + 3_600_000 }) }
const auth = {
  getClient: () => Promise.resolve(null),
  getUniverseDomain: () => Promise.resolve('googleapis.com'),
} as unknown as NonNullable<GcpKmsOptions['auth']>

async function onAws(): Promise<OperatedKey> {
  const emulator = await startAwsKms()
  const admin = new KMSClient({ region: emulator.region, endpoint: emulator.endpoint, credentials: CREDENTIALS })
  const keyId = (await admin.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? ''
  const keyring = createAwsKmsKeyring({
    key: keyId,
    endpoint: emulator.endpoint,
    emulator: true,
    credentials: CREDENTIALS,
  })
  return {
    keyring,
    keyId,
    disable: async () => void (await admin.send(new DisableKeyCommand({ KeyId: keyId }))),
    enable: async () => void (await admin.send(new EnableKeyCommand({ KeyId: keyId }))),
    async [Symbol.asyncDispose]() {
      keyring.close()
      admin.destroy()
      await emulator.close()
    },
  }
}

async function onAzure(): Promise<OperatedKey> {
  const emulator = await startKeyVault()
  const options = { disableChallengeResourceVerification: true, tlsOptions: { ca: emulator.ca } }
  const admin = new KeyClient(emulator.endpoint, credential, options)
  await admin.createRsaKey('credence')
  const keyId = `${emulator.endpoint}/keys/credence`
  const keyring = createKeyVaultKeyring({ key: keyId, credential, ca: emulator.ca, emulator: true })
  const setAll = async (enabled: boolean) => {
    for await (const { version } of admin.listPropertiesOfKeyVersions('credence'))
      await admin.updateKeyProperties('credence', version ?? '', { enabled })
  }
  return {
    keyring,
    keyId,
    disable: () => setAll(false),
    enable: () => setAll(true),
    async [Symbol.asyncDispose]() {
      keyring.close()
      await emulator.close()
    },
  }
}

async function onGcp(): Promise<OperatedKey> {
  const emulator = await startGcpKms()
  const { hostname: apiEndpoint, port } = new URL(emulator.endpoint)
  const sslCreds = grpcCredentials.createInsecure()
  const admin = new KeyManagementServiceClient({ apiEndpoint, port: Number(port), sslCreds, auth })
  const parent = 'projects/p/locations/global'
  await admin.createKeyRing({ parent, keyRingId: 'credence', keyRing: {} })
  const ring = `${parent}/keyRings/credence`
  await admin.createCryptoKey({ parent: ring, cryptoKeyId: 'data', cryptoKey: { purpose: 'ENCRYPT_DECRYPT' } })
  const keyId = `${ring}/cryptoKeys/data`
  const keyring = createGcpKmsKeyring({ key: keyId, endpoint: emulator.endpoint, emulator: true })
  const setAll = async (state: 'ENABLED' | 'DISABLED') => {
    const [versions] = await admin.listCryptoKeyVersions({ parent: keyId })
    for (const { name } of versions)
      await admin.updateCryptoKeyVersion({
        cryptoKeyVersion: { name: name ?? '', state },
        updateMask: { paths: ['state'] },
      })
  }
  return {
    keyring,
    keyId,
    disable: () => setAll('DISABLED'),
    enable: () => setAll('ENABLED'),
    async [Symbol.asyncDispose]() {
      await keyring.close()
      await admin.close()
      await emulator.close()
    },
  }
}

const CONTRACT = `version: 1
features: { kind: table, columns: [{ name: n, type: number }] }
schema: { type: object, required: [n], properties: { n: { type: integer } } }
`
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => `{"n":${from + i}}`)

describe.each([
  ['AWS KMS', onAws],
  ['Key Vault', onAzure],
  ['Cloud KMS', onGcp],
])('a pipeline under a key of %s', (_name, open) => {
  test('holds while the key is disabled, says which, loses nothing, and goes on when it is back and rotated', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-keys-'))
    await using stack = new AsyncDisposableStack()
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const key = stack.use(await open())

    const events = createEvents()
    const told: AppEvent[] = []
    events.onAny((event) => told.push(event))
    const store = await openFileStore(folder)
    const policy = { attempts: 2, firstDelayMs: 1, longestDelayMs: 2 }
    const keyring = retryingKeyring(key.keyring, createCall({ name: key.keyring.provider, events, policy }))
    const keys = createKeyRecords({ store, keyrings: [keyring], ttlSeconds: 0.2 })
    const catalog = await openCatalog(await openPglite(), { actor: 'test' })
    stack.defer(() => catalog.close())
    const vault = createVault({ store, keys })
    const signer = await openSigner(keys)
    const chain = createManifestChain({ store, signer })
    const contract = parseContract(CONTRACT, 'numbers.contract.yaml')
    const config = parseConfig(
      'version: 1\ndatasets: { numbers: { source: ./none, contract: ./numbers.contract.yaml } }\n',
      join(folder, 'credence.yaml'),
      {},
    )
    const system = {
      config,
      catalog,
      store,
      keys,
      vault,
      signer,
      chain,
      events,
      actor: 'test',
      contracts: new Map([['numbers', contract]]),
      step: createSteps(),
    } as unknown as SigningSystem

    const queue = createInProcessQueue({ events, onFailed: (job, error) => noteFailure(system, job, error) })
    stack.defer(() => queue.close())
    consumeScans(system, queue, { score: scoreByHash, windows: 1 })
    consumeCommits(system, queue)
    const sweeper = createSweeper({ catalog, queue, events, intervalMs: 100 })
    stack.defer(() => sweeper.stop())
    await sweeper.start()
    const stream = new LiveStream()
    stream.open('s')
    const stop = new AbortController()
    const following = followDataset({
      dataset: 'numbers',
      source: stream.source('numbers'),
      catalog,
      vault,
      events,
      contract: contract.contract,
      contractHash: contract.sha256,
      owner: 'reader',
      enqueue: (job) => queue.enqueue(job),
      limits: { records: 20, bytes: 1e6, seconds: 60 },
      tickSeconds: 0.05,
      retry: { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 10, longestDelayMs: 50 },
      signal: stop.signal,
    })
    stack.defer(async () => {
      stop.abort()
      await following
    })
    const committed = async () => (await catalog.windows.list({ state: 'committed' })).length

    stream.append('s', ...numbers(0, 40))
    await until(async () => (await committed()) === 2)

    await key.disable()
    await until(async () => (await keys.current('numbers').catch(() => null)) === null)
    stream.append('s', ...numbers(40, 80))
    const held = () => told.filter(({ name }) => name === 'source.held' || name === 'window.held')
    await until(() => held().length >= 3)
    expect(held()[0]).toMatchObject({ code: 'denied' })
    expect((held()[0] as { says?: string }).says).toContain(key.keyId.split('/').at(-1))
    expect(await committed()).toBeLessThanOrEqual(2)

    await key.enable()
    // the operator's commands are a process of their own
    const operated = createKeyRecords({ store, keyrings: [key.keyring] })
    const report = await rotateKeys({ keys: operated, newEpochs: true })
    expect(report.keys.map(({ outcome }) => outcome)).toEqual(['rotated'])
    expect((await rewrap(operated)).failed).toEqual([])
    await until(async () => (await committed()) === 4)
    stream.append('s', ...numbers(80, 100))
    await until(async () => (await committed()) === 5)

    const totals = (await catalog.windows.totals()).get('numbers')
    expect(totals).toMatchObject({ received: 100, pending: 0, deadLettered: 0 })
    const admitted: number[] = []
    for await (const { fields } of exportAdmitted('numbers', { vault, links: chain.links('numbers') }))
      admitted.push(Number(fields['n']))
    expect(new Set(admitted).size).toBe(admitted.length)
    expect(admitted).toHaveLength(totals?.admitted ?? -1)
  })
})

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20))
}
