import {
  CreateStreamCommand,
  KinesisClient,
  ListShardsCommand,
  MergeShardsCommand,
  PutRecordCommand,
  PutRecordsCommand,
  SplitShardCommand,
  type Shard,
} from '@aws-sdk/client-kinesis'
import { NodeHttp2Handler, NodeHttpHandler } from '@smithy/node-http-handler'
import { createKinesisClient } from '#services/ingest/sources/kinesis/client.ts'
import {
  createKinesisSource,
  type KinesisSource,
  type KinesisSourceOptions,
} from '#services/ingest/sources/kinesis/source.ts'
import type { CallBook } from '#emulators/emulator.ts'
import { EMULATED_ACCOUNT, EMULATED_REGION } from '#emulators/kinesis.ts'
import { startHttp2Gateway } from '#emulators/http2-gateway.ts'
import { recordCalls } from '#emulators/recorded-aws.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { startTornProxy, type TornProxy } from '#test/support/fakes/torn-proxy.ts'
import { until } from '../live-reading.ts'
import { itemText, type SourceContents } from '../suite.ts'
import { endShards } from './end-shards.ts'

/** A stream of the emulator, with a producer, and sources that reach it through a proxy. */
export interface TestStream extends AsyncDisposable {
  readonly arn: string
  readonly name: string
  readonly producer: KinesisClient
  /** Between the emulator and sources that poll, and those that are pushed to. */
  readonly proxies: { readonly [mode in KinesisSourceOptions['mode']]: TornProxy }
  /** Every call of its sources so far; faults go in here. */
  readonly book: CallBook
  shards(): Promise<readonly Shard[]>
  /** Puts records into the shard that is at that place of `shards()`. */
  put(shard: number, messages: readonly Uint8Array[], partitionKey?: string): Promise<void>
  /** Sends records to where their partition keys belong. */
  send(records: readonly { readonly key: string; readonly data: Uint8Array }[]): Promise<void>
  split(shard: number): Promise<void>
  merge(shard: number, adjacent: number): Promise<void>
  open(options?: Partial<KinesisSourceOptions>, prepare?: (client: KinesisClient) => void): KinesisSource
}

/** The emulator now and then reads for ever in larger requests over HTTP/1.1. */
const MAX_BATCH_BYTES = 100_000
const MAX_BATCH = 500
/** Faster than the service allows, and what the emulator does. */
const QUICK = { readsPerSecond: 50, bytesPerSecond: 1e9 }

let streams = 0

/** An emulator of Kinesis, whoever wrote it. */
export interface EmulatedKinesis {
  readonly endpoint: string
  readonly port: number
  readonly speaksHttp2?: boolean
}

export async function createStream(emulator: EmulatedKinesis, shardCount: number): Promise<TestStream> {
  const name = `stream-${process.pid}-${++streams}`
  const arn = `arn:aws:kinesis:${EMULATED_REGION}:${EMULATED_ACCOUNT}:stream/${name}`
  const credentials = { accessKeyId: 'test', secretAccessKey: 'test' }
  const about = { region: EMULATED_REGION, endpoint: emulator.endpoint, credentials }
  const producer = new KinesisClient({ ...about, requestHandler: new NodeHttpHandler({}) })
  const larger = emulator.speaksHttp2 === false ? new NodeHttpHandler({}) : new NodeHttp2Handler({})
  const hugeProducer = new KinesisClient({ ...about, requestHandler: larger })
  const gateway = await startHttp2Gateway(emulator.port)
  const [polled, pushed] = [await startTornProxy(emulator.port), await startTornProxy(gateway.port)]
  const books: CallBook[] = []
  const sources: KinesisSource[] = []

  const shards = async () => {
    const { Shards = [] } = await producer.send(new ListShardsCommand({ StreamARN: arn }))
    return Shards.toSorted((a, b) => a.ShardId!.localeCompare(b.ShardId!))
  }
  const shardAt = async (place: number) => {
    const shard = (await shards())[place]
    if (!shard) throw new Error(`no shard at ${place}`)
    return shard
  }
  const active = async (change: () => Promise<unknown>) => {
    const before = (await shards()).length
    await change()
    await until(async () => (await shards()).length > before, 'the stream has changed')
  }

  await producer.send(new CreateStreamCommand({ StreamName: name, ShardCount: shardCount }))
  await until(
    () =>
      shards().then(
        (found) => found.length === shardCount,
        () => false,
      ),
    'the stream is there',
  )

  return {
    arn,
    name,
    producer,
    proxies: { polling: polled, 'fan-out': pushed },
    get book() {
      const book = books.at(-1)
      if (!book) throw new Error('no source was opened')
      return book
    },
    shards,
    async put(place, messages, partitionKey = 'key') {
      const shard = await shardAt(place)
      const key = { PartitionKey: partitionKey, ExplicitHashKey: shard.HashKeyRange!.StartingHashKey! }
      let batch: Uint8Array[] = []
      const flush = async () => {
        const Records = batch.map((Data) => ({ ...key, Data }))
        batch = []
        if (Records.length > 0) await producer.send(new PutRecordsCommand({ StreamARN: arn, Records }))
      }
      for (const message of messages) {
        const bytes = batch.reduce((sum, { length }) => sum + length, message.length)
        if (batch.length === MAX_BATCH || bytes > MAX_BATCH_BYTES) await flush()
        if (message.length <= MAX_BATCH_BYTES) batch.push(message)
        else await hugeProducer.send(new PutRecordCommand({ StreamARN: arn, Data: message, ...key }))
      }
      await flush()
    },
    async send(records) {
      const Records = records.map(({ key, data }) => ({ PartitionKey: key, Data: data }))
      await producer.send(new PutRecordsCommand({ StreamARN: arn, Records }))
    },
    async split(place) {
      const { ShardId, HashKeyRange } = await shardAt(place)
      const middle = (BigInt(HashKeyRange!.StartingHashKey!) + BigInt(HashKeyRange!.EndingHashKey!)) / 2n
      const input = { StreamARN: arn, ShardToSplit: ShardId, NewStartingHashKey: String(middle) }
      await active(() => producer.send(new SplitShardCommand(input)))
    },
    async merge(place, adjacent) {
      const [one, other] = [await shardAt(place), await shardAt(adjacent)]
      const input = { StreamARN: arn, ShardToMerge: one.ShardId, AdjacentShardToMerge: other.ShardId }
      await active(() => producer.send(new MergeShardsCommand(input)))
    },
    open(options = {}, prepare = () => {}) {
      const all: KinesisSourceOptions = {
        name: 'kinesis',
        stream: arn,
        endpoint: `http://127.0.0.1:${(options.mode === 'fan-out' ? pushed : polled).port}`,
        emulator: true,
        credentials,
        mode: 'polling',
        consumer: 'credence',
        start: 'TRIM_HORIZON',
        maxRecords: 5,
        pace: QUICK,
        unpack: unpackLines,
        ...options,
      }
      const client = createKinesisClient(all)
      prepare(client)
      if (all.mode === 'fan-out') endShards(client, shards)
      const resourceOf = (_action: string, input: Readonly<Record<string, unknown>>) =>
        (input['ConsumerARN'] as string | undefined) ?? arn
      books.push(recordCalls(client, { service: 'kinesis', resourceOf, names: { throttled: THROTTLED } }))
      const source = createKinesisSource({ ...all, client })
      sources.push(source)
      return source
    },
    async [Symbol.asyncDispose]() {
      for (const source of sources) await source.close()
      producer.destroy()
      hugeProducer.destroy()
      await Promise.all([polled.close(), pushed.close()])
      await gateway.close()
    },
  }
}

const THROTTLED = 'ProvisionedThroughputExceededException'

/** A stream with a shard for each partition that holds its messages; `placeOf` tells which one. */
export async function fillStream(emulator: EmulatedKinesis, contents: SourceContents) {
  const partitions = Object.keys(contents)
  const stream = await createStream(emulator, partitions.length)
  const placeOf = (partition: string) => partitions.indexOf(partition)
  for (const [partition, count] of Object.entries(contents)) {
    await stream.put(
      placeOf(partition),
      Array.from({ length: count }, (_, index) => Buffer.from(itemText(partition, index))),
    )
  }
  return { stream, placeOf }
}
