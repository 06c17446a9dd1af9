import {
  RegisterStreamConsumerCommand,
  type KinesisClient,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis'
import { describe, expect, test } from 'vitest'
import type { KinesisSource } from '#services/ingest/sources/kinesis/source.ts'
import { emulatorForCases, IF_IT_ENDED } from './kinesis/emulator.ts'
import { createStream } from './kinesis/stream.ts'
import { readLive, StagedItems, until } from './live-reading.ts'
import { itemText, told } from './suite.ts'

const emulator = emulatorForCases()

const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text))
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => itemText('a', from + index))
const SHARD = 'shardId-000000000000'

type EventStream = AsyncIterable<SubscribeToShardEventStream>

/** Every subscription ends after so many events, as they do after five minutes. */
const shortLived = (events: number) => (client: KinesisClient) => {
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args)
      const output = result.output as { EventStream?: EventStream }
      if (output.EventStream) output.EventStream = firstOf(output.EventStream, events)
      return result
    },
    { step: 'initialize', name: 'shorten' },
  )
}

async function* firstOf(stream: EventStream, count: number): AsyncGenerator<SubscribeToShardEventStream> {
  let left = count
  for await (const event of stream) {
    yield event
    if (--left === 0) return
  }
}

describe.concurrent('kinesis, fan-out: subscriptions', { retry: IF_IT_ENDED }, () => {
  test('are renewed behind the last event when they end', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 3)))
    const source = stream.open({ mode: 'fan-out' }, shortLived(2))
    const catalog = new StagedItems()
    const reading = readLive(source, catalog, { staged: 9, quietMs: 3000 })
    for (const from of [3, 6]) {
      const before = subscriptions(stream.book.calls)
      await until(() => catalog.items.length >= from && subscriptions(stream.book.calls) > before, 'it is renewed')
      await stream.put(0, bytes(...numbered(from, from + 3)))
    }
    await reading
    expect(catalog.items.map(told)).toEqual(numbered(0, 9))
  })

  test('are renewed when they break, without the caller', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 3)))
    const catalog = new StagedItems()
    const reading = readLive(stream.open({ mode: 'fan-out' }), catalog, { staged: 6 })
    await until(() => catalog.items.length === 3, 'the first records came')
    stream.proxies['fan-out'].cut()
    await stream.put(0, bytes(...numbered(3, 6)))
    await reading
    expect(catalog.items.map(told)).toEqual(numbered(0, 6))
  })

  test('are waited for while another reader has the shard', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 3)))
    const [one, other] = [stream.open({ mode: 'fan-out' }), stream.open({ mode: 'fan-out' })]
    const held = new AbortController()
    const holding = collect(one, held.signal)
    await until(() => holding.texts.length === 3, 'one reader has it')
    const calls = stream.book.calls
    const catalog = new StagedItems()
    const waiting = readLive(other, catalog, { staged: 3 })
    await until(() => subscriptions(calls) >= 2, 'the other one has asked twice')
    expect(catalog.items).toEqual([])
    held.abort()
    await holding.ended
    await waiting
    expect(catalog.items.map(told)).toEqual(numbered(0, 3))
  })

  test('hold back what a slow consumer does not take', async () => {
    await using stream = await createStream(emulator(), 1)
    const batch = Array.from({ length: 5 }, () => Buffer.alloc(20_000, 'x'))
    await stream.put(0, batch)
    const stop = new AbortController()
    const source = stream.open({ mode: 'fan-out' })
    const reading = source.read(SHARD, new Map(), { signal: stop.signal })[Symbol.asyncIterator]()
    expect((await reading.next()).done).toBe(false)
    const [taken, sent] = [1, 20 * batch.length]
    for (let batches = 1; batches < 20; batches++) {
      await stream.put(0, batch)
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
    expect(stream.proxies['fan-out'].received).toBeLessThan(1_000_000) // of more than two million
    let rest = 0
    while (taken + rest < sent) {
      expect((await reading.next()).done).toBe(false)
      rest++
    }
    stop.abort()
    await reading.return?.()
  })

  test('end soon when they are aborted before their first event', async () => {
    await using stream = await createStream(emulator(), 1)
    const source = stream.open({ mode: 'fan-out' })
    const stop = new AbortController()
    const reading = collect(source, stop.signal)
    await until(() => subscriptions(stream.book.calls) > 0, 'it has subscribed')
    stop.abort()
    await reading.ended
    expect(reading.texts).toEqual([])
  })
})

describe.concurrent('kinesis, fan-out: the consumer', { retry: IF_IT_ENDED }, () => {
  test('is registered once, by whoever comes first', async () => {
    await using stream = await createStream(emulator(), 2)
    await stream.put(0, bytes(...numbered(0, 2)))
    await stream.put(1, bytes(...numbered(2, 4)))
    const sources = [stream.open({ mode: 'fan-out' }), stream.open({ mode: 'fan-out' })]
    const shards = (await stream.shards()).map(({ ShardId }) => ShardId!)
    const read = await Promise.all(
      sources.map((source, place) => readLive(source, new StagedItems(), { count: 2, shards: [shards[place]!] })),
    )
    expect(read.flat().map(({ item }) => told(item))).toEqual(numbered(0, 4))
  })

  test('that is there already is used', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 2)))
    await stream.producer.send(new RegisterStreamConsumerCommand({ StreamARN: stream.arn, ConsumerName: 'mine' }))
    await readLive(stream.open({ mode: 'fan-out', consumer: 'mine' }), new StagedItems(), { count: 2 })
    expect(stream.book.calls.map(({ action }) => action)).not.toContain('kinesis:RegisterStreamConsumer')
  })

  test('has to have a name', async () => {
    await using stream = await createStream(emulator(), 1)
    expect(() => stream.open({ mode: 'fan-out', consumer: '' })).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})

function subscriptions(calls: readonly { readonly action: string }[]): number {
  return calls.filter(({ action }) => action === 'kinesis:SubscribeToShard').length
}

function collect(source: KinesisSource, signal: AbortSignal) {
  const texts: string[] = []
  const read = async () => {
    for await (const item of source.read(SHARD, new Map(), { signal })) texts.push(told(item))
  }
  return { texts, ended: read() }
}
