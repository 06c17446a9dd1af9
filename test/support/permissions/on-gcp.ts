import { KeyManagementServiceClient } from '@google-cloud/kms'
import { credentials } from '@grpc/grpc-js'
import { startBigQuery } from '#emulators/bigquery.ts'
import { startGcpKms } from '#emulators/gcp-kms.ts'
import { startGcs } from '#emulators/gcs.ts'
import { startPubSub } from '#emulators/pubsub.ts'
import { createRecords, PROJECT } from '#emulators/pubsub/client.ts'
import type { CloudUnderTest } from './cloud.ts'
import { BODIES, DATASET } from './pipeline.ts'

const PREFIX = 'team/credence'
const LOCATION = `projects/${PROJECT}/locations/europe-west3`
const KEY = `${LOCATION}/keyRings/credence/cryptoKeys/training`

/** Cloud Storage with a prefix, Cloud KMS, Pub/Sub and BigQuery. */
export async function onGcp(stack: AsyncDisposableStack): Promise<CloudUnderTest> {
  const gcs = await startGcs({ buckets: [{ name: 'training' }] })
  stack.defer(() => gcs.close())
  const kms = await startGcpKms({ generationLooks: 1 })
  stack.defer(() => kms.close())
  await createKey(kms.endpoint)
  const bigquery = await startBigQuery({ datasets: [`${PROJECT}.lake`] })
  stack.defer(() => bigquery.close())
  const pubsub = await startPubSub()
  stack.defer(() => pubsub.close())
  const { send, client } = await createRecords(pubsub.endpoint)
  await send('', BODIES)
  await client.close()

  return {
    env: { METADATA_SERVER_DETECTION: 'none' },
    config: `store: { gcs: { bucket: training, prefix: ${PREFIX}, endpoint: "${gcs.endpoint}" } }
keys: { gcpkms: { key: "${KEY}", endpoint: "${kms.endpoint}" } }`,
    source: `{ pubsub: { project: ${PROJECT}, subscription: records, endpoint: "${pubsub.endpoint}", lanes: 1 } }`,
    dataset: `sink: { bigquery: { project: ${PROJECT}, dataset: lake, table: mail, endpoint: "${bigquery.endpoint}", writeEndpoint: "${bigquery.writeEndpoint}" } }`,
    books: [() => gcs.calls, () => kms.calls, () => pubsub.calls, () => bigquery.calls],
    tear: () => gcs.inject({ action: 'storage.objects.create', kind: 'torn_after', times: 1 }),
    names: {
      bucket: 'training',
      prefix: `${PREFIX}/`,
      dataset: DATASET,
      kmsKeyName: KEY,
      project: PROJECT,
      subscription: 'records',
      topic: 'records',
      bqDataset: 'lake',
      table: 'mail',
    },
  }
}

async function createKey(endpoint: string): Promise<void> {
  const { hostname, port } = new URL(endpoint)
  const auth = {
    getClient: () => Promise.resolve(null),
    getUniverseDomain: () => Promise.resolve('googleapis.com'),
  } as unknown as NonNullable<NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>['auth']>
  const about = { apiEndpoint: hostname, port: Number(port), sslCreds: credentials.createInsecure(), auth }
  const client = new KeyManagementServiceClient(about)
  await client.createKeyRing({ parent: LOCATION, keyRingId: 'credence', keyRing: {} })
  const parent = `${LOCATION}/keyRings/credence`
  await client.createCryptoKey({ parent, cryptoKeyId: 'training', cryptoKey: { purpose: 'ENCRYPT_DECRYPT' } })
  await client.close()
}
