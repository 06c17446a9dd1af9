import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PubSub, type CreateSubscriptionOptions, type Topic } from '@google-cloud/pubsub'
import { afterEach, describe, expect, test } from 'vitest'
import type { Unpack } from '#services/ingest/messages/message.ts'
import { createPubSubSource, type PubSubSource, type PubSubSourceOptions } from '#services/ingest/sources/pubsub.ts'
import { startPubSub, type PubSubEmulator } from '#test/emulators/pubsub.ts'
import { startTornProxy } from '#test/fakes/torn-proxy.ts'
import { unpackLines } from '#test/fakes/unpack-lines.ts'
import { readLive, StagedItems, until } from './live-reading.ts'
import { liveSourceSuite, type LiveService } from './live-source-suite.ts'
import { itemText, told, type SourceContents } from './source-suite.ts'

const PROJECT = 'credence-test'
const SUBSCRIPTION = `projects/${PROJECT}/subscriptions/records`
const MiB = 1024 * 1024

/** A topic with a subscription that keeps orders, through the official client. */
async function createTopic(emulator: PubSubEmulator, options: CreateSubscriptionOptions = {}) {
  const client = new PubSub({ projectId: PROJECT, apiEndpoint: emulator.endpoint, emulatorMode: true })
  const [topic] = await client.createTopic('records')
  topic.setPublishOptions({ messageOrdering: true, batching: { maxMilliseconds: 1 } })
  await topic.createSubscription('records', { enableMessageOrdering: true, ...options })
  return { client, topic }
}

async function send(topic: Topic, orderingKey: string, messages: readonly Uint8Array[]): Promise<void> {
  const publish = (bytes: Uint8Array) => {
    // a message has to hold something: an empty one has an attribute
    const attributes = bytes.length === 0 ? { empty: 'yes' } : {}
    return topic.publishMessage({ data: Buffer.from(bytes), orderingKey, attributes })
  }
  await Promise.all(messages.map(publish))
}

function open(endpoint: string, unpack: Unpack, options: Partial<PubSubSourceOptions> = {}): PubSubSource {
  const connection = { projectId: PROJECT, endpoint, emulator: true }
  return createPubSubSource({ name: 'stream', subscription: 'records', lanes: 2, ...connection, unpack, ...options })
}

async function createService(contents: SourceContents): Promise<LiveService> {
  const emulator = await startPubSub()
  const proxy = await startTornProxy(emulator.port)
  const { client, topic } = await createTopic(emulator)
  for (const [key, count] of Object.entries(contents)) {
    await send(
      topic,
      key,
      Array.from({ length: count }, (_, index) => Buffer.from(itemText(key, index))),
    )
  }
  const endpoint = `http://127.0.0.1:${proxy.port}`
  return {
    open: async (unpack) => open(endpoint, unpack, { maxOutstanding: { bytes: 4 * MiB } }),
    send: (key, messages) => send(topic, key, messages),
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
  hugeBytes: [MiB, 10 * MiB - 4096],
  aheadBytes: 6 * MiB,
  skip: {
    'yields the same items from the same place every time':
      'Pub/Sub has no positions: what was acknowledged does not come again, what comes again comes on any lane',
    'carries on after any position without a gap or a repetition':
      'Pub/Sub has no positions: what is not acknowledged comes again, and is dropped by its id',
    'loses nothing when connections break':
      'its second half wants to read what was acknowledged once more; see the case of that name below',
  },
})
