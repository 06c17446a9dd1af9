import { status } from '@grpc/grpc-js'
import { describe, expect, test } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import type { AppError } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import type { Message } from '#services/ingest/messages/message.ts'
import { ingestDataset } from '#services/ingest/pipeline.ts'
import type { SourceItem } from '#services/ingest/source.ts'
import { nextMark } from '#services/ingest/sources/pubsub/message.ts'
import { PROJECT, SUBSCRIPTION } from '#emulators/pubsub/client.ts'
import { createMemoryVault } from '#test/support/fakes/memory-vault.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import { readLive, StagedItems, until } from './live-reading.ts'
import { drain, numbers, texts, usePubSub } from './pubsub-fixture.ts'
import { told } from './suite.ts'

const pubsub = usePubSub()
const TEXTS = contractSchema.parse({
  version: 1,
  schema: { type: 'object', properties: { text: { type: 'string' } } },
  features: { kind: 'text', field: 'text' },
})

describe('source: Pub/Sub, deliveries', () => {
  test('names what was read by a chain over the ids of its messages', async () => {
    await pubsub.start()
    const ids = await pubsub.records.send('', numbers(0, 3))
    const source = pubsub.open({ lanes: 1 })
    const items = await readLive(source, new StagedItems(), { count: 3, acknowledges: false })
    let mark = ''
    for (const { item } of items) {
      mark = nextMark(mark, item.position)
      expect(item).toMatchObject({ partition: 'records', mark, redeliverable: true })
    }
    expect(items.map(({ item }) => item.position).sort()).toEqual(ids.sort())
    expect(mark).toMatch(/^[0-9a-f]{32}$/)

    // from a mark on, the chain is another one
    await until(() => pubsub.emulator.outstanding(SUBSCRIPTION) === 0, 'all is handed back')
    const catalog = new StagedItems()
    catalog.stage('lane-0', [items[0]!.item])
    const [next] = await readLive(source, catalog, { count: 1, acknowledges: false })
    expect(next!.item.mark).toBe(nextMark(items[0]!.item.mark!, next!.item.position))
  })

  test('hands back at once what has just come, and keeps no part of it', async () => {
    await pubsub.start({ ackDeadlineSeconds: 600 })
    for (let round = 1; round <= 5; round++) {
      await pubsub.records.send('', numbers(20 * round, 20 * round + 20))
      const source = pubsub.open({ lanes: 1 })
      const stop = new AbortController()
      for await (const _ of source.read('lane-0', new Map(), { signal: stop.signal })) stop.abort()
      await source.close()
      expect([pubsub.emulator.outstanding(SUBSCRIPTION), pubsub.emulator.backlog(SUBSCRIPTION)]).toEqual([
        0,
        20 * round,
      ])
    }
  })

  test('acknowledges up to the mark and not one further', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 10))
    const source = pubsub.open({ lanes: 1 })
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
    await until(() => pubsub.emulator.backlog(SUBSCRIPTION) === 6, 'four are acknowledged')
    expect(pubsub.emulator.outstanding(SUBSCRIPTION)).toBe(0)
    const catalog = new StagedItems()
    await drain(pubsub.open(), catalog, 6)
    const first = new Set(seen.slice(0, 4).map(told))
    expect(texts(catalog).sort()).toEqual(numbers(0, 10).filter((text) => !first.has(text)))
  })

  test('gives what a crashed reader held to another lane', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 40))
    const catalog = new StagedItems()
    const first = pubsub.open()
    await readLive(first, catalog, { count: 25, window: 10, shards: ['lane-0'] })
    await pubsub.crash(first)
    const second = pubsub.open()
    await readLive(second, catalog, { count: 20, shards: ['lane-1'] })
    expect(texts(catalog).sort()).toEqual(numbers(0, 40).sort())
    await second.close()
    expect(pubsub.isDrained()).toBe(true)
  })

  test('drops nothing and stages nothing twice when deadlines pass while it reads', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 200))
    const catalog = new StagedItems()
    const source = pubsub.open()
    const reading = readLive(source, catalog, { count: 100_000, window: 7, quietMs: 0 })
    for (let pass = 0; pass < 5; pass++) {
      pubsub.emulator.expire()
      await pubsub.records.send('', numbers(200 + pass * 20, 220 + pass * 20))
    }
    // windows of 7 leave a rest: more messages push it out
    await until(() => catalog.items.length >= 280, 'nearly all is staged')
    await source.close()
    await reading
    await drain(pubsub.open(), catalog, 300)
    expect(texts(catalog).sort()).toEqual(numbers(0, 300).sort())
    expect(new Set(catalog.items.map(({ position }) => position)).size).toBe(300)
    await until(() => pubsub.isDrained(), 'all is acknowledged')
  })

  test('passes over duplicates of what it holds, and acknowledges them with the first', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 20))
    const source = pubsub.open({ lanes: 1 })
    const stop = new AbortController()
    const items: SourceItem[] = []
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      items.push(item)
      if (items.length === 20) {
        pubsub.emulator.duplicate(SUBSCRIPTION)
        await pubsub.records.send('', ['behind the duplicates'])
      }
      if (items.length === 21) {
        expect(pubsub.emulator.outstanding(SUBSCRIPTION)).toBe(41)
        await source.acknowledge!('lane-0', new Map([['records', item.mark!]]))
        await until(() => pubsub.emulator.outstanding(SUBSCRIPTION) === 0, 'all is acknowledged')
        stop.abort()
      }
    }
    expect(items.map(told)).toEqual([...numbers(0, 20), 'behind the duplicates'])
    expect(pubsub.isDrained()).toBe(true)
  })

  test('gives what comes again after its acknowledgement the place that it had', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 5))
    const catalog = new StagedItems()
    const source = pubsub.open({ lanes: 1, maxOutstanding: { messages: 5 } })
    const stop = new AbortController()
    const items: SourceItem[] = []
    for await (const item of source.read('lane-0', new Map(), { signal: stop.signal })) {
      items.push(item)
      const marks = catalog.stage('lane-0', [item])
      if (items.length === 5) pubsub.emulator.duplicate(SUBSCRIPTION) // there is no room for them yet
      if (items.length === 5) await source.acknowledge!('lane-0', marks)
      if (items.length === 10) stop.abort()
    }
    const places = items.map(({ partition, position }) => `${partition} ${position}`)
    expect(places.slice(5).sort()).toEqual(places.slice(0, 5).sort())
    expect(new Set(items.map(({ mark }) => mark)).size).toBe(10)
    expect(texts(catalog).sort()).toEqual(numbers(0, 5))
  })

  test('acknowledges a message once its last item is staged', async () => {
    await pubsub.start({ enableMessageOrdering: true })
    await pubsub.records.send('key', ['0', '1\n2\n3\n4', '5'])
    const catalog = new StagedItems()
    const first = pubsub.open({ lanes: 1 })
    await readLive(first, catalog, { count: 3 }) // two of the four
    await until(() => pubsub.emulator.backlog(SUBSCRIPTION) === 2, 'the first message is acknowledged')
    await pubsub.crash(first)
    expect(texts(catalog)).toEqual(['0', '1', '2'])
    const again = await readLive(pubsub.open(), catalog, { count: 5 })
    expect(again.map(({ item }) => told(item))).toEqual(['1', '2', '3', '4', '5'])
    expect(texts(catalog)).toEqual(numbers(0, 6))
    await until(() => pubsub.isDrained(), 'all is acknowledged')
  })

  test('acknowledges a message that there is nothing in', async () => {
    await pubsub.start()
    await pubsub.records.send('', ['nothing', '1'])
    const unpack = (message: Message) => unpackLines(message).filter((item) => told(item) !== 'nothing')
    const catalog = new StagedItems()
    await drain(pubsub.open({}, unpack), catalog, 1)
    expect(texts(catalog)).toEqual(['1'])
    await until(() => pubsub.isDrained(), 'both are acknowledged')
  })

  test('loses nothing when connections break', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 50))
    const catalog = new StagedItems()
    const source = pubsub.open()
    for (const count of [5, 10, 10]) {
      await readLive(source, catalog, { count, window: 2 })
      pubsub.emulator.tear()
    }
    const rest = drain(source, catalog, 55)
    pubsub.emulator.tear()
    await pubsub.records.send('', numbers(50, 52))
    pubsub.emulator.breakStreams()
    await pubsub.records.send('', numbers(52, 54))
    pubsub.emulator.breakStreams(status.DEADLINE_EXCEEDED)
    await pubsub.records.send('', numbers(54, 55))
    await rest
    expect(texts(catalog).sort()).toEqual(numbers(0, 55).sort())
  })

  test('says when a window wants more than may be outstanding, and reads on once there is room', async () => {
    await pubsub.start()
    await pubsub.records.send('', numbers(0, 30))
    const source = pubsub.open({ lanes: 1, maxOutstanding: { messages: 10 } })
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

    const again = pubsub.open({ lanes: 1, maxOutstanding: { messages: 10 } })
    const unheard = readLive(again, new StagedItems(), { count: 30, acknowledges: false })
    await expect(unheard).rejects.toMatchObject({ code: 'invalid', reason: 'flow_control' })
  })

  test('keeps the order, and loses sight of none, where the bound is reached by bytes', async () => {
    await pubsub.start({ enableMessageOrdering: true })
    const random = seededRandom(5, 'sizes')
    const sent = numbers(0, 120).map((text) => text.padEnd(1 + random.below(20_000), '.'))
    await pubsub.records.send('key', sent)
    const catalog = new StagedItems()
    const source = pubsub.open({ lanes: 1, maxOutstanding: { bytes: 60_000 } })
    await readLive(source, catalog, { count: 120, window: 3 })
    expect(texts(catalog)).toEqual(sent)
    await source.close()
    expect(pubsub.isDrained()).toBe(true)
  })
})

describe('source: Pub/Sub, ordering keys', () => {
  test('stages no message before an earlier one of its key, through crashes, aborts and late deadlines', async () => {
    await pubsub.start({ enableMessageOrdering: true })
    const keys = ['a', 'b', 'c', 'd', 'e']
    for (const key of keys) {
      await pubsub.records.send(
        key,
        numbers(0, 40).map((text) => `${key}${text}`),
      )
    }
    const random = seededRandom(3, 'ordering')
    const catalog = new StagedItems()
    for (let round = 0; round < 8; round++) {
      const source = pubsub.open({ lanes: 3 })
      await readLive(source, catalog, { count: 5 + random.below(30), window: 1 + random.below(4) })
      if (random.below(2) === 0) await pubsub.crash(source)
      else await source.close()
    }
    await drain(pubsub.open({ lanes: 3 }), catalog, 200)
    for (const key of keys) {
      expect(texts(catalog).filter((text) => text.startsWith(key))).toEqual(
        numbers(0, 40).map((text) => `${key}${text}`),
      )
    }
    await until(() => pubsub.isDrained(), 'all is acknowledged')
  })
})

describe('source: Pub/Sub, what comes with a message', () => {
  test('ends windows by time where the next message of a key waits for the one before', async () => {
    await pubsub.start({ enableMessageOrdering: true }, { isOneByOne: true })
    for (const key of ['a', 'b', 'c'])
      await pubsub.records.send(
        key,
        [0, 1, 2].map((i) => `{"text":"${key}${i}"}`),
      )
    await using stack = new AsyncDisposableStack()
    const catalog = await openCatalog(await openPglite(), { actor: 'test' })
    stack.defer(() => catalog.close())
    const drain = new AbortController()
    let windows = 0
    await ingestDataset({
      dataset: 'mail',
      source: pubsub.open({ lanes: 1 }),
      contract: TEXTS,
      contractHash: 'c0',
      catalog,
      vault: createMemoryVault(),
      enqueue: async () => void (++windows === 3 && drain.abort()),
      limits: { records: 100, bytes: 1_000_000, seconds: 0.05 },
      owner: 'me',
      drain: drain.signal,
    })
    const staged = await catalog.windows.list({ dataset: 'mail' })
    expect(staged.map(({ records }) => records)).toEqual([3, 3, 3])
    await until(() => pubsub.isDrained(), 'all is acknowledged')
  })

  test('hands attributes on in lower case, and a contributor from the ordering key or an attribute', async () => {
    await pubsub.start({ enableMessageOrdering: true })
    const sent = { 'ce-Source': 'sensor', 'Content-Type': 'application/json', Sender: 'ann', 'delivery-attempt': '99' }
    await pubsub.records.send('bob', ['{}'], sent)
    const seen: Message[] = []
    const unpack = (message: Message) => (seen.push(message), unpackLines(message))
    for (const contributor of ['ordering-key', { attribute: 'sender' }, { attribute: 'nobody' }, undefined] as const) {
      const source = pubsub.open({ ...(contributor && { contributor }) }, unpack)
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
    await pubsub.start()
    await pubsub.records.client.createTopic('dead')
    await pubsub.records.client.topic('dead').createSubscription('dead')
    const deadLetterPolicy = { deadLetterTopic: `projects/${PROJECT}/topics/dead`, maxDeliveryAttempts: 5 }
    await pubsub.records.client.subscription('records').setMetadata({ deadLetterPolicy })
    await pubsub.records.send('', ['poor thing'], { kept: 'yes' })
    const attempts: (string | undefined)[] = []
    const unpack = (message: Message) => (
      attempts.push(message.attributes.get('delivery-attempt')),
      unpackLines(message)
    )
    for (let attempt = 1; attempt <= 5; attempt++) {
      await readLive(pubsub.open({}, unpack), new StagedItems(), { count: 1, acknowledges: false })
      await until(() => pubsub.emulator.outstanding(SUBSCRIPTION) === 0, 'it is handed back')
    }
    expect(attempts).toEqual(['1', '2', '3', '4', '5'])
    expect(pubsub.isDrained()).toBe(true)

    const seen: Message[] = []
    const dead = pubsub.open({ subscription: 'dead' }, (message) => (seen.push(message), unpackLines(message)))
    await readLive(dead, new StagedItems(), { count: 1 })
    expect(Buffer.from(seen[0]!.bytes).toString()).toBe('poor thing')
    expect(Object.fromEntries(seen[0]!.attributes)).toMatchObject({
      kept: 'yes',
      cloudpubsubdeadlettersourcedeliverycount: '5',
      cloudpubsubdeadlettersourcesubscription: 'records',
    })
  })
})
