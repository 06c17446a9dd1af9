import { EventHubProducerClient, type EventDataBatch, type PartitionProperties } from '@azure/event-hubs'
import type { AppError } from '#core/errors.ts'
import type { Source, SourceItem } from '#services/ingest/source.ts'
import {
  createEventHubsSource,
  type EventHubsSource,
  type EventHubsSourceOptions,
} from '#services/ingest/sources/eventhubs/source.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { startEventHubs, type EventHubsEmulator, type EventHubsOptions } from '../eventhubs.ts'

export const HUB = 'orders'

/** A namespace with one hub for one test, and what opens sources of it; disposing closes all of it. */
export interface HubFixture extends AsyncDisposable {
  readonly emulator: EventHubsEmulator
  open(options?: Partial<EventHubsSourceOptions>): EventHubsSource
  /** Sends texts to a partition, in their order; each an event. */
  send(partition: string, texts: readonly string[]): Promise<void>
  /** Sends through the official client, whatever its batch takes. */
  sendEvents(events: readonly Sendable[], to?: Address): Promise<void>
  lookup(partition: string): Promise<PartitionProperties>
}

/** An event, or an AMQP message with what else there is in one. */
export type Sendable = Parameters<EventDataBatch['tryAdd']>[0]

export type Address = { readonly partitionId: string } | { readonly partitionKey: string } | Record<string, never>

export async function startHub(options: Partial<EventHubsOptions> = {}): Promise<HubFixture> {
  const emulator = await startEventHubs({ hubs: [{ name: HUB, partitions: 2 }], ...options })
  const producer = new EventHubProducerClient(emulator.connectionString(), HUB, {
    retryOptions: { maxRetries: 3, retryDelayInMs: 50, timeoutInMs: 10_000 },
  })
  const sources: EventHubsSource[] = []
  const sendEvents: HubFixture['sendEvents'] = async (events, to = {}) => {
    let batch = await producer.createBatch(to)
    for (const event of events) {
      if (batch.tryAdd(event)) continue
      await producer.sendBatch(batch)
      batch = await producer.createBatch(to)
      if (!batch.tryAdd(event)) throw new Error('an event that is too large')
    }
    if (batch.count > 0) await producer.sendBatch(batch)
  }
  return {
    emulator,
    open(own = {}) {
      const source = openSource(emulator.connectionString(), own)
      sources.push(source)
      return source
    },
    send: (partitionId, texts) =>
      sendEvents(
        texts.map((text) => ({ body: Buffer.from(text) })),
        { partitionId },
      ),
    sendEvents,
    lookup: (partition) => producer.getPartitionProperties(partition),
    async [Symbol.asyncDispose]() {
      await Promise.all(sources.map((source) => source.close()))
      await producer.close()
      await emulator.close()
    },
  }
}

export function openSource(connectionString: string, own: Partial<EventHubsSourceOptions> = {}): EventHubsSource {
  return createEventHubsSource({
    name: 'test',
    hub: HUB,
    consumerGroup: '$Default',
    start: 'earliest',
    unpack: unpackLines,
    emulator: true,
    ...(own.namespace === undefined ? { connectionString } : {}),
    ...own,
  })
}

export interface Collecting {
  readonly count: number
  readonly after?: string
  readonly fence?: number
  readonly report?: (problem: AppError) => void
}

/** So many items of a partition, from behind a mark on; then the reading is aborted. */
export async function collect(source: Source, partition: string, collecting: Collecting): Promise<SourceItem[]> {
  const { count, after, fence, report } = collecting
  const stop = new AbortController()
  const positions = new Map(after === undefined ? [] : [[partition, after]])
  const about = { fence, report }
  const items: SourceItem[] = []
  for await (const item of source.read(partition, positions, { signal: stop.signal, ...about })) {
    if (items.push(item) === count) stop.abort()
  }
  return items
}

/** A reading that goes on beside the test: what came so far, and how it ended. */
export interface Watched {
  readonly items: SourceItem[]
  readonly ended: Promise<unknown>
  stop(): void
}

/** Reads until stopped; `ended` resolves with the error, or with nothing. */
export function watch(source: Source, partition: string, options: Omit<Collecting, 'count'> = {}): Watched {
  const { after, fence, report } = options
  const stop = new AbortController()
  const positions = new Map(after === undefined ? [] : [[partition, after]])
  const about = { fence, report }
  const items: SourceItem[] = []
  const run = async () => {
    for await (const item of source.read(partition, positions, { signal: stop.signal, ...about })) items.push(item)
  }
  return { items, ended: run().catch((error: unknown) => error), stop: () => stop.abort() }
}

export function textOf({ body }: SourceItem): string {
  return body.kind === 'bytes' ? Buffer.from(body.bytes).toString('utf8') : body.kind
}

/** Texts that sort and count: `0-a`, `1-a`, … */
export function texts(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => `{"i":${from + index}}`)
}
