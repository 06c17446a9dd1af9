import { EventHubProducerClient } from '@azure/event-hubs'
import { createEventHubsSource } from '#services/ingest/sources/eventhubs.ts'
import { startEventHubs } from '#test/emulators/eventhubs.ts'
import { startTornProxy } from '#test/fakes/torn-proxy.ts'
import { liveSourceSuite, type LiveService } from './live-source-suite.ts'
import { itemText, type SourceContents } from './source-suite.ts'

const HUB = 'orders'
const PRODUCER = { retryOptions: { maxRetries: 3, timeoutInMs: 10_000 } }

liveSourceSuite('event hubs', {
  create: startService,
  hugeBytes: [1_000_000, 1_040_000],
  aheadBytes: 2 * 1024 * 1024,
})

/** A hub with a partition for each name, behind a proxy that breaks connections. */
async function startService(contents: SourceContents): Promise<LiveService> {
  const names = Object.keys(contents)
  const emulator = await startEventHubs({ hubs: [{ name: HUB, partitions: names.length }] })
  const proxy = await startTornProxy(emulator.port)
  const producer = new EventHubProducerClient(emulator.connectionString(), HUB, PRODUCER)
  const service: LiveService = {
    open: async (unpack) =>
      createEventHubsSource({
        name: 'test',
        connectionString: emulator.connectionString(undefined, proxy.port),
        eventHubName: HUB,
        consumerGroup: '$Default',
        start: 'earliest',
        unpack,
        emulator: true,
        prefetchBytes: 1024 * 1024,
      }),
    async send(partition, messages) {
      const partitionId = String(names.indexOf(partition))
      let batch = await producer.createBatch({ partitionId })
      for (const body of messages.map((bytes) => Buffer.from(bytes))) {
        if (batch.tryAdd({ body })) continue
        await producer.sendBatch(batch)
        batch = await producer.createBatch({ partitionId })
        if (!batch.tryAdd({ body })) throw new Error('a message that is too large')
      }
      if (batch.count > 0) await producer.sendBatch(batch)
    },
    tear: () => proxy.cut(),
    down: () => proxy.down(),
    up: () => proxy.up(),
    inject: (fault) => emulator.inject(fault),
    clearFaults: () => emulator.clearFaults(),
    received: () => proxy.received,
    async close() {
      await producer.close()
      await proxy.close()
      await emulator.close()
    },
  }
  for (const [name, count] of Object.entries(contents)) {
    const messages = Array.from({ length: count }, (_, index) => Buffer.from(itemText(name, index)))
    if (count > 0) await service.send(name, messages)
  }
  return service
}
