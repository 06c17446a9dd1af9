import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { EventHubProducerClient } from '@azure/event-hubs'
import { KeyClient } from '@azure/keyvault-keys'
import { DataLakeServiceClient, StorageSharedKeyCredential } from '@azure/storage-file-datalake'
import { emulatorCredential } from '#app/open/emulator-credential.ts'
import { EMULATED_ACCOUNT, EMULATED_KEY } from '#emulators/adls/actions.ts'
import { makeTestTls } from '#emulators/tls.ts'
import type { Cloud } from './cloud.ts'
import { DATASETS, type DayMessage } from './day.ts'

const FILE_SYSTEM = 'credence-example'
const KEY = 'credence-example'
const hubOf = (dataset: string) => `credence-${dataset}`

export const azure: Cloud = {
  title: 'Event Hubs → scan → ADLS Gen2, under a key of Key Vault',
  stands: 'emulators of Event Hubs, ADLS and Key Vault, under a certificate authority of their own',
  idleSeconds: 10,
  async start({ folder, children, ports }) {
    const [hubsPort = 0, adlsPort = 0, vaultPort = 0] = ports
    const tls = makeTestTls()
    const authority = join(folder, 'ca.pem')
    writeFileSync(authority, tls.ca)
    setDefaultCACertificates([...getCACertificates('default'), tls.ca]) // for the SDKs in this process
    await Promise.all([
      children.emulator('eventhubs', { port: hubsPort, hubs: DATASETS.map((dataset) => hub(dataset)) }),
      children.emulator('adls', { port: adlsPort, tls }),
      children.emulator('keyvault', { port: vaultPort, tls }),
    ])
    const hubs = `Endpoint=sb://127.0.0.1:${hubsPort};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=emulated-root-key;UseDevelopmentEmulator=true`
    const account = `https://127.0.0.1:${adlsPort}/${EMULATED_ACCOUNT}`
    const vault = `https://localhost:${vaultPort}`
    const lake = new DataLakeServiceClient(account, new StorageSharedKeyCredential(EMULATED_ACCOUNT, EMULATED_KEY))
    const files = lake.getFileSystemClient(FILE_SYSTEM)

    return {
      bucket: files.url,
      environment: {
        NODE_EXTRA_CA_CERTS: authority,
        EVENTHUBS_SECRET_IN: 'EVENTHUBS_CONNECTION_STRING',
        EVENTHUBS_CONNECTION_STRING: hubs,
        ADLS_URL: account,
        CREDENCE_KEY: `${vault}/keys/${KEY}`,
      },
      async create() {
        await files.create()
        const keys = new KeyClient(vault, emulatorCredential(), { disableChallengeResourceVerification: true })
        await keys.createRsaKey(KEY, { keySize: 2048 })
        return [
          ['hubs', `${DATASETS.map(hubOf).join(', ')}, of one partition each`],
          ['file system', files.url],
          ['key', `${vault}/keys/${KEY}`],
        ]
      },
      async publish(dataset, messages) {
        const producer = new EventHubProducerClient(hubs, hubOf(dataset))
        try {
          const { lastEnqueuedSequenceNumber } = await producer.getPartitionProperties('0')
          for (const batch of batches(messages)) await sendAll(producer, batch)
          // one partition, one sender: numbers follow one another
          return messages.map((_, i) => `0#${lastEnqueuedSequenceNumber + 1 + i}`)
        } finally {
          await producer.close()
        }
      },
      async *objects() {
        for await (const { name = '', isDirectory, contentLength = 0 } of files.listPaths({ recursive: true }))
          // the service writes the truth as text
          if (String(isDirectory) !== 'true') yield { path: name, bytes: contentLength }
      },
      async [Symbol.asyncDispose]() {},
    }
  },
}

function hub(dataset: string) {
  return { name: hubOf(dataset), partitions: 1 }
}

/** What one contributor delivered in a row: a batch has one partition key. */
function* batches(messages: readonly DayMessage[]): Generator<readonly DayMessage[]> {
  for (let start = 0; start < messages.length;) {
    let end = start
    while (messages[end]?.contributor === messages[start]?.contributor && end < messages.length) end++
    yield messages.slice(start, end)
    start = end
  }
}

async function sendAll(producer: EventHubProducerClient, messages: readonly DayMessage[]): Promise<void> {
  const partitionKey = messages[0]?.contributor ?? ''
  let batch = await producer.createBatch({ partitionKey })
  for (const { bytes } of messages) {
    const event = { body: Buffer.from(bytes) }
    if (batch.tryAdd(event)) continue
    await producer.sendBatch(batch)
    batch = await producer.createBatch({ partitionKey })
    if (!batch.tryAdd(event)) throw new Error('a message that is larger than a batch')
  }
  if (batch.count > 0) await producer.sendBatch(batch)
}
