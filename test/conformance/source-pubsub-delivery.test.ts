import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { status } from '@grpc/grpc-js'
import type { CreateSubscriptionOptions } from '@google-cloud/pubsub'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { AppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import type { Message } from '#services/ingest/messages/message.ts'
import type { SourceItem } from '#services/ingest/source.ts'
import { nextMark } from '#services/ingest/sources/pubsub-message.ts'
import type { PubSubSource, PubSubSourceOptions } from '#services/ingest/sources/pubsub.ts'
import type { EmulatorOptions } from '#test/emulators/emulator.ts'
import { startPubSub, type PubSubEmulator } from '#test/emulators/pubsub.ts'
import { createRecords, openSource, PROJECT, SUBSCRIPTION, type Records } from '#test/emulators/pubsub/client.ts'
import { unpackLines } from '#test/fakes/unpack-lines.ts'
import { readLive, StagedItems, until } from './live-reading.ts'
import { told } from './source-suite.ts'

let emulator: PubSubEmulator
let records: Records
let opened: PubSubSource[]

async function start(subscription: CreateSubscriptionOptions = {}, options: EmulatorOptions = {}): Promise<void> {
  emulator = await startPubSub(options)
  records = await createRecords(emulator.endpoint, subscription)
}

function open(options: Partial<PubSubSourceOptions> = {}, unpack = unpackLines): PubSubSource {
  const source = openSource(emulator.endpoint, unpack, options)
  opened.push(source)
  return source
}

/** What SIGKILL leaves: nothing is handed back, and the deadlines pass. */
async function crash(source: PubSubSource): Promise<void> {
  emulator.expire()
  await source.close()
}

function numbers(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, index) => String(from + index))
}

function texts(catalog: StagedItems): string[] {
  return catalog.items.map(told)
}

/** Reads with several sources or rounds until so many items are staged. */
async function drain(source: PubSubSource, catalog: StagedItems, total: number): Promise<void> {
  const stop = new AbortController()
  const shards = await source.shards()
  const reading = Promise.all(
    shards.map(async ({ id }) => {
      for await (const item of source.read(id, catalog.positions(id), { signal: stop.signal })) {
        await source.acknowledge?.(id, catalog.stage(id, [item]))
      }
    }),
  )
  await Promise.race([reading, until(() => catalog.items.length >= total, `${total} items are staged`)])
  stop.abort()
  await reading
}

const isDrained = () => emulator.backlog(SUBSCRIPTION) === 0

beforeEach(() => {
  opened = []
})

afterEach(async () => {
  for (const source of opened) await source.close()
  await records.client.close()
  await emulator.close()
})

describe('source: Pub/Sub, deliveries', () => {
  test('names what was read by a chain over the ids of its messages', async () => {
    await start()
    const ids = await records.send('', numbers(0, 3))
    const source = open({ lanes: 1 })
    const items = await readLive(source, new StagedItems(), { count: 3, acknowledges: false })
    let mark = ''
    for (const { item } of items) {
      mark = nextMark(mark, item.position)
      expect(item).toMatchObject({ partition: 'records', mark, redeliverable: true })
    }
    expect(items.map(({ item }) => item.position).sort()).toEqual(ids.sort())
    expect(mark).toMatch(/^[0-9a-f]{32}$/)

    // from a mark on, the chain is another one
    await until(() => emulator.outstanding(SUBSCRIPTION) === 0, 'all is handed back')
    const catalog = new StagedItems()
    catalog.stage('lane-0', [items[0]!.item])
    const [next] = await readLive(source, catalog, { count: 1, acknowledges: false })
    expect(next!.item.mark).toBe(nextMark(items[0]!.item.mark!, next!.item.position))
  })

  test('acknowledges up to the mark and not one further', async () => {
    await start()
    await records.send('', numbers(0, 10))
    const source = open({ lanes: 1 })
    const stop = new AbortController()
    const seen: SourceItem[] = []
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      if (seen.push(item) === 7) {
        await source.acknowledge!('lane-0', new Map([['records', seen[3]!.mark!]]))
        await source.acknowledge!('lane-0', new Map([['records', seen[1]!.mark!]])) // behind it already
        await source.acknowledge!('lane-0', new Map([['records', 'of another reading']]))
        stop.abort()
      }
    }
    await until(() => emulator.backlog(SUBSCRIPTION) === 6, 'four are acknowledged')
    expect(emulator.outstanding(SUBSCRIPTION)).toBe(0)
    const catalog = new StagedItems()
    await drain(open(), catalog, 6)
    const first = new Set(seen.slice(0, 4).map(told))
    expect(texts(catalog).sort()).toEqual(numbers(0, 10).filter((text) => !first.has(text)))
  })

  test('gives what a crashed reader held to another lane', async () => {
    await start()
    await records.send('', numbers(0, 40))
    const catalog = new StagedItems()
    const first = open()
    await readLive(first, catalog, { count: 25, window: 10, shards: ['lane-0'] })
    await crash(first)
    const second = open()
    await readLive(second, catalog, { count: 20, shards: ['lane-1'] })
    expect(texts(catalog).sort()).toEqual(numbers(0, 40).sort())
    await second.close()
    expect(isDrained()).toBe(true)
  })

  test('drops nothing and stages nothing twice when deadlines pass while it reads', async () => {
    await start()
    await records.send('', numbers(0, 200))
    const catalog = new StagedItems()
    const source = open()
    const reading = readLive(source, catalog, { count: 100_000, window: 7, quietMs: 0 })
    for (let pass = 0; pass < 5; pass++) {
      emulator.expire()
      await records.send('', numbers(200 + pass * 20, 220 + pass * 20))
    }
    // windows of 7 leave a rest: more messages push it out
    await until(() => catalog.items.length >= 280, 'nearly all is staged')
    await source.close()
    await reading
    await drain(open(), catalog, 300)
    expect(texts(catalog).sort()).toEqual(numbers(0, 300).sort())
    expect(new Set(catalog.items.map(({ position }) => position)).size).toBe(300)
    await until(isDrained, 'all is acknowledged')
  })

  test('passes over duplicates of what it holds, and acknowledges them with the first', async () => {
    await start()
    await records.send('', numbers(0, 20))
    const source = open({ lanes: 1 })
    const stop = new AbortController()
    const items: SourceItem[] = []
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      items.push(item)
      if (items.length === 20) {
        emulator.duplicate(SUBSCRIPTION)
        await records.send('', ['behind the duplicates'])
      }
      if (items.length === 21) {
        expect(emulator.outstanding(SUBSCRIPTION)).toBe(41)
        await source.acknowledge!('lane-0', new Map([['records', item.mark!]]))
        await until(() => emulator.outstanding(SUBSCRIPTION) === 0, 'all is acknowledged')
        stop.abort()
      }
    }
    expect(items.map(told)).toEqual([...numbers(0, 20), 'behind the duplicates'])
    expect(isDrained()).toBe(true)
  })

  test('gives what comes again after its acknowledgement the place that it had', async () => {
    await start()
    await records.send('', numbers(0, 5))
    const catalog = new StagedItems()
    const source = open({ lanes: 1, maxOutstanding: { messages: 5 } })
    const stop = new AbortController()
    const items: SourceItem[] = []
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      items.push(item)
      const marks = catalog.stage('lane-0', [item])
      if (items.length === 5) emulator.duplicate(SUBSCRIPTION) // there is no room for them yet
      if (items.length === 5) await source.acknowledge!('lane-0', marks)
      if (items.length === 10) stop.abort()
    }
    const places = items.map(({ partition, position }) => `${partition} ${position}`)
    expect(places.slice(5).sort()).toEqual(places.slice(0, 5).sort())
    expect(new Set(items.map(({ mark }) => mark)).size).toBe(10)
    expect(texts(catalog).sort()).toEqual(numbers(0, 5))
  })

  test('acknowledges a message once its last item is staged', async () => {
    await start({ enableMessageOrdering: true })
    await records.send('key', ['0', '1\n2\n3\n4', '5'])
    const catalog = new StagedItems()
    const first = open({ lanes: 1 })
    await readLive(first, catalog, { count: 3 }) // two of the four
    await until(() => emulator.backlog(SUBSCRIPTION) === 2, 'the first message is acknowledged')
    await crash(first)
    expect(texts(catalog)).toEqual(['0', '1', '2'])
    const again = await readLive(open(), catalog, { count: 5 })
    expect(again.map(({ item }) => told(item))).toEqual(['1', '2', '3', '4', '5'])
    expect(texts(catalog)).toEqual(numbers(0, 6))
    await until(isDrained, 'all is acknowledged')
  })

  test('acknowledges a message that there is nothing in', async () => {
    await start()
    await records.send('', ['nothing', '1'])
    const unpack = (message: Message) => unpackLines(message).filter((item) => told(item) !== 'nothing')
    const catalog = new StagedItems()
    await drain(open({}, unpack), catalog, 1)
    expect(texts(catalog)).toEqual(['1'])
    await until(isDrained, 'both are acknowledged')
  })

  test('loses nothing when connections break', async () => {
    await start()
    await records.send('', numbers(0, 50))
    const catalog = new StagedItems()
    const source = open()
    for (const count of [5, 10, 10]) {
      await readLive(source, catalog, { count, window: 2 })
      emulator.tear()
    }
    const rest = drain(source, catalog, 55)
    emulator.tear()
    await records.send('', numbers(50, 52))
    emulator.breakStreams()
    await records.send('', numbers(52, 54))
    emulator.breakStreams(status.DEADLINE_EXCEEDED)
    await records.send('', numbers(54, 55))
    await rest
    expect(texts(catalog).sort()).toEqual(numbers(0, 55).sort())
  })

  test('says when a window wants more than may be outstanding, and reads on once there is room', async () => {
    await start()
    await records.send('', numbers(0, 30))
    const source = open({ lanes: 1, maxOutstanding: { messages: 10 } })
    const stop = new AbortController()
    const problems: AppError[] = []
    const items: SourceItem[] = []
    const report = (problem: AppError) => void problems.push(problem)
    const reading = (async () => {
      for await (const item of source.read('lane-0', new Map(), { signal: stop.signal, report })) items.push(item)
    })()
    await until(() => problems.length > 0, 'it says so')
    expect(problems).toMatchObject([{ code: 'invalid', reason: 'flow_control' }])
    expect(items).toHaveLength(10)
    for (const wanted of [20, 30]) {
      await source.acknowledge!('lane-0', new Map([['records', items.at(-1)!.mark!]]))
      await until(() => items.length === wanted, 'the next ten came')
    }
    stop.abort()
    await reading
    expect(problems).toHaveLength(1)
    expect(items.map(told).sort()).toEqual(numbers(0, 30).sort())

    const again = open({ lanes: 1, maxOutstanding: { messages: 10 } })
    const unheard = readLive(again, new StagedItems(), { count: 30, acknowledges: false })
    await expect(unheard).rejects.toMatchObject({ code: 'invalid', reason: 'flow_control' })
  })

  test('keeps the order, and loses sight of none, where the bound is reached by bytes', async () => {
    await start({ enableMessageOrdering: true })
    const random = seededRandom(5, 'sizes')
    const sent = numbers(0, 120).map((text) => text.padEnd(1 + random.below(20_000), '.'))
    await records.send('key', sent)
    const catalog = new StagedItems()
    const source = open({ lanes: 1, maxOutstanding: { bytes: 60_000 } })
    await readLive(source, catalog, { count: 120, window: 3 })
    expect(texts(catalog)).toEqual(sent)
    await source.close()
    expect(isDrained()).toBe(true)
  })
})

describe('source: Pub/Sub, exactly-once delivery', () => {
  test('has its acknowledgements confirmed', async () => {
    await start({ enableExactlyOnceDelivery: true })
    await records.send('', numbers(0, 50))
    const catalog = new StagedItems()
    const source = open()
    await readLive(source, catalog, { count: 50, window: 1 })
    expect(isDrained()).toBe(true) // without waiting: they were awaited
    expect(source.failedAcks).toBe(0)
    expect(texts(catalog).sort()).toEqual(numbers(0, 50).sort())
  })

  test('counts acknowledgements that come too late; their messages come again and are dropped', async () => {
    await start({ enableExactlyOnceDelivery: true })
    await records.send('', numbers(0, 20))
    const catalog = new StagedItems()
    const source = open({ lanes: 1 })
    const stop = new AbortController()
    let seen = 0
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      const marks = catalog.stage('lane-0', [item])
      seen++
      if (seen === 20) emulator.expire() // the new ack ids are on their way
      if (seen === 20 || seen === 40) await source.acknowledge!('lane-0', marks)
      if (seen === 40) stop.abort()
    }
    expect(source.failedAcks).toBe(20)
    expect(texts(catalog).sort()).toEqual(numbers(0, 20).sort())
    expect(isDrained()).toBe(true)
  })

  test('stages everything once through crashes', async () => {
    await start({ enableExactlyOnceDelivery: true, enableMessageOrdering: true })
    await records.send('a', numbers(0, 30))
    await records.send('b', numbers(30, 60))
    const catalog = new StagedItems()
    for (const count of [7, 12, 20]) {
      const source = open()
      await readLive(source, catalog, { count, window: 3 })
      await crash(source)
    }
    await drain(open(), catalog, 60)
    expect(texts(catalog).filter((text) => Number(text) < 30)).toEqual(numbers(0, 30))
    expect(texts(catalog).filter((text) => Number(text) >= 30)).toEqual(numbers(30, 60))
  })
})

describe('source: Pub/Sub, ordering keys', () => {
  test('stages no message before an earlier one of its key, through crashes, aborts and late deadlines', async () => {
    await start({ enableMessageOrdering: true })
    const keys = ['a', 'b', 'c', 'd', 'e']
    for (const key of keys) {
      await records.send(
        key,
        numbers(0, 40).map((text) => `${key}${text}`),
      )
    }
    const random = seededRandom(3, 'ordering')
    const catalog = new StagedItems()
    for (let round = 0; round < 8; round++) {
      const source = open({ lanes: 3 })
      await readLive(source, catalog, { count: 5 + random.below(30), window: 1 + random.below(4) })
      if (random.below(2) === 0) await crash(source)
      else await source.close()
    }
    await drain(open({ lanes: 3 }), catalog, 200)
    for (const key of keys) {
      expect(texts(catalog).filter((text) => text.startsWith(key))).toEqual(
        numbers(0, 40).map((text) => `${key}${text}`),
      )
    }
    await until(isDrained, 'all is acknowledged')
  })
})

describe('source: Pub/Sub, what comes with a message', () => {
  test('hands attributes on in lower case, and a contributor from the ordering key or an attribute', async () => {
    await start({ enableMessageOrdering: true })
    const sent = { 'ce-Source': 'sensor', 'Content-Type': 'application/json', Sender: 'ann', 'delivery-attempt': '99' }
    await records.send('bob', ['{}'], sent)
    const seen: Message[] = []
    const unpack = (message: Message) => (seen.push(message), unpackLines(message))
    for (const contributor of ['ordering-key', { attribute: 'sender' }, { attribute: 'nobody' }, undefined] as const) {
      const source = open({ ...(contributor && { contributor }) }, unpack)
      await readLive(source, new StagedItems(), { count: 1, acknowledges: false })
    }
    expect(seen.map(({ contributor }) => contributor)).toEqual(['bob', 'ann', undefined, undefined])
    expect(Object.fromEntries(seen[0]!.attributes)).toEqual({
      'ce-source': 'sensor',
      'content-type': 'application/json',
      sender: 'ann',
    })
    expect(seen[0]).toMatchObject({ partition: 'records', redeliverable: true })
  })

  test('tells how often a message was delivered, and knows it where it ended up as a dead letter', async () => {
    await start()
    await records.client.createTopic('dead')
    await records.client.topic('dead').createSubscription('dead')
    const deadLetterPolicy = { deadLetterTopic: `projects/${PROJECT}/topics/dead`, maxDeliveryAttempts: 5 }
    await records.client.subscription('records').setMetadata({ deadLetterPolicy })
    await records.send('', ['poor thing'], { kept: 'yes' })
    const attempts: (string | undefined)[] = []
    const unpack = (message: Message) => (
      attempts.push(message.attributes.get('delivery-attempt')),
      unpackLines(message)
    )
    for (let attempt = 1; attempt <= 5; attempt++) {
      await readLive(open({}, unpack), new StagedItems(), { count: 1, acknowledges: false })
      await until(() => emulator.outstanding(SUBSCRIPTION) === 0, 'it is handed back')
    }
    expect(attempts).toEqual(['1', '2', '3', '4', '5'])
    expect(isDrained()).toBe(true)

    const seen: Message[] = []
    const dead = open({ subscription: 'dead' }, (message) => (seen.push(message), unpackLines(message)))
    await readLive(dead, new StagedItems(), { count: 1 })
    expect(Buffer.from(seen[0]!.bytes).toString()).toBe('poor thing')
    expect(Object.fromEntries(seen[0]!.attributes)).toMatchObject({
      kept: 'yes',
      cloudpubsubdeadlettersourcedeliverycount: '5',
      cloudpubsubdeadlettersourcesubscription: 'records',
    })
  })
})

describe('source: Pub/Sub, a service that is killed', () => {
  test('reads on where it was when the service starts again on what it had kept', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-pubsub-'))
    await start({ enableMessageOrdering: true }, { folder })
    try {
      await records.send('key', numbers(0, 30))
      const catalog = new StagedItems()
      const source = open({ lanes: 1 })
      const reading = drain(source, catalog, 40)
      await until(() => catalog.items.length >= 10, 'a part is staged')
      const { port } = emulator
      await emulator.close()
      await reading.catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' }))
      emulator = await startPubSub({ port, folder })
      await records.send('key', numbers(30, 40))
      await drain(open(), catalog, 40)
      expect(texts(catalog)).toEqual(numbers(0, 40))
      await until(isDrained, 'all is acknowledged')

      await emulator.close()
      emulator = await startPubSub({ port, folder })
      expect(isDrained()).toBe(true)
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
