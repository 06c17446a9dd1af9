import { startPubSub } from '#emulators/pubsub.ts'
import { createRecords, openSource } from '#emulators/pubsub/client.ts'
import { startTornProxy } from '#test/support/fakes/torn-proxy.ts'
import type { LiveService } from './live-service.ts'
import { liveSourceSuite } from './live-source-suite.ts'
import { itemText, type SourceContents } from './suite.ts'

const MiB = 1024 * 1024

/** The partitions of the suite are ordering keys here: that is what Pub/Sub keeps in order. */
async function createService(contents: SourceContents): Promise<LiveService> {
  const emulator = await startPubSub()
  const proxy = await startTornProxy(emulator.port)
  const { client, send } = await createRecords(emulator.endpoint, { enableMessageOrdering: true })
  for (const [key, count] of Object.entries(contents)) {
    await send(
      key,
      Array.from({ length: count }, (_, index) => itemText(key, index)),
    )
  }
  return {
    open: async (unpack) =>
      openSource(`http://127.0.0.1:${proxy.port}`, unpack, { maxOutstanding: { bytes: 4 * MiB } }),
    send: async (key, messages) => void (await send(key, messages)),
    async crash(source) {
      proxy.down() // nothing can be handed back any more
      emulator.expire()
      await source.close?.()
      proxy.up()
    },
    tear: () => proxy.cut(),
    down: () => proxy.down(),
    up: () => proxy.up(),
    inject: (fault) => emulator.inject(fault),
    clearFaults: () => emulator.clearFaults(),
    received: () => proxy.received,
    async close() {
      await client.close()
      await proxy.close()
      await emulator.close()
    },
  }
}

liveSourceSuite('Pub/Sub', {
  create: createService,
  hugeBytes: [MiB, 10 * MiB],
  aheadBytes: 6 * MiB,
  concurrent: true,
  skip: {
    'yields the same items from the same place every time':
      'Pub/Sub has no positions: what was acknowledged does not come again, and the rest may come on another lane',
    'carries on after any position without a gap or a repetition':
      'Pub/Sub has no positions: what is not acknowledged comes again, and is dropped by its id',
    'carries on inside a message of several items':
      'it never acknowledges, so Pub/Sub begins again at the first message; source-pubsub-delivery.test.ts has the case',
    'loses nothing when connections break':
      'its second half reads what was acknowledged once more; source-pubsub-delivery.test.ts has the case',
  },
})
