import type { CreateSubscriptionOptions } from '@google-cloud/pubsub'
import { afterEach, beforeEach } from 'vitest'
import { isRetryable } from '#core/errors.ts'
import type { PubSubSource, PubSubSourceOptions } from '#services/ingest/sources/pubsub/source.ts'
import { startPubSub, type PubSubEmulator, type PubSubEmulatorOptions } from '#emulators/pubsub.ts'
import { createRecords, openSource, SUBSCRIPTION, type Records } from '#emulators/pubsub/client.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { until, type StagedItems } from './live-reading.ts'
import { told } from './suite.ts'

/** An emulator with a subscription, and sources over it, for each test of a file; all is closed after it. */
export interface PubSubFixture {
  emulator: PubSubEmulator
  records: Records
  start(subscription?: CreateSubscriptionOptions, options?: PubSubEmulatorOptions): Promise<void>
  open(options?: Partial<PubSubSourceOptions>, unpack?: typeof unpackLines): PubSubSource
  /** Ends a source as SIGKILL would: nothing is handed back, and the deadlines pass. */
  crash(source: PubSubSource): Promise<void>
  isDrained(): boolean
}

export function usePubSub(): PubSubFixture {
  let opened: PubSubSource[] = []
  const fixture = {
    async start(subscription: CreateSubscriptionOptions = {}, options: PubSubEmulatorOptions = {}) {
      fixture.emulator = await startPubSub(options)
      fixture.records = await createRecords(fixture.emulator.endpoint, subscription)
    },
    open(options: Partial<PubSubSourceOptions> = {}, unpack = unpackLines) {
      const source = openSource(fixture.emulator.endpoint, unpack, options)
      opened.push(source)
      return source
    },
    async crash(source: PubSubSource) {
      fixture.emulator.expire()
      await source.close()
    },
    isDrained: () => fixture.emulator.backlog(SUBSCRIPTION) === 0,
  } as PubSubFixture

  beforeEach(() => {
    opened = []
  })
  afterEach(async () => {
    for (const source of opened) await source.close()
    await fixture.records.client.close()
    await fixture.emulator.close()
  })
  return fixture
}

export function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index))
}

export function texts(catalog: StagedItems): string[] {
  return catalog.items.map(told)
}

/** Reads all lanes, item by item, until so many are staged. Rejects with what the reading throws. */
export async function drain(source: PubSubSource, catalog: StagedItems, total: number): Promise<void> {
  const stop = new AbortController()
  const reading = Promise.all((await source.shards()).map(({ id }) => readLane(source, id, catalog, stop.signal)))
  await Promise.race([reading, until(() => catalog.items.length >= total, `${total} items are staged`)])
  stop.abort()
  await reading
}

/** Reads all lanes until it is stopped, and goes on where it helps to try again. */
export async function follow(source: PubSubSource, catalog: StagedItems, signal: AbortSignal): Promise<void> {
  const followLane = async (lane: string) => {
    while (!signal.aborted) {
      try {
        await readLane(source, lane, catalog, signal)
      } catch (error) {
        if (!isRetryable(error)) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  await Promise.all((await source.shards()).map(({ id }) => followLane(id)))
}

async function readLane(source: PubSubSource, lane: string, catalog: StagedItems, signal: AbortSignal): Promise<void> {
  for await (const item of source.read(lane, catalog.positions(lane), { signal })) {
    await source.acknowledge?.(lane, catalog.stage(lane, [item]))
  }
}
