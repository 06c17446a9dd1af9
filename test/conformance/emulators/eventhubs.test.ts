import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, stat, truncate } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { EventHubBufferedProducerClient, EventHubConsumerClient, EventHubProducerClient } from '@azure/event-hubs'
import { describe, expect, test } from 'vitest'
import { LISTEN, SEND, startEventHubs } from '#emulators/eventhubs.ts'
import { collect, HUB, openSource, startHub, textOf, texts } from '#emulators/eventhubs/fixture.ts'
import { until } from '../source/live-reading.ts'

const ONCE = { retryOptions: { maxRetries: 0, timeoutInMs: 10_000 } }

describe('emulator: event hubs', () => {
  test('describes hubs and partitions to the official clients', async () => {
    await using hub = await startHub()
    const client = new EventHubConsumerClient('$Default', hub.emulator.connectionString(), HUB, ONCE)
    expect(await client.getEventHubProperties()).toMatchObject({ name: HUB, partitionIds: ['0', '1'] })
    const empty = { isEmpty: true, beginningSequenceNumber: -1, lastEnqueuedSequenceNumber: -1 }
    expect(await client.getPartitionProperties('0')).toMatchObject(empty)
    await hub.send('0', texts(0, 3))
    const filled = { isEmpty: false, beginningSequenceNumber: 0, lastEnqueuedSequenceNumber: 2 }
    expect(await client.getPartitionProperties('0')).toMatchObject(filled)
    hub.emulator.expire(HUB, 0, 3)
    expect(await client.getPartitionProperties('0')).toMatchObject({ isEmpty: true, lastEnqueuedSequenceNumber: 2 })
    await client.close()
  })

  test('keeps what has one key in one partition, and takes turns without', async () => {
    await using hub = await startHub({ hubs: [{ name: HUB, partitions: 4 }] })
    for (const key of ['ada', 'bob', 'ada']) await hub.sendEvents([{ body: key }], { partitionKey: key })
    const held = async () =>
      Promise.all(['0', '1', '2', '3'].map(async (id) => (await hub.lookup(id)).lastEnqueuedSequenceNumber + 1))
    const keyed = await held()
    expect(keyed.reduce((sum, count) => sum + count)).toBe(3)
    expect(Math.max(...keyed)).toBeGreaterThanOrEqual(2)
    for (let turn = 0; turn < 4; turn++) await hub.sendEvents([{ body: turn }])
    expect(await held()).toEqual(keyed.map((count) => count + 1))
  })

  test('takes what a buffered producer sends', async () => {
    await using hub = await startHub()
    const failures: unknown[] = []
    const producer = new EventHubBufferedProducerClient(hub.emulator.connectionString(), HUB, {
      ...ONCE,
      onSendEventsErrorHandler: ({ error }) => void failures.push(error),
    })
    await producer.enqueueEvents(texts(0, 20).map((body) => ({ body: Buffer.from(body) })))
    await producer.close({ flush: true })
    expect(failures).toEqual([])
    const counts = await Promise.all(
      ['0', '1'].map(async (id) => (await hub.lookup(id)).lastEnqueuedSequenceNumber + 1),
    )
    expect(counts[0]! + counts[1]!).toBe(20)
  })

  test('begins where filters say: behind an offset, at or behind a sequence number, at the end', async () => {
    await using hub = await startHub()
    await hub.send('0', texts(0, 4))
    const client = new EventHubConsumerClient('$Default', hub.emulator.connectionString(), HUB, ONCE)
    const offsets: string[] = []
    const read = async (startPosition: object, count: number, then?: () => Promise<void>) => {
      const seen: number[] = []
      const subscription = client.subscribe(
        '0',
        {
          async processEvents(events) {
            seen.push(...events.map(({ sequenceNumber }) => sequenceNumber))
            if (offsets.length < 4) offsets.push(...events.map(({ offset }) => offset))
          },
          async processError(error) {
            throw error
          },
        },
        { startPosition, maxBatchSize: 10, maxWaitTimeInSeconds: 0.1 },
      )
      await until(() => hub.emulator.receivers().length > 0, 'it was attached')
      await then?.()
      await until(() => seen.length >= count, 'all came')
      await subscription.close()
      return seen
    }
    expect(await read({ offset: '-1' }, 4)).toEqual([0, 1, 2, 3])
    expect(await read({ offset: offsets[1]! }, 2)).toEqual([2, 3])
    expect(await read({ sequenceNumber: 2 }, 1)).toEqual([3])
    expect(await read({ sequenceNumber: 2, isInclusive: true }, 2)).toEqual([2, 3])
    expect(await read({ offset: '@latest' }, 1, () => hub.send('0', texts(4, 5)))).toEqual([4])
    await client.close()
  })

  test('lets five readers without an epoch in, and none beside one with it', async () => {
    await using hub = await startHub()
    const clients: EventHubConsumerClient[] = []
    const failures: (string | undefined)[] = []
    const attach = (ownerLevel?: number) => {
      const client = new EventHubConsumerClient('$Default', hub.emulator.connectionString(), HUB, ONCE)
      clients.push(client)
      const handlers = {
        processEvents: async () => {},
        processError: async (error: Error) => void failures.push((error as { code?: string }).code),
      }
      const options = { startPosition: { offset: '-1' }, ...(ownerLevel === undefined ? {} : { ownerLevel }) }
      client.subscribe('0', handlers, options)
    }
    for (let reader = 0; reader < 5; reader++) attach()
    await until(() => hub.emulator.receivers().length === 5, 'five were attached')
    attach()
    await until(() => failures.length === 1, 'the sixth was refused')
    attach(7)
    await until(() => failures.length === 6, 'the five were sent away')
    expect(hub.emulator.receivers()).toMatchObject([{ epoch: 7 }])
    attach()
    attach(6)
    await until(() => failures.length === 8, 'both were refused')
    expect(failures).toEqual(['QuotaExceededError', ...Array.from({ length: 7 }, () => 'ReceiverDisconnectedError')])
    await Promise.all(clients.map((client) => client.close()))
  })

  test('notes calls by permission, and refuses senders without the right, and what is too large', async () => {
    await using hub = await startHub({
      keys: [
        { name: 'all', key: 'key-of-all', rights: ['listen', 'send'] },
        { name: 'listener', key: 'key-of-listener', rights: ['listen'] },
      ],
    })
    await hub.send('0', texts(0, 1))
    await collect(hub.open(), '0', { count: 1 })
    expect(hub.emulator.calls).toEqual([
      { action: SEND, resource: `eventhubs/${HUB}` },
      { action: LISTEN, resource: `eventhubs/${HUB}/consumergroups/$Default` },
    ])
    const listener = new EventHubProducerClient(hub.emulator.connectionString('listener'), HUB, ONCE)
    await expect(listener.sendBatch([{ body: 1 }])).rejects.toMatchObject({ code: 'UnauthorizedError' })
    await listener.close()
    await expect(hub.sendEvents([{ body: Buffer.alloc(1024 * 1024) }])).rejects.toThrow('too large')
  })

  test('keeps what it answered through SIGKILL, and cuts off what it had not', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'credence-eventhubs-'))
    const options = { folder, hubs: [{ name: HUB, partitions: 1 }] }
    const main = path.resolve(import.meta.dirname, '../../../emulators/main.ts')
    const child = spawn(process.execPath, [main, 'eventhubs', JSON.stringify(options)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string]
    const { endpoint } = JSON.parse(line) as { endpoint: string }
    const who = 'SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=emulated-root-key'
    const producer = new EventHubProducerClient(`Endpoint=${endpoint};${who};UseDevelopmentEmulator=true`, HUB, {
      retryOptions: { maxRetries: 0, timeoutInMs: 2000 },
    })
    const answered: string[] = []
    const sending = (async () => {
      for (let turn = 0; ; turn++) {
        const batch = texts(turn * 3, turn * 3 + 3)
        await producer.sendBatch(batch.map((body) => ({ body: Buffer.from(body) })))
        answered.push(...batch)
        if (turn === 40) child.kill('SIGKILL')
      }
    })().catch(() => {})
    await sending
    await producer.close().catch(() => {})

    const read = async () => {
      const emulator = await startEventHubs(options)
      const source = openSource(emulator.connectionString())
      const items = await collect(source, '0', { count: answered.length })
      await source.close()
      await emulator.close()
      return items.map(textOf)
    }
    expect(answered.length).toBeGreaterThanOrEqual(120)
    expect(await read()).toEqual(answered)
    const { size } = await stat(path.join(folder, HUB, '0.log'))
    await truncate(path.join(folder, HUB, '0.log'), size - 3)
    answered.pop()
    expect((await read()).slice(0, answered.length)).toEqual(answered)
    await rm(folder, { recursive: true })
  })
})
