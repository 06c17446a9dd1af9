import { KinesisClient } from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { createPubSubClient } from '#services/ingest/sources/pubsub/client.ts'

/** The names that deploy/compose/pipeline/credence.yaml gives to what it reads and writes. */
export const NAMES = {
  hub: 'digits',
  topic: 'mail',
  stream: 'strikes',
  key: 'alias/credence',
  project: 'credence-demo',
}

/** Where the services of docker-compose.yml are, by the variables that the pipeline's configuration knows too. */
export const PLACES = {
  eventhubs: from('CREDENCE_EVENTHUBS', connectionString('eventhubs:5672')),
  kinesis: `http://${from('CREDENCE_KINESIS', 'kinesis:4568')}`,
  kms: `http://${from('CREDENCE_KMS', 'kms:4599')}`,
  pubsub: `http://${from('CREDENCE_PUBSUB', 'pubsub:8085')}`,
}

/** How AWS is spoken to here: emulators know no identities, and no HTTP/2. */
export const AWS = {
  region: 'us-east-1',
  credentials: { accessKeyId: 'seed', secretAccessKey: 'seed' },
  requestHandler: new NodeHttpHandler({ requestTimeout: 10_000 }),
}

export const kinesisClient = () => new KinesisClient({ ...AWS, endpoint: PLACES.kinesis })
export const pubsubClient = () =>
  createPubSubClient({ project: NAMES.project, endpoint: PLACES.pubsub, emulator: true })

function from(name: string, fallback: string): string {
  const value = process.env[name]
  return value === undefined || value === '' ? fallback : value
}

function connectionString(host: string): string {
  const who = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=emulated-root-key'
  return `Endpoint=sb://${host};${who};UseDevelopmentEmulator=true`
}
