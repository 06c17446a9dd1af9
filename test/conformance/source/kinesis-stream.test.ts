import { ExpiredIteratorException, type KinesisClient } from '@aws-sdk/client-kinesis'
import { describe, expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { retry } from '#runtime/waiting/retry.ts'
import { positionOf } from '#services/ingest/sources/kinesis/place.ts'
import type { KinesisSource } from '#services/ingest/sources/kinesis/source.ts'
import type { SourceItem } from '#services/ingest/source.ts'
import { aggregate } from '#test/support/fakes/kpl-aggregate.ts'
import { emulatorForCases, IF_IT_ENDED } from './kinesis/emulator.ts'
import { createStream } from './kinesis/stream.ts'
import { readLive, StagedItems, until } from './live-reading.ts'
import { itemText, told } from './suite.ts'

const emulator = emulatorForCases()

const bytes = (...texts: string[]) => texts.map((text) => Buffer.from(text))
const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => itemText('a', from + index))
const quietMs = 500

/** Reads as the pipeline does: a shard once those before it have ended, and none that has. */
async function follow(source: KinesisSource, catalog: StagedItems, ended: Set<string>, enough: () => boolean) {
  const stop = new AbortController()
  const reading = new Map<string, Promise<void>>()
  const read = async (shard: string) => {
    for await (const item of source.read(shard, catalog.positions(shard), { signal: stop.signal })) {
      if (enough()) return
      catalog.stage(shard, [item])
    }
    if (!stop.signal.aborted) ended.add(shard)
  }
  while (!enough()) {
    for (const { id, after = [] } of await source.shards()) {
      if (reading.has(id) || ended.has(id) || !after.every((parent) => ended.has(parent))) continue
      reading.set(id, read(id))
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  stop.abort()
  await Promise.all(reading.values())
}

describe.concurrent.each(['polling', 'fan-out'] as const)(
  'kinesis, %s: a stream that is resharded',
  { retry: IF_IT_ENDED },
  (mode) => {
    test('yields each record once, and those of a key in their order, through splits, merges and crashes', async () => {
      await using stream = await createStream(emulator(), 2)
      const keys = Array.from({ length: 8 }, (_, key) => `key-${key}`)
      const rounds = 5
      const texts = (round: number) =>
        keys.flatMap((key) => [0, 1, 2].map((n) => JSON.stringify({ key, n: round * 3 + n })))
      const sendRound = (round: number) =>
        stream.send(
          texts(round).map((text) => ({ key: (JSON.parse(text) as { key: string }).key, data: Buffer.from(text) })),
        )
      const reshard = [
        () => stream.split(0),
        () => stream.split(1),
        () => stream.merge(4, 5), // the halves of shard 1
        () => stream.split(2),
      ]

      const catalog = new StagedItems()
      const ended = new Set<string>()
      const random = seededRandom(3, mode)
      const crashAfter = async (items: number) => {
        const enough = () => catalog.items.length >= items
        await follow(stream.open({ mode }), catalog, ended, enough)
      }
      for (let round = 0; round < rounds; round++) {
        await sendRound(round)
        if (round % 2 === 1) await crashAfter(catalog.items.length + 5 + random.below(20))
        await reshard[round]?.()
      }
      await crashAfter(rounds * keys.length * 3)

      const all = Array.from({ length: rounds }, (_, round) => texts(round)).flat()
      expect(catalog.items.map(told).sort()).toEqual(all.sort())
      for (const key of keys) {
        const own = catalog.items.map((item) => JSON.parse(told(item)) as { key: string; n: number })
        expect(own.filter((item) => item.key === key).map(({ n }) => n)).toEqual([...Array(rounds * 3).keys()])
      }
      const listed = await stream.open({ mode }).shards()
      expect(listed).toHaveLength(9)
      expect(listed.map(({ after }) => after?.length)).toEqual([0, 0, 1, 1, 1, 1, 2, 1, 1])
    })
  },
)

describe.concurrent('kinesis: where reading begins', { retry: IF_IT_ENDED }, () => {
  const passed = (ms: number) => {
    const since = Date.now()
    return until(() => Date.now() > since + ms, 'the clock has gone on')
  }

  test.each(['polling', 'fan-out'] as const)('a date begins with the first record since (%s)', async (mode) => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 3)))
    await passed(50)
    const start = new Date()
    await passed(50)
    await stream.put(0, bytes(...numbered(3, 5)))
    const items = await readLive(stream.open({ mode, start }), new StagedItems(), { count: 2, quietMs })
    expect(items.map(({ item }) => told(item))).toEqual(numbered(3, 5))
  })

  test('LATEST begins when the shards are first listed, however late they are read', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 3)))
    await passed(2000) // the service tells its time by the second
    const source = stream.open({ start: 'LATEST' })
    await source.shards()
    await stream.put(0, bytes(...numbered(3, 5)))
    await passed(2000)
    const catalog = new StagedItems()
    const items = await readLive(source, catalog, { count: 2, quietMs })
    expect(items.map(({ item }) => told(item))).toEqual(numbered(3, 5))
    // and again, as nothing was staged
    expect(await readLive(source, new StagedItems(), { count: 2, quietMs })).toEqual(items)
    await stream.put(0, bytes(...numbered(5, 6)))
    const rest = await readLive(stream.open({ start: 'LATEST' }), catalog, { count: 1, quietMs })
    expect(rest.map(({ item }) => told(item))).toEqual(numbered(5, 6))
  })

  test('LATEST reads a shard that came of another from its oldest record', async () => {
    await using stream = await createStream(emulator(), 1)
    const catalog = new StagedItems()
    const ended = new Set<string>()
    const first = stream.open({ start: 'LATEST' })
    await first.shards()
    await stream.put(0, bytes(...numbered(0, 3)))
    await follow(first, catalog, ended, () => catalog.items.length === 3)
    // nobody reads while it is split and written to
    await stream.split(0)
    await stream.put(1, bytes(...numbered(3, 6)))
    await passed(2000)
    await follow(stream.open({ start: 'LATEST' }), catalog, ended, () => catalog.items.length === 6)
    expect(catalog.items.map(told)).toEqual(numbered(0, 6))
  })
})

describe.concurrent('kinesis: records that a producer aggregated', { retry: IF_IT_ENDED }, () => {
  const packed = (texts: readonly string[], hashKey?: string) =>
    aggregate(
      texts.map((text, index) => ({
        partitionKey: `user-${index}`,
        explicitHashKey: hashKey ?? '1',
        data: Buffer.from(text),
      })),
    )

  test('are taken apart, and carried on inside', async () => {
    await using stream = await createStream(emulator(), 1)
    const several = [numbered(2, 4).join('\n'), ...numbered(4, 6)]
    await stream.put(0, [
      ...bytes(itemText('a', 0)),
      packed(numbered(1, 2)),
      packed(several),
      ...bytes(itemText('a', 6)),
    ])
    const source = stream.open({ contributor: 'partition-key' })
    const items = (await readLive(source, new StagedItems(), { count: 7, quietMs })).map(({ item }) => item)
    expect(items.map(told)).toEqual(numbered(0, 7))
    expect(items.map(({ contributor }) => contributor)).toEqual([
      'key',
      'user-0',
      'user-0',
      'user-0',
      'user-1',
      'user-2',
      'key',
    ])
    const [alone, whole] = [items[1]!.mark!, items[5]!.mark!]
    expect(items.map(({ position }) => position)).toEqual([
      items[0]!.position,
      positionOf(alone, 0),
      `${positionOf(whole, 0)}/0`,
      `${positionOf(whole, 0)}/1`,
      positionOf(whole, 1),
      positionOf(whole, 2),
      items[6]!.position,
    ])
    for (let cut = 1; cut <= 7; cut++) {
      const catalog = new StagedItems()
      for (const item of items.slice(0, cut)) catalog.stage('shardId-000000000000', [item])
      const rest = await readLive(source, catalog, { count: 7 - cut, quietMs: 100 })
      expect(rest.map(({ item }) => told(item))).toEqual(numbered(cut, 7))
    }
  })

  test('are left to another shard where their hash keys are its own', async () => {
    await using stream = await createStream(emulator(), 2)
    const other = (await stream.shards())[1]!.HashKeyRange!.StartingHashKey!
    const mixed = aggregate(
      ['1', other, '2', other].map((explicitHashKey, index) => ({
        partitionKey: 'key',
        explicitHashKey,
        data: Buffer.from(itemText('a', index)),
      })),
    )
    await stream.put(0, [mixed])
    const items = await readLive(stream.open(), new StagedItems(), { count: 2, quietMs })
    expect(items.map(({ item }) => told(item))).toEqual([itemText('a', 0), itemText('a', 2)])
  })

  test('are one item each, as they are, where they are broken', async () => {
    await using stream = await createStream(emulator(), 1)
    const broken = Buffer.from(packed(numbered(1, 3)))
    broken[broken.length - 1]! ^= 1
    await stream.put(0, [...bytes(itemText('a', 0)), broken, ...bytes(itemText('a', 3))])
    const items = (await readLive(stream.open(), new StagedItems(), { count: 3, quietMs })).map(({ item }) => item)
    expect(items.map(told)).toEqual([itemText('a', 0), 'broken', itemText('a', 3)])
    expect(items[1]!.body).toMatchObject({ raw: Uint8Array.from(broken) })
  })
})

describe.concurrent('kinesis: what happens meanwhile', { retry: IF_IT_ENDED }, () => {
  /** The next readings find their iterators expired. */
  const expiring = (times: number) => (client: KinesisClient) => {
    let left = times
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (args) => {
          if (commandName !== 'GetRecordsCommand' || left === 0) return next(args)
          left--
          throw new ExpiredIteratorException({ message: 'expired', $metadata: { httpStatusCode: 400 } })
        },
      { step: 'initialize', name: 'expire' },
    )
  }

  test('iterators that expire are renewed', async () => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 12)))
    const items = await readLive(stream.open({}, expiring(2)), new StagedItems(), { count: 12, quietMs })
    expect(items.map(({ item }) => told(item))).toEqual(numbered(0, 12))
  })

  test.each(['polling', 'fan-out'] as const)('throttling is waited out where there is a retry (%s)', async (mode) => {
    await using stream = await createStream(emulator(), 1)
    await stream.put(0, bytes(...numbered(0, 12)))
    const policy = { attempts: 5, firstDelayMs: 1, longestDelayMs: 5 }
    const source = stream.open({ mode, retry: (work, signal) => retry(work, { policy, signal }) })
    for (const kind of ['throttled', 'unavailable', 'torn', 'torn_after'] as const) {
      stream.book.inject({ kind, times: 2 })
      expect(await readLive(source, new StagedItems(), { count: 12 })).toHaveLength(12)
      stream.book.clearFaults()
    }
    stream.book.inject({ kind: 'denied', times: 1 })
    await expect(readLive(source, new StagedItems(), { count: 12 })).rejects.toMatchObject({ code: 'denied' })
  })

  test('an answer that is torn is asked for again', async () => {
    await using stream = await createStream(emulator(), 1)
    const large = Array.from({ length: 12 }, (_, index) => `${itemText('a', index)}${' '.repeat(40_000)}`)
    await stream.put(0, bytes(...large))
    const source = stream.open()
    const catalog = new StagedItems()
    await readLive(source, catalog, { count: 1 })
    for (const bytes of [60_000, 200_000]) {
      stream.proxies.polling.cutAfter(bytes)
      const error = await readLive(source, catalog, { staged: 12 }).catch((error: unknown) => error)
      expect(error).toMatchObject({ code: 'unavailable' })
    }
    await readLive(source, catalog, { staged: 12, quietMs })
    expect(catalog.items.map(told)).toEqual(large)
  })

  test.each(['polling', 'fan-out'] as const)('a connection that has gone silent is given up (%s)', async (mode) => {
    await using stream = await createStream(emulator(), 1)
    const large = Array.from({ length: 10 }, (_, index) => `${itemText('a', index)}${' '.repeat(90_000)}`)
    await stream.put(0, bytes(...large))
    const source = stream.open({ mode, silenceMs: 2500 })
    const proxy = stream.proxies[mode]
    const catalog = new StagedItems()
    proxy.pauseAfter(150_000) // in the middle of an answer
    const reading = readLive(source, catalog, { staged: 10 }).catch((error: unknown) => error)
    expect(await reading).toMatchObject({ code: 'unavailable' })
    proxy.resume()
    await readLive(source, catalog, { staged: 10 })
    expect(catalog.items.map(told)).toEqual(large)
  })

  test('a shard that is not there is not found', async () => {
    await using stream = await createStream(emulator(), 1)
    const reading = readLive(stream.open(), new StagedItems(), { count: 1, shards: ['shardId-000000000007'] })
    await expect(reading).rejects.toMatchObject({ code: 'not_found', reason: 'no_shard' })
    const missing = stream.open({ stream: `${stream.arn}-not` }).shards()
    await expect(missing).rejects.toMatchObject({ code: 'not_found', reason: 'not_found' })
  })

  test('a stream is found by its name as by its ARN', async () => {
    await using stream = await createStream(emulator(), 2)
    await stream.put(1, bytes(...numbered(0, 3)))
    for (const mode of ['polling', 'fan-out'] as const) {
      const source = stream.open({ mode, stream: stream.name, region: 'us-east-1' })
      expect(await readLive(source, new StagedItems(), { count: 3, quietMs })).toHaveLength(3)
    }
  })

  test('single items are read once more', async () => {
    await using stream = await createStream(emulator(), 2)
    await stream.put(0, [
      ...bytes(...numbered(0, 4)),
      aggregate(userRecords(4, 7)),
      ...bytes(numbered(7, 9).join('\n')),
    ])
    const source = stream.open()
    const items = (await readLive(source, new StagedItems(), { count: 9 })).map(({ item }) => item)
    const wanted = items.filter((_, index) => [1, 3, 5, 8].includes(index))
    expect(await readAgain(source, new Set(wanted.map(({ position }) => position)))).toEqual(wanted)
    expect(await readAgain(source, new Set(['1']))).toEqual([])
  })
})

function userRecords(from: number, to: number) {
  return numbered(from, to).map((text) => ({ partitionKey: 'key', explicitHashKey: '1', data: Buffer.from(text) }))
}

async function readAgain(source: KinesisSource, positions: ReadonlySet<string>): Promise<SourceItem[]> {
  const items: SourceItem[] = []
  for (const { id } of await source.shards()) {
    const wanted = new Map([['shardId-000000000000', positions]])
    for await (const item of source.reread!(id, wanted, new Map(), () => {})) items.push(item)
  }
  return items
}
