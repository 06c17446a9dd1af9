import tls from 'node:tls'
import { EventHubProducerClient } from '@azure/event-hubs'
import { KeyClient } from '@azure/keyvault-keys'
import { emulatorCredential } from '#app/open/emulator-credential.ts'
import { startAdls } from '#emulators/adls.ts'
import { startEventHubs } from '#emulators/eventhubs.ts'
import { startKeyVault } from '#emulators/keyvault.ts'
import { makeTestTls } from '#emulators/tls.ts'
import type { CloudUnderTest } from './cloud.ts'
import type { SeenCall } from './match.ts'
import { BODIES, DATASET } from './pipeline.ts'

const PREFIX = 'team/credence'

/** A storage account, flat or hierarchical, with a prefix; Key Vault; Event Hubs with checkpoints copied. */
export async function onAzure(stack: AsyncDisposableStack, kind: 'blob' | 'adls'): Promise<CloudUnderTest> {
  const certificate = makeTestTls()
  const storage = await startAdls({ tls: certificate, hierarchical: kind === 'adls' })
  stack.defer(() => storage.close())
  for (const container of ['training', 'checkpoints']) storage.create(container)
  const vault = await startKeyVault()
  stack.defer(() => vault.close())
  trust(stack, [certificate.ca, vault.ca])
  await new KeyClient(vault.endpoint, emulatorCredential(), {
    disableChallengeResourceVerification: true,
  }).createRsaKey('credence', { keySize: 2048 })
  const hubs = await startEventHubs({ hubs: [{ name: 'rows', partitions: 1 }] })
  stack.defer(() => hubs.close())
  await send(hubs.connectionString())

  return {
    env: { ROWS_CONNECTION_STRING: hubs.connectionString() },
    config: `store: { ${kind}: { url: "${storage.endpoint}", container: training, prefix: ${PREFIX} } }
keys: { keyvault: { key: "${vault.endpoint}/keys/credence" } }`,
    source: `{ eventhubs: { connectionStringEnv: ROWS_CONNECTION_STRING, hub: rows, checkpoints: "${storage.endpoint}/checkpoints" } }`,
    books: [
      () => storage.calls.map(withLists),
      () => vault.calls,
      () => hubs.calls.filter(({ action }) => !/send/.test(action)),
    ],
    tear: () =>
      storage.inject({
        action: 'Microsoft.Storage/storageAccounts/blobServices/containers/blobs/write',
        kind: 'torn_after',
        times: 1,
      }),
    names: {
      container: 'training',
      checkpoints: 'checkpoints',
      prefix: `${PREFIX}/`,
      dataset: DATASET,
      vaultKey: `${vault.endpoint}/keys/credence`,
      hub: 'rows',
      consumerGroup: '$Default',
    },
  }
}

const FOLDER = /\/blobs\/(.*\/)?(staging|clean|quarantine|deadletter|scores|manifests|keys)(\/(mail|digits|_signing))?$/

/** What is listed is what is below: Data Lake Storage names the directory without a slash, and no object's name ends in one. */
function withLists({ action, resource }: SeenCall): SeenCall {
  const folder = FOLDER.test(resource) ? `${resource}/` : resource
  return { action, resource: folder, lists: folder.endsWith('/') }
}

/** Clients that were configured by nothing but a file trust what the process does. */
function trust(stack: AsyncDisposableStack, authorities: readonly string[]): void {
  const before = tls.getCACertificates('default')
  tls.setDefaultCACertificates([...before, ...authorities])
  stack.defer(() => tls.setDefaultCACertificates(before))
}

async function send(connectionString: string): Promise<void> {
  const producer = new EventHubProducerClient(connectionString, 'rows')
  await producer.sendBatch(BODIES.map((body) => ({ body: Buffer.from(body) })))
  await producer.close()
}
