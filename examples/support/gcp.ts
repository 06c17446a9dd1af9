import { KeyManagementServiceClient } from '@google-cloud/kms'
import { Storage } from '@google-cloud/storage'
import { credentials } from '@grpc/grpc-js'
import { count, plural } from '#present/text.ts'
import { openClients } from '#services/encrypt/sinks/bigquery/clients.ts'
import { createPubSubClient } from '#services/ingest/sources/pubsub/client.ts'
import type { Cloud } from './cloud.ts'
import { DATASETS } from './day.ts'

const PROJECT = 'credence-example'
const BUCKET = 'credence-example'
const TABLES = 'credence_example'
const LOCATION = `projects/${PROJECT}/locations/europe-west3`
const RING = `${LOCATION}/keyRings/credence`
const KEY = `${RING}/cryptoKeys/credence-example`
const nameOf = (dataset: string) => `credence-${dataset}`

export const gcp: Cloud = {
  title: 'Pub/Sub → scan → Cloud Storage and BigQuery, under a key of Cloud KMS',
  stands: 'emulators of Pub/Sub, Cloud Storage, BigQuery and Cloud KMS',
  idleSeconds: 10,
  async start({ children, ports }) {
    const [pubsubPort = 0, gcsPort = 0, kmsPort = 0, bigqueryPort = 0, writePort = 0] = ports
    const at = (port: number) => `http://127.0.0.1:${port}`
    await Promise.all([
      children.emulator('pubsub', { port: pubsubPort }),
      children.emulator('gcs', { port: gcsPort }),
      children.emulator('gcp-kms', { port: kmsPort }),
      children.emulator('bigquery', { port: bigqueryPort, writePort, datasets: [`${PROJECT}.${TABLES}`] }),
    ])
    const pubsub = createPubSubClient({ project: PROJECT, endpoint: at(pubsubPort), emulator: true })
    const storage = new Storage({ projectId: PROJECT, apiEndpoint: at(gcsPort), useAuthWithCustomEndpoint: false })
    const kms = new KeyManagementServiceClient({
      apiEndpoint: '127.0.0.1',
      port: kmsPort,
      sslCreds: credentials.createInsecure(),
      auth: NOBODY,
    })
    const bigquery = openClients({
      project: PROJECT,
      dataset: TABLES,
      table: '',
      endpoint: at(bigqueryPort),
      writeEndpoint: `127.0.0.1:${writePort}`,
      emulator: true,
    })

    return {
      bucket: `gs://${BUCKET}`,
      environment: {
        METADATA_SERVER_DETECTION: 'none', // there is no machine of Google's to ask who this is
        GOOGLE_CLOUD_PROJECT: PROJECT,
        PUBSUB_ENDPOINT: at(pubsubPort),
        GCS_ENDPOINT: at(gcsPort),
        BIGQUERY_ENDPOINT: at(bigqueryPort),
        BIGQUERY_WRITE_ENDPOINT: `127.0.0.1:${writePort}`,
        GCP_KMS_ENDPOINT: at(kmsPort),
        CREDENCE_KEY: KEY,
      },
      async create() {
        for (const dataset of DATASETS) {
          const [topic] = await pubsub.createTopic(nameOf(dataset))
          await topic.createSubscription(nameOf(dataset), { ackDeadlineSeconds: 60 })
        }
        await storage.createBucket(BUCKET, {
          location: 'europe-west3',
          iamConfiguration: { publicAccessPrevention: 'enforced', uniformBucketLevelAccess: { enabled: true } },
        })
        await kms.createKeyRing({ parent: LOCATION, keyRingId: 'credence', keyRing: {} })
        const cryptoKey = { purpose: 'ENCRYPT_DECRYPT', rotationPeriod: { seconds: 90 * 86_400 } } as const
        await kms.createCryptoKey({ parent: RING, cryptoKeyId: 'credence-example', cryptoKey })
        return [
          ['topics', `${DATASETS.map(nameOf).join(', ')}, with a subscription each`],
          ['bucket', `gs://${BUCKET}`],
          ['tables', `${PROJECT}.${TABLES}`],
          ['key', KEY],
        ]
      },
      async publish(dataset, messages) {
        const topic = pubsub.topic(nameOf(dataset), { batching: ONE_REQUEST })
        const ids: string[] = []
        for (let start = 0; start < messages.length; start += AT_ONCE) {
          const some = messages
            .slice(start, start + AT_ONCE)
            .map(({ bytes, contributor }) =>
              topic.publishMessage({ data: Buffer.from(bytes), attributes: { contributor } }),
            )
          for (const id of await Promise.all(some)) ids.push(`${nameOf(dataset)}#${id}`)
        }
        return ids
      },
      async *objects() {
        const [files] = await storage.bucket(BUCKET).getFiles()
        for (const { name, metadata } of files) yield { path: name, bytes: Number(metadata.size ?? 0) }
      },
      async facts() {
        const rows: [string, string][] = []
        for (const dataset of DATASETS) {
          const view = `${PROJECT}.${TABLES}.${dataset}_current`
          const [[row]] = (await bigquery.bigquery.query(
            `SELECT COUNT(*) AS n, COUNT(DISTINCT _credence_record) AS records FROM \`${view}\``,
          )) as unknown as [[{ n: number; records: number }]]
          rows.push([view, `${plural(row.n, 'row')}, of ${count(row.records)} records`])
        }
        return rows
      },
      async [Symbol.asyncDispose]() {
        await Promise.all([pubsub.close(), kms.close(), bigquery.close()])
      },
    }
  },
}

const AT_ONCE = 500
/** Two requests under way may arrive in either order: the day is the same on three clouds only while there is one at a time. */
const ONE_REQUEST = { maxMessages: AT_ONCE, maxBytes: 8 * 2 ** 20, maxMilliseconds: 5 }

/** What the client asks of its credentials when it sends none: without it, it goes looking for some. */
const NOBODY = {
  getClient: () => Promise.resolve(null),
  getCredentials: () => Promise.resolve({}),
  getUniverseDomain: () => Promise.resolve('googleapis.com'),
} as unknown as NonNullable<NonNullable<ConstructorParameters<typeof KeyManagementServiceClient>[0]>['auth']>
