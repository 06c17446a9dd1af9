import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { EventHubConsumerClient, EventHubProducerClient, earliestEventPosition } from '@azure/event-hubs'
import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
  PutRecordsCommand,
} from '@aws-sdk/client-kinesis'
import { PubSub } from '@google-cloud/pubsub'
import { credentials } from '@grpc/grpc-js'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { createUnpacker } from '#services/ingest/messages/unpack.ts'
import type { Source } from '#services/ingest/source.ts'
import { createEventHubsSource } from '#services/ingest/sources/eventhubs/source.ts'
import { createKinesisSource } from '#services/ingest/sources/kinesis/source.ts'
import { createPubSubSource } from '#services/ingest/sources/pubsub/source.ts'

export const STREAMS = ['kinesis', 'eventhubs', 'pubsub'] as const
export type StreamName = (typeof STREAMS)[number]

/** A stream in an emulator that is a process of its own, so that it burns no processor of ours. */
export interface EmulatedStream {
  publish(bodies: readonly Buffer[]): Promise<void>
  /** As the product reads it, from the beginning. `reading`: readings of what is consumed by being read. */
  openSource(name: string, reading: number): Source
  /** The same for the configuration file. */
  config(reading: number): object
  /** Receives this many messages by the vendor's own consumer, and does nothing with them. */
  receive(count: number, reading: number): Promise<void>
  close(): Promise<void>
}

export interface StreamOptions {
  readonly shards: number
  /** How often it will be read. */
  readonly readings: number
}

const REGION = 'us-east-1'
const PROJECT = 'bench'
const STREAM = 'rows'
const unpack = createUnpacker({ format: 'auto', limits: { itemBytes: 16 * 1024 * 1024 } })

export async function startStream(name: StreamName, options: StreamOptions): Promise<EmulatedStream> {
  if (name === 'kinesis') return startKinesis(options)
  return name === 'eventhubs' ? startEventHubs(options) : startPubSub(options)
}

interface Child {
  readonly endpoint: string
  readonly host: string
  readonly port: number
  close(): Promise<void>
}

async function startChild(name: string, options: object): Promise<Child> {
  const main = new URL('../../emulators/main.ts', import.meta.url).pathname
  const child = spawn(process.execPath, [main, name, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  })
  const ends = once(child, 'exit')
  const lines = createInterface({ input: child.stdout! })
  const [line] = (await Promise.race([
    once(lines, 'line'),
    ends.then(([code]) => {
      throw new Error(`the emulator ${name} ended with ${String(code)}`)
    }),
  ])) as [string]
  const { endpoint } = JSON.parse(line) as { endpoint: string }
  const { hostname, port } = new URL(endpoint.includes('://') ? endpoint : `http://${endpoint}`)
  return {
    endpoint,
    host: hostname,
    port: Number(port),
    async close() {
      child.kill('SIGTERM')
      const tired = setTimeout(() => child.kill('SIGKILL'), 5000)
      await ends
      clearTimeout(tired)
    },
  }
}

function parts<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, i) => list.slice(i * size, (i + 1) * size))
}

async function startKinesis({ shards }: StreamOptions): Promise<EmulatedStream> {
  const child = await startChild('kinesis', {})
  const access = { accessKeyId: 'test', secretAccessKey: 'test' }
  const client = new KinesisClient({
    endpoint: child.endpoint,
    region: REGION,
    credentials: access,
    requestHandler: new NodeHttpHandler({}),
  })
  await client.send(new CreateStreamCommand({ StreamName: STREAM, ShardCount: shards }))
  const readShard = async (ShardId: string | undefined, took: (count: number) => boolean) => {
    const start = { StreamName: STREAM, ShardId, ShardIteratorType: 'TRIM_HORIZON' } as const
    let next = (await client.send(new GetShardIteratorCommand(start))).ShardIterator
    while (next !== undefined) {
      const answer = await client.send(new GetRecordsCommand({ ShardIterator: next, Limit: 10_000 }))
      if (took(answer.Records?.length ?? 0)) return
      next = answer.NextShardIterator
    }
  }
  return {
    async publish(bodies) {
      for (const [at, batch] of parts(bodies, 500).entries()) {
        const Records = batch.map((Data, i) => ({ Data, PartitionKey: `key-${at}-${i}` }))
        const { FailedRecordCount = 0 } = await client.send(new PutRecordsCommand({ StreamName: STREAM, Records }))
        if (FailedRecordCount > 0) throw new Error(`the stream refused ${FailedRecordCount} records`)
      }
    },
    openSource: (name) =>
      createKinesisSource({
        name,
        stream: STREAM,
        region: REGION,
        endpoint: child.endpoint,
        credentials: access,
        mode: 'polling',
        start: 'TRIM_HORIZON',
        emulator: true,
        unpack,
        // a shard of the service gives 2 MB a second, which would be all that is measured
        pace: { readsPerSecond: 1_000_000, bytesPerSecond: 1e12 },
      }),
    config: () => ({ kinesis: { stream: STREAM, region: REGION, endpoint: child.endpoint, start: 'TRIM_HORIZON' } }),
    async receive(count) {
      let received = 0
      const { Shards = [] } = await client.send(new ListShardsCommand({ StreamName: STREAM }))
      const took = (more: number) => (received += more) >= count
      await Promise.all(Shards.map(({ ShardId }) => readShard(ShardId, took)))
    },
    async close() {
      client.destroy()
      await child.close()
    },
  }
}

async function startEventHubs({ shards }: StreamOptions): Promise<EmulatedStream> {
  const child = await startChild('eventhubs', { hubs: [{ name: STREAM, partitions: shards }] })
  const connectionString = `Endpoint=sb://127.0.0.1:${child.port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=emulated-root-key;UseDevelopmentEmulator=true`
  process.env['BENCH_CONNECTION_STRING'] = connectionString
  return {
    async publish(bodies) {
      const producer = new EventHubProducerClient(connectionString, STREAM)
      // as many to each partition, in turns
      const lists = parts(bodies, Math.ceil(bodies.length / shards)).map((list) => parts(list, 250))
      for (let turn = 0; turn < (lists[0]?.length ?? 0); turn++) {
        for (const [partition, list] of lists.entries()) {
          const batch = await producer.createBatch({ partitionId: String(partition) })
          for (const body of list[turn] ?? []) if (!batch.tryAdd({ body })) throw new Error('a batch is too large')
          await producer.sendBatch(batch)
        }
      }
      await producer.close()
    },
    openSource: (name) =>
      createEventHubsSource({
        name,
        connectionString,
        hub: STREAM,
        consumerGroup: '$Default',
        start: 'earliest',
        emulator: true,
        unpack,
      }),
    config: () => ({
      eventhubs: { connectionStringEnv: 'BENCH_CONNECTION_STRING', hub: STREAM, start: 'earliest' },
    }),
    async receive(count) {
      const consumer = new EventHubConsumerClient('$Default', connectionString, STREAM)
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      let received = 0
      const handlers = {
        processEvents: async (events: readonly unknown[]) => {
          received += events.length
          if (received >= count) resolve()
        },
        processError: async (error: Error) => reject(error),
      }
      const options = { startPosition: earliestEventPosition, maxBatchSize: 100, prefetchCount: 1000 }
      const subscription = consumer.subscribe(handlers, options)
      await promise
      await subscription.close()
      await consumer.close()
    },
    close: () => child.close(),
  }
}

async function startPubSub({ shards, readings }: StreamOptions): Promise<EmulatedStream> {
  const child = await startChild('pubsub', {})
  process.env['METADATA_SERVER_DETECTION'] = 'none'
  const place = {
    projectId: PROJECT,
    servicePath: child.host,
    port: child.port,
    sslCreds: credentials.createInsecure(),
  }
  const client = new PubSub(place)
  const [topic] = await client.createTopic(STREAM)
  const subscriptionOf = (reading: number) => `${STREAM}-${reading}`
  for (let i = 0; i < readings; i++) await topic.createSubscription(subscriptionOf(i), { ackDeadlineSeconds: 600 })
  return {
    async publish(bodies) {
      const publisher = client.topic(STREAM, { batching: { maxMessages: 500, maxMilliseconds: 5 } })
      for (const part of parts(bodies, 2000)) await Promise.all(part.map((data) => publisher.publishMessage({ data })))
    },
    openSource: (name, reading) =>
      createPubSubSource({
        name,
        project: PROJECT,
        subscription: subscriptionOf(reading),
        endpoint: `http://127.0.0.1:${child.port}`,
        lanes: shards,
        emulator: true,
        unpack,
      }),
    config: (reading) => ({
      pubsub: {
        project: PROJECT,
        subscription: subscriptionOf(reading),
        endpoint: `http://127.0.0.1:${child.port}`,
        lanes: shards,
      },
    }),
    async receive(count, reading) {
      // a client of its own: the one that published has its buffers and its connections already
      const consumer = new PubSub(place)
      const subscription = consumer.subscription(subscriptionOf(reading), {
        flowControl: { maxMessages: 20_000 },
        streamingOptions: { maxStreams: shards },
      })
      const { promise, resolve, reject } = Promise.withResolvers<void>()
      let received = 0
      subscription.on('error', reject)
      subscription.on('message', (message) => {
        message.ack()
        if (++received === count) resolve()
      })
      await promise
      await subscription.close()
      await consumer.close()
    },
    async close() {
      await client.close()
      await child.close()
    },
  }
}
