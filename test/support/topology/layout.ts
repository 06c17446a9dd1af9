import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { PubSub } from '@google-cloud/pubsub'
import { CreateStreamCommand, KinesisClient } from '@aws-sdk/client-kinesis'
import { CreateAliasCommand, CreateKeyCommand, KMSClient } from '@aws-sdk/client-kms'
import { credentials } from '@grpc/grpc-js'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { S3_EMULATOR_KEY } from '#emulators/s3.ts'
import { EMULATED_REGION, startKinesis, type KinesisEmulator } from '#emulators/kinesis.ts'
import { freePort } from '#emulators/free-port.ts'
import { startRedis, type RedisServer } from '#emulators/redis.ts'
import { createPostgres } from './postgres.ts'
import { eventHubsSender, kinesisSender, pubsubSender, startProducer, type Producer } from './producers.ts'
import { listens, supervised, type Victim } from './supervised.ts'

const REPO = new URL('../../../', import.meta.url).pathname
const CLI = join(REPO, 'cli/credence.js')
const PROJECT = 'credence-test'
/** How long a service may take to stop, in seconds: far more than it needs, as the machine may run ten other things. */
const DRAIN = 600
const SERVICES = ['ingest', 'scan', 'encrypt', 'sweep']

/** What the installation consists of; services are those of `services`, everything else is what they stand on. */
export interface Installation {
  readonly config: string
  readonly env: Readonly<Record<string, string>>
  readonly victims: readonly Victim[]
  readonly services: readonly Victim[]
  readonly producers: Readonly<Record<string, Producer>>
  readonly redis: RedisServer
  /** Starts another process of a service, and resolves once it is ready. */
  add(service: string): Promise<Victim>
  /** Ends all of it. */
  close(): Promise<void>
}

export interface InstallationOptions {
  readonly folder: string
  /** Records a second into each stream. */
  readonly perSecond: number
  /** Datasets beside those of the streams, as a configuration has them. */
  readonly datasets?: string
}

/**
 * Two ingest, two scan, two encrypt and two sweep processes on PostgreSQL and Redis, over an emulated Kinesis stream, event hub
 * and Pub/Sub subscription, with objects in an emulated S3 under an emulated KMS: each a process that can be killed.
 */
export async function startInstallation({
  folder,
  perSecond,
  datasets = '',
}: InstallationOptions): Promise<Installation> {
  const at = (name: string) => join(folder, name)
  for (const name of ['log', 's3', 'kms', 'eventhubs', 'pubsub', 'kinesis', 'postgres', 'redis'])
    mkdirSync(at(name), { recursive: true })
  const [pg, s3, kms, hubs, pubsub, ...health] = (await Promise.all(Array.from({ length: 13 }, freePort))) as [
    number,
    number,
    number,
    number,
    number,
  ]
  chmodSync(folder, 0o711) // PostgreSQL does not run as root, and has to get to its own
  const log = (name: string) => at(`log/${name}.log`)

  const postgres = createPostgres(at('postgres'), pg, log('postgres'))
  const redis = await startRedis({ folder: at('redis') })
  let kinesis: KinesisEmulator = await startKinesis({ folder: at('kinesis') })
  const emulator = (name: string, port: number, options: object = {}): Victim =>
    supervised({
      name,
      command: process.execPath,
      args: [join(REPO, 'emulators/main.ts'), name, JSON.stringify({ port, ...options })],
      log: log(name),
      isUp: () => listens(port),
    })
  const bases = [
    postgres,
    emulator('s3', s3, { folder: at('s3'), buckets: { training: {} } }),
    emulator('aws-kms', kms, { folder: at('kms') }),
    emulator('eventhubs', hubs, { folder: at('eventhubs'), hubs: [{ name: 'rows', partitions: 4 }] }),
    emulator('pubsub', pubsub, { folder: at('pubsub') }),
  ]
  await Promise.all(bases.map((base) => base.start()))
  await createKey(`http://127.0.0.1:${kms}`)
  await createStream(kinesis.endpoint)
  await createSubscription(pubsub)

  const connectionString = `Endpoint=sb://127.0.0.1:${hubs};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=emulated-root-key;UseDevelopmentEmulator=true`
  const producers = {
    kinesis: startProducer('kinesis', perSecond, kinesisSender(kinesis.endpoint, 'rows', EMULATED_REGION)),
    eventhubs: startProducer('eventhubs', perSecond, eventHubsSender(connectionString, 'rows')),
    pubsub: startProducer('pubsub', perSecond, pubsubSender(pubsub, PROJECT, 'rows')),
  }
  const env = {
    AWS_ACCESS_KEY_ID: S3_EMULATOR_KEY.accessKeyId,
    AWS_SECRET_ACCESS_KEY: S3_EMULATOR_KEY.secretAccessKey,
    AWS_REGION: EMULATED_REGION,
    ROWS_CONNECTION_STRING: connectionString,
    METADATA_SERVER_DETECTION: 'none',
  }
  const config = at('credence.yaml')
  writeFileSync(at('rows.contract.yaml'), CONTRACT)
  writeFileSync(
    config,
    configuration({
      postgres: postgres.url,
      redis: redis.url,
      s3: `http://127.0.0.1:${s3}`,
      kms: `http://127.0.0.1:${kms}`,
      kinesis: kinesis.endpoint,
      pubsub: `http://127.0.0.1:${pubsub}`,
    }) + datasets,
  )
  const processOf = (service: string, name: string, port: number, isUp: () => Promise<boolean>) =>
    supervised({
      name,
      command: process.execPath,
      args: [CLI, service, '-c', config, '--http', String(port), '--drain', String(DRAIN)],
      env,
      log: log(name),
      isUp,
    })
  const services = SERVICES.flatMap((service, i) =>
    [0, 1].map((copy) => {
      const port = health[2 * i + copy] ?? 0
      return processOf(service, `${service}-${copy + 1}`, port, () => listens(port))
    }),
  )
  const added: Victim[] = []
  await Promise.all(services.map((service) => service.start()))

  const victims: Victim[] = [
    ...bases,
    ...services,
    { name: 'redis', start: () => redis.start(), kill: () => redis.kill() },
    {
      name: 'kinesis',
      // It writes its state down five times a second, over the old one: what it answered last would be lost, or all of it.
      // That would be the service's loss, not ours, so producers pause and the last whole state is put back.
      async kill() {
        await producers.kinesis.pause()
        await delay(1000)
        const state = await wholeState(at('kinesis'))
        await kinesis.close('SIGKILL')
        for (const [path, text] of state) writeFileSync(path, text)
      },
      async start() {
        kinesis = await startKinesis({ folder: at('kinesis'), port: kinesis.port })
        producers.kinesis.resume()
      },
    },
  ]
  return {
    config,
    env,
    victims,
    services,
    producers,
    redis,
    async add(service) {
      const port = await freePort()
      const ready = async () => (await fetch(`http://127.0.0.1:${port}/readyz`)).status === 200
      const another = processOf(service, `${service}-${3 + added.length}`, port, ready)
      added.push(another)
      await another.start()
      return another
    },
    async close() {
      await Promise.all(Object.values(producers).map((producer) => producer.stop()))
      await Promise.all([...services, ...added, ...bases].map((victim) => victim.kill()))
      await kinesis.close('SIGKILL')
      await redis.close()
    },
  }
}

async function createKey(endpoint: string): Promise<void> {
  const client = new KMSClient({
    endpoint,
    region: EMULATED_REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({}),
  })
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}))
  await client.send(new CreateAliasCommand({ AliasName: 'alias/credence', TargetKeyId: KeyMetadata?.KeyId }))
  client.destroy()
}

/** The files that kinesis-local keeps its state in, none of them half written. */
async function wholeState(folder: string): Promise<Map<string, string>> {
  for (;;) {
    try {
      const files = new Map(
        readdirSync(folder).map((name) => [join(folder, name), readFileSync(join(folder, name), 'utf8')]),
      )
      for (const text of files.values()) JSON.parse(text)
      return files
    } catch {
      await delay(5)
    }
  }
}

async function createStream(endpoint: string): Promise<void> {
  const client = new KinesisClient({
    endpoint,
    region: EMULATED_REGION,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    requestHandler: new NodeHttpHandler({}),
  })
  await client.send(new CreateStreamCommand({ StreamName: 'rows', ShardCount: 4 }))
  client.destroy()
}

async function createSubscription(port: number): Promise<void> {
  const client = new PubSub({
    projectId: PROJECT,
    servicePath: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
  })
  const [topic] = await client.createTopic('rows')
  await topic.createSubscription('rows', { ackDeadlineSeconds: 10 })
  await client.close()
}

interface Places {
  readonly postgres: string
  readonly redis: string
  readonly s3: string
  readonly kms: string
  readonly kinesis: string
  readonly pubsub: string
}

function configuration(places: Places): string {
  return `version: 1
emulator: true
workers: 1
catalog: { postgres: "${places.postgres}" }
queue: { redis: "${places.redis}" }
store: { s3: { bucket: training, endpoint: "${places.s3}" } }
keys: { awskms: { key: alias/credence, region: us-east-1, endpoint: "${places.kms}" }, ttlSeconds: 20 }
datasets:
  kinesis:
    source: { kinesis: { stream: rows, endpoint: "${places.kinesis}" } }
    contract: ./rows.contract.yaml
    window: { records: 60, seconds: 3 }
  eventhubs:
    source: { eventhubs: { connectionStringEnv: ROWS_CONNECTION_STRING, hub: rows } }
    contract: ./rows.contract.yaml
    window: { records: 60, seconds: 3 }
  pubsub:
    source: { pubsub: { project: ${PROJECT}, subscription: rows, endpoint: "${places.pubsub}", lanes: 3 } }
    contract: ./rows.contract.yaml
    window: { records: 60, seconds: 3 }
`
}

const CONTRACT = `version: 1
features: { kind: table, columns: [{ name: a, type: number }, { name: b, type: number }] }
label: kind
id: id
schema:
  type: object
  required: [id, a, b, kind]
  properties: { id: { type: string }, a: { type: number }, b: { type: number }, kind: { enum: [low, high] } }
`
