import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { BlobCheckpointStore } from '@azure/eventhubs-checkpointstore-blob'
import { ContainerClient } from '@azure/storage-blob'
import { describe, expect, test } from 'vitest'
import type { AppError } from '#core/errors.ts'
import type { Message, Unpack } from '#services/ingest/messages/message.ts'
import type { SourceItem } from '#services/ingest/source.ts'
import type { EventHubsSource } from '#services/ingest/sources/eventhubs/source.ts'
import { startAzurite } from '#emulators/azurite.ts'
import {
  collect,
  HUB,
  openSource,
  startHub,
  textOf,
  texts,
  watch,
  type Sendable,
} from '#emulators/eventhubs/fixture.ts'
import { startTornProxy } from '#test/support/fakes/torn-proxy.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { until } from './live-reading.ts'
import type { LiveService } from './live-service.ts'
import { liveSourceSuite } from './live-source-suite.ts'
import { itemText, type SourceContents } from './suite.ts'

for (const isReplicated of [false, true]) {
  liveSourceSuite(isReplicated ? 'event hubs with geo-replication' : 'event hubs', {
    create: (contents) => startService(contents, isReplicated),
    hugeBytes: [1_000_000, 1_040_000],
    aheadBytes: 2 * 1024 * 1024,
    concurrent: true,
  })
}

/** A hub with a partition for each name, behind a proxy that breaks connections. */
async function startService(contents: SourceContents, isReplicated: boolean): Promise<LiveService> {
  const names = Object.keys(contents)
  const hub = await startHub({ hubs: [{ name: HUB, partitions: names.length, isReplicated }] })
  const { emulator } = hub
  const proxy = await startTornProxy(emulator.port)
  const connectionString = emulator.connectionString(undefined, proxy.port)
  const service: LiveService = {
    open: async (unpack) => openSource(connectionString, { unpack, prefetchBytes: 1024 * 1024 }),
    send: (partition, messages) =>
      hub.sendEvents(
        messages.map((bytes) => ({ body: Buffer.from(bytes) })),
        { partitionId: String(names.indexOf(partition)) },
      ),
    tear: () => proxy.cut(),
    down: () => proxy.down(),
    up: () => proxy.up(),
    inject: (fault) => emulator.inject(fault),
    clearFaults: () => emulator.clearFaults(),
    received: () => proxy.received,
    async close() {
      await proxy.close()
      await hub[Symbol.asyncDispose]()
    },
  }
  for (const [name, count] of Object.entries(contents)) {
    const messages = Array.from({ length: count }, (_, index) => Buffer.from(itemText(name, index)))
    if (count > 0) await service.send(name, messages)
  }
  return service
}

describe('source: event hubs', () => {
  test('lets the reader with the higher fence take a partition over, and disconnects the older one', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 3))
    const [older, newer] = [watch(hub.open(), '0', { fence: 1 }), watch(hub.open(), '0', { fence: 2 })]
    expect(await older.ended).toMatchObject({ code: 'conflict', reason: 'lease_lost' })
    await expect(collect(hub.open(), '0', { count: 1, fence: 1 })).rejects.toMatchObject({ reason: 'lease_lost' })
    await hub.send('0', texts(3, 5))
    await until(() => newer.items.length === 5, 'the newer reader had all')
    newer.stop()
    expect(await newer.ended).toBeUndefined()
    expect(newer.items.map(textOf)).toEqual(texts(0, 5))
  })

  test('tells a reader that was paused that its partition is read by another', async () => {
    await using hub = await startHub()
    const proxy = await startTornProxy(hub.emulator.port)
    const paused = hub.open({ connectionString: hub.emulator.connectionString(undefined, proxy.port) })
    await hub.send('0', texts(0, 2))
    const older = watch(paused, '0', { fence: 1 })
    await until(() => older.items.length === 2, 'the older reader had all')
    proxy.pause()
    expect(await collect(hub.open(), '0', { count: 2, fence: 2 })).toHaveLength(2)
    const newer = watch(hub.open(), '0', { fence: 3, after: '1' })
    await hub.send('0', texts(2, 4))
    await until(() => newer.items.length === 2, 'the newer reader had all')
    proxy.resume()
    expect(await older.ended).toMatchObject({ code: 'conflict', reason: 'lease_lost' })
    expect(older.items.map(textOf)).toEqual(texts(0, 2))
    newer.stop()
    await newer.ended
    await proxy.close()
  })

  test('loses and repeats nothing where a partition goes to another reader and back within a window', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 12))
    const [one, other] = [hub.open({ maxBatch: 2 }), hub.open({ maxBatch: 2 })]
    const staged: string[] = []
    const stage = (items: readonly SourceItem[]) => {
      staged.push(...items.map(textOf))
      return items.at(-1)!.position
    }
    const mark = stage(await collect(one, '0', { count: 3, fence: 1 }))
    const unstaged = watch(one, '0', { fence: 1, after: mark })
    await until(() => unstaged.items.length > 0, 'a window was begun')
    const second = stage(await collect(other, '0', { count: 4, fence: 2, after: mark }))
    expect(await unstaged.ended).toMatchObject({ reason: 'lease_lost' })
    stage(await collect(one, '0', { count: 5, fence: 3, after: second }))
    expect(staged).toEqual(texts(0, 12))
  })

  test('begins with what comes after the source was first asked, though readings fail before they stage', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 3))
    const source = hub.open({ start: 'latest' })
    await source.shards()
    await hub.send('0', texts(3, 5))
    await hub.send('1', texts(0, 2))
    expect((await collect(source, '0', { count: 2, fence: 1 })).map(textOf)).toEqual(texts(3, 5))
    hub.emulator.inject({ kind: 'unavailable', times: 1 })
    await expect(collect(source, '0', { count: 2, fence: 2 })).rejects.toMatchObject({ code: 'unavailable' })
    expect((await collect(source, '0', { count: 2, fence: 3 })).map(textOf)).toEqual(texts(3, 5))
    expect((await collect(source, '1', { count: 2, fence: 4 })).map(textOf)).toEqual(texts(0, 2))
  })

  test('begins at a time, with the event of that very millisecond', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 2))
    const { lastEnqueuedOnUtc: before } = await hub.lookup('0')
    await until(() => Date.now() > before.getTime() + 1, 'a millisecond passed')
    await hub.send('0', texts(2, 3))
    const { lastEnqueuedOnUtc: time } = await hub.lookup('0')
    await hub.send('0', texts(3, 5))
    const items = await collect(hub.open({ start: time }), '0', { count: 3 })
    expect(items.map(textOf)).toEqual(texts(2, 5))
  })

  test('reads on by itself where a connection breaks within an answer', async () => {
    await using hub = await startHub()
    const proxy = await startTornProxy(hub.emulator.port)
    const source = hub.open({ connectionString: hub.emulator.connectionString(undefined, proxy.port) })
    await hub.send('0', texts(0, 2000))
    const reading = watch(source, '0', { fence: 1 })
    for (const count of [200, 800, 1400]) {
      await until(() => reading.items.length > count, `${count} items came`)
      proxy.cutAfter(5000)
    }
    await until(() => reading.items.length >= 2000, 'all came')
    reading.stop()
    expect(await reading.ended).toBeUndefined()
    expect(reading.items.map(textOf)).toEqual(texts(0, 2000))
    await proxy.close()
  })

  test('reads on from its position after the service was restarted', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-eventhubs-'))
    let port = 0
    let source: EventHubsSource
    {
      await using hub = await startHub({ folder })
      ;({ port } = hub.emulator)
      source = openSource(hub.emulator.connectionString())
      await hub.send('0', texts(0, 6))
      expect((await collect(source, '0', { count: 4, fence: 1 })).at(-1)?.position).toBe('3')
    }
    await expect(collect(source, '0', { count: 2, after: '3' })).rejects.toMatchObject({ code: 'unavailable' })
    await using hub = await startHub({ folder, port })
    await hub.send('0', texts(6, 8))
    expect((await collect(source, '0', { count: 4, fence: 2, after: '3' })).map(textOf)).toEqual(texts(4, 8))
    await source.close()
    await rm(folder, { recursive: true })
  })

  test('asks for no more than it may hold, however long it was quiet', async () => {
    await using hub = await startHub()
    const reading = watch(hub.open({ prefetch: 50, maxBatch: 10 }), '0', { fence: 1 })
    let most = 0
    for (let turn = 0; turn < 40; turn++) {
      await hub.send('0', texts(turn, turn + 1))
      await until(() => reading.items.length === turn + 1, 'it came')
      most = Math.max(most, ...hub.emulator.receivers().map(({ credit }) => credit))
    }
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(50)
    reading.stop()
    await reading.ended
  })

  test('tells of events that expired before they were read, once, and goes on with the oldest', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 8))
    hub.emulator.expire(HUB, 0, 5)
    const source = hub.open()
    const problems: AppError[] = []
    for (const fence of [1, 2]) {
      const report = (problem: AppError) => void problems.push(problem)
      const items = await collect(source, '0', { count: 3, after: '1', fence, report })
      expect(items.map(textOf)).toEqual(texts(5, 8))
    }
    expect(problems).toMatchObject([{ code: 'not_found', reason: 'expired' }])
    expect(problems[0]?.message).toContain('3 events of partition 0')
    const unreported = collect(hub.open(), '0', { count: 1, after: '1' })
    await expect(unreported).rejects.toMatchObject({ reason: 'expired' })
  })

  test('does not read on where the hub was made anew', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 2))
    const reading = collect(hub.open(), '0', { count: 1, after: '7' })
    await expect(reading).rejects.toMatchObject({ code: 'conflict', reason: 'position_ahead' })
    await expect(collect(hub.open(), '0', { count: 1, after: 'seven' })).rejects.toMatchObject({ code: 'corrupt' })
  })

  test('takes bodies and attributes as they were sent', async () => {
    await using hub = await startHub()
    const seen: Message[] = []
    const unpack: Unpack = (message) => {
      seen.push(message)
      return unpackLines(message)
    }
    const annotated = (body: unknown, bodyType: 'value' | 'sequence' | 'data'): Sendable => ({ body, bodyType })
    const events: Sendable[] = [
      {
        body: Buffer.from('{"a": 1 }\n'),
        contentType: 'application/json',
        properties: { Tenant: 'x', n: 3, yes: true },
      },
      { body: Buffer.from([0xff, 0x00]), properties: { 'cloudEvents:source': 's', cloudEvents_id: 'i' } },
      annotated('text as a value', 'value'),
      annotated({ a: [1, 'two'] }, 'value'),
      annotated(Buffer.from('bytes as a value'), 'value'),
      annotated([1, 'two'], 'sequence'),
    ]
    await hub.sendEvents(events, { partitionKey: 'ada' })
    const source = hub.open({ unpack, contributor: 'partition-key' })
    const partition = (await hub.lookup('0')).isEmpty ? '1' : '0'
    await collect(source, partition, { count: events.length })
    expect(seen.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))).toEqual([
      '{"a": 1 }\n',
      '\xff\x00',
      'text as a value',
      '{"a":[1,"two"]}',
      'bytes as a value',
      '[1,"two"]',
    ])
    expect(Object.fromEntries(seen[0]!.attributes)).toEqual({
      'content-type': 'application/json',
      tenant: 'x',
      n: '3',
      yes: 'true',
    })
    expect(Object.fromEntries(seen[1]!.attributes)).toEqual({ 'ce-source': 's', 'ce-id': 'i' })
    expect(seen.map(({ contributor }) => contributor)).toEqual(events.map(() => 'ada'))
  })

  test('copies checkpoints for other tools, never ahead of what is staged', async () => {
    const azurite = await startAzurite()
    await using hub = await startHub()
    const container = new ContainerClient(`${azurite.endpoint}/checkpoints`, azurite.credential)
    await container.create()
    const store = new BlobCheckpointStore(container)
    await hub.send('0', ['one', 'two\nthree', 'four'])
    const source = hub.open({ checkpointStore: store })
    const items = await collect(source, '0', { count: 4 })
    expect(items.map(({ position }) => position)).toEqual(['0', '1/0', '1/1', '2'])
    const stored = () => store.listCheckpoints('127.0.0.1', HUB, '$Default')
    await source.acknowledge!('0', new Map([['0', items[1]!.position]])) // the event is taken in part
    expect(await stored()).toMatchObject([{ partitionId: '0', sequenceNumber: 0 }])
    await source.acknowledge!('0', new Map([['0', '2']]))
    const [checkpoint] = await stored()
    expect(checkpoint).toMatchObject({ sequenceNumber: 2, offset: (await hub.lookup('0')).lastEnqueuedOffset })

    await container.delete()
    await hub.send('0', ['five'])
    const problems: AppError[] = []
    await collect(source, '0', { count: 1, after: '2', report: (problem) => void problems.push(problem) })
    await source.acknowledge!('0', new Map([['0', '3']]))
    expect(problems).toMatchObject([{ code: 'unavailable', reason: 'checkpoint_mirror' }])
    await azurite.close()
  })

  test('tells at once of a connection that breaks under a question, and leaves none behind when it is aborted', async () => {
    await using hub = await startHub()
    const proxy = await startTornProxy(hub.emulator.port)
    const source = hub.open({ connectionString: hub.emulator.connectionString(undefined, proxy.port) })
    for (const after of ['0', undefined]) {
      hub.emulator.inject({ kind: 'torn', times: 1 })
      const reading = collect(source, '0', { count: 1, ...(after === undefined ? {} : { after }) })
      await expect(reading).rejects.toMatchObject({ code: 'unavailable' })
    }
    await until(() => proxy.connections === 0, 'the broken connections were gone')
    for (const after of ['0', undefined]) {
      proxy.pause()
      const reading = watch(source, '0', after === undefined ? {} : { after })
      await until(() => proxy.connections === 1, 'it is connecting')
      reading.stop()
      expect(await reading.ended).toBeUndefined()
      proxy.resume()
      await until(() => proxy.connections === 0, 'no connection is left')
    }
    expect(hub.emulator.receivers()).toEqual([])
    await proxy.close()
  })

  test('ends with an error, not as if all were read, where the source is closed', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 1))
    const source = hub.open()
    const reading = watch(source, '0')
    await until(() => reading.items.length === 1, 'it came')
    await source.close()
    expect(await reading.ended).toMatchObject({ code: 'unavailable', reason: 'closed' })
    await expect(source.shards()).rejects.toMatchObject({ reason: 'closed' })
  })
})
