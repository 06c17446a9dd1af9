import { describe, expect, test } from 'vitest'
import { isRetryable } from '#core/errors.ts'
import { seededRandom } from '#core/random.ts'
import type { Source, SourceItem } from '#services/ingest/source.ts'
import { unpackLines } from '#test/support/fakes/unpack-lines.ts'
import type { LiveCase, LiveService, LiveSourceUnderTest } from './live-service.ts'
import { readLive, settled, StagedItems, type LiveItem } from './live-reading.ts'
import { all, itemText, told, type SourceContents } from './suite.ts'

/** What every live source promises, whatever is behind it: over a real connection, read as the pipeline reads. */
export function liveSourceSuite(name: string, underTest: LiveSourceUnderTest): void {
  const {
    create,
    skip = {},
    hugeBytes,
    ordered = true,
    aheadBytes,
    quietMs = 1000,
    concurrent = false,
    retry = { count: 0 },
  } = underTest

  const check = (title: LiveCase, contents: SourceContents, run: (service: LiveService) => Promise<void>) =>
    test(title, async (context) => {
      const reason = skip[title]
      context.skip(reason !== undefined, reason)
      const service = await create(contents)
      try {
        await run(service)
      } finally {
        await service.close()
      }
    })

  const withSource = async <T>(service: LiveService, run: (source: Source) => Promise<T>): Promise<T> => {
    const source = await service.open(unpackLines)
    try {
      return await run(source)
    } finally {
      await source.close?.()
    }
  }

  const crashing = async <T>(service: LiveService, run: (source: Source) => Promise<T>): Promise<T> => {
    const source = await service.open(unpackLines)
    try {
      return await run(source)
    } finally {
      await (service.crash?.(source) ?? source.close?.())
    }
  }

  describe(`live source: ${name}`, { concurrent, retry }, () => {
    const three = { a: 4, b: 3, c: 2 }

    check('yields every message once, each partition in its order', three, async (service) => {
      await withSource(service, async (source) => {
        expect(source.live).toBe(true)
        const items = (await readLive(source, new StagedItems(), { count: 9, quietMs })).map(({ item }) => item)
        expect(items.map(told).sort()).toEqual(all(three).sort())
        for (const partition of Object.keys(three)) {
          const own = items.map(told).filter((text) => text.includes(`"${partition}"`))
          expect(own).toEqual(own.map((_, index) => itemText(partition, index)))
        }
      })
    })

    check('yields the same items from the same place every time', three, async (service) => {
      const read = () => withSource(service, (source) => readLive(source, new StagedItems(), { count: 9, quietMs }))
      expect(byShard(await read())).toEqual(byShard(await read()))
    })

    check('carries on after any position without a gap or a repetition', three, async (service) => {
      await withSource(service, async (source) => {
        const items = await readLive(source, new StagedItems(), { count: 9 })
        for (let cut = 0; cut <= items.length; cut += 3) {
          const catalog = new StagedItems()
          for (const { shard, item } of items.slice(0, cut)) catalog.stage(shard, [item])
          const rest = await readLive(source, catalog, { count: items.length - cut, quietMs })
          expect(byShard(rest)).toEqual(byShard(items.slice(cut)))
        }
      })
    })

    check('waits where all of it was read, and yields what comes then', { a: 2 }, async (service) => {
      await withSource(service, async (source) => {
        const catalog = new StagedItems()
        await readLive(source, catalog, { count: 2 })
        const fresh = readLive(source, catalog, { count: 3, quietMs })
        for (let index = 2; index < 5; index++) await service.send('a', [Buffer.from(itemText('a', index))])
        expect((await fresh).map(({ item }) => told(item))).toEqual([2, 3, 4].map((index) => itemText('a', index)))
      })
    })

    check('yields nothing from nothing', { a: 0 }, async (service) => {
      await withSource(service, async (source) => {
        expect(await readLive(source, new StagedItems(), { count: 0, quietMs })).toEqual([])
      })
    })

    check('ends soon after it is aborted, while it reads and while it waits', { a: 50 }, async (service) => {
      await withSource(service, async (source) => {
        const stop = new AbortController()
        const seen: string[] = []
        const [shard] = await source.shards()
        for await (const item of source.read(shard!.id, new Map(), { signal: stop.signal, fence: 1 })) {
          if (seen.push(told(item)) === 3) stop.abort()
        }
        expect(seen).toHaveLength(3)

        // the reading that waits is aborted by the timer alone: nothing comes
        const catalog = new StagedItems()
        catalog.nextFence()
        expect(await readLive(source, catalog, { count: 50 })).toHaveLength(50)
        expect(await readLive(source, catalog, { count: 0, quietMs: 300 })).toEqual([])
      })
    })

    check('can be left in the middle and read again', { a: 5 }, async (service) => {
      await withSource(service, async (source) => {
        const catalog = new StagedItems()
        const [shard] = await source.shards()
        const options = { signal: new AbortController().signal, fence: catalog.nextFence() }
        for await (const item of source.read(shard!.id, new Map(), options)) {
          expect(told(item)).toBe(itemText('a', 0))
          break
        }
        expect(await readLive(source, catalog, { count: 5 })).toHaveLength(5)
      })
    })

    check('acknowledges nothing by itself', three, async (service) => {
      const unacknowledged = { count: 9, acknowledges: false }
      await crashing(service, (source) => readLive(source, new StagedItems(), unacknowledged))
      const again = await withSource(service, (source) => readLive(source, new StagedItems(), unacknowledged))
      expect(texts(again).sort()).toEqual(all(three).sort())
    })

    check('acknowledges positions, more than once if need be', { a: 4 }, async (service) => {
      const catalog = new StagedItems()
      await withSource(service, async (source) => {
        const [{ shard }] = (await readLive(source, catalog, { count: 2 })) as [LiveItem]
        await source.acknowledge?.(shard, catalog.positions(shard))
        await source.acknowledge?.(shard, catalog.positions(shard))
      })
      await withSource(service, async (source) => {
        const rest = await readLive(source, catalog, { count: 2, quietMs })
        expect(texts(rest)).toEqual([itemText('a', 2), itemText('a', 3)])
      })
    })

    for (const acknowledges of [true, false]) {
      const title = acknowledges
        ? 'admits every record once through crashes before staging'
        : 'admits every record once through crashes between staging and acknowledging'
      check(title, { a: 30, b: 20 }, async (service) => {
        const random = seededRandom(11, title)
        const catalog = new StagedItems()
        for (let crash = 0; crash < 5 && catalog.items.length < 45; crash++) {
          const count = Math.min(4 + random.below(12), 50 - catalog.items.length)
          await crashing(service, (source) => readLive(source, catalog, { count, window: 3, acknowledges }))
        }
        await withSource(service, (source) => readLive(source, catalog, { staged: 50, quietMs }))
        expect(catalog.items.map(told).sort()).toEqual(all({ a: 30, b: 20 }).sort())
      })
    }

    check('delivers again under the same partition and position', three, async (service) => {
      const reading = { count: 9, acknowledges: false }
      const places = (items: LiveItem[]) =>
        items.map(({ item }) => [told(item), item.partition, item.position].join(' ')).sort()
      const first = await crashing(service, (source) => readLive(source, new StagedItems(), reading))
      const second = await withSource(service, (source) => readLive(source, new StagedItems(), reading))
      expect(places(second)).toEqual(places(first))
      expect(new Set(places(first)).size).toBe(9)
    })

    check('carries on inside a message of several items', { a: 1 }, async (service) => {
      const lines = [1, 2, 3, 4].map((index) => itemText('a', index))
      await service.send('a', [Buffer.from(lines.join('\n')), Buffer.from(itemText('a', 5))])
      const catalog = new StagedItems()
      for (const count of [1, 2, 3]) {
        await crashing(service, (source) => readLive(source, catalog, { count }))
      }
      await withSource(service, (source) => readLive(source, catalog, { staged: 6, quietMs }))
      expect(catalog.items.map(told)).toEqual(all({ a: 6 }))
    })

    check('goes on behind messages that cannot be unpacked', { a: 1 }, async (service) => {
      const poison = Uint8Array.of(0x7b, 0xff, 0xfe, 0x00, 0xc3)
      await service.send('a', [poison, Buffer.from(itemText('a', 1)), poison, Buffer.from(itemText('a', 2))])
      await withSource(service, async (source) => {
        const items = await readLive(source, new StagedItems(), { count: 5, quietMs })
        expect(texts(items)).toEqual([itemText('a', 0), 'broken', itemText('a', 1), 'broken', itemText('a', 2)])
        const kept = items.flatMap(({ item }) => (item.body.kind === 'broken' ? [Buffer.from(item.body.raw)] : []))
        expect(kept).toEqual([Buffer.from(poison), Buffer.from(poison)])
      })
    })

    check('yields empty messages', { a: 1 }, async (service) => {
      await service.send('a', [new Uint8Array(0), Buffer.from(itemText('a', 1))])
      await withSource(service, async (source) => {
        const items = await readLive(source, new StagedItems(), { count: 3, quietMs })
        expect(texts(items)).toEqual([itemText('a', 0), '', itemText('a', 1)])
      })
    })

    check('yields huge messages whole', { a: 1 }, async (service) => {
      const huge = hugeBytes.map((size) => Buffer.alloc(size, `${itemText('a', size)} `))
      for (const bytes of huge) await service.send('a', [bytes])
      await withSource(service, async (source) => {
        const items = await readLive(source, new StagedItems(), { count: 1 + huge.length })
        const bySize = <T>(of: readonly T[], size: (one: T) => number) =>
          ordered ? of : of.toSorted((one, other) => size(one) - size(other))
        const got = bySize(
          items.map(({ item }) => item),
          sizeOf,
        )
        const sent = bySize([Buffer.from(itemText('a', 0)), ...huge], ({ length }) => length)
        expect(got.map(sizeOf)).toEqual(sent.map(({ length }) => length))
        for (const [index, item] of got.entries()) expect(told(item) === String(sent[index])).toBe(true)
      })
    })

    check('reads ahead of a slow consumer no more than it promises', { a: 0 }, async (service) => {
      const size = 50_000
      const messages = Math.ceil((aheadBytes * 4) / size)
      for (let sent = 0; sent < messages; sent += 10) {
        const count = Math.min(10, messages - sent)
        await service.send(
          'a',
          Array.from({ length: count }, (_, i) => Buffer.alloc(size, itemText('a', sent + i))),
        )
      }
      await withSource(service, async (source) => {
        const stop = new AbortController()
        const [shard] = await source.shards()
        const reading = source.read(shard!.id, new Map(), { signal: stop.signal, fence: 1 })[Symbol.asyncIterator]()
        let taken = 0
        for (let pause = 0; pause < 3; pause++) {
          for (let step = 0; step < 3; step++) {
            const next = await reading.next()
            expect(next.done).toBe(false)
            taken += size
          }
          expect((await settled(service.received!, 1000)) - taken).toBeLessThan(aheadBytes)
        }
        stop.abort()
        await reading.return?.()
      })
    })

    check('loses nothing when connections break', { a: 30, b: 20 }, async (service) => {
      await withSource(service, async (source) => {
        const catalog = new StagedItems()
        for (const count of [5, 10, 10]) {
          await retrying(() => readLive(source, catalog, { count, window: 2 }))
          service.tear!()
        }
        await retrying(() => readLive(source, catalog, { staged: 50, quietMs }))

        // and while it waits
        const waiting = retrying(() => readLive(source, catalog, { staged: 51 }))
        await settled(service.received ?? (() => 0), 500)
        service.tear!()
        await service.send('a', [Buffer.from(itemText('a', 30))])
        await waiting
        expect(catalog.items.map(told).sort()).toEqual(all({ a: 31, b: 20 }).sort())
      })
    })

    check('says that the service does not answer, and reads on when it does', { a: 5 }, async (service) => {
      await withSource(service, async (source) => {
        const catalog = new StagedItems()
        await readLive(source, catalog, { count: 2 })
        const [shard] = await source.shards()
        await service.down!()
        const error = await readLive(source, catalog, { count: 3, shards: [shard!.id] }).catch(
          (error: unknown) => error,
        )
        expect(error).toMatchObject({ name: 'AppError', code: 'unavailable' })
        await service.up!()
        await retrying(() => readLive(source, catalog, { staged: 5, quietMs }))
        expect(catalog.items.map(told)).toEqual(all({ a: 5 }))
      })
    })

    check('tells throttling from denial', { a: 5 }, async (service) => {
      await withSource(service, async (source) => {
        const shards = (await source.shards()).map(({ id }) => id)
        for (const kind of ['throttled', 'denied', 'unavailable'] as const) {
          service.inject!({ kind })
          const error = await readLive(source, new StagedItems(), { count: 5, shards }).catch((error: unknown) => error)
          expect(error).toMatchObject({ name: 'AppError', code: kind })
          service.clearFaults!()
        }
        expect(await readLive(source, new StagedItems(), { count: 5 })).toHaveLength(5)
      })
    })

    check('knows how far behind it is', { a: 3 }, async (service) => {
      await withSource(service, async (source) => {
        const [shard] = await source.shards()
        expect(source.lagMs!(shard!.id)).toBeNull()
        await readLive(source, new StagedItems(), { count: 3, quietMs })
        expect(source.lagMs!(shard!.id)).toBeGreaterThanOrEqual(0)
      })
    })

    check('can be closed, more than once', { a: 1 }, async (service) => {
      const source = await service.open(unpackLines)
      await readLive(source, new StagedItems(), { count: 1 })
      await source.close?.()
      await source.close?.()
    })
  })
}

/** What the pipeline does with errors that say that trying again helps. */
async function retrying<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      if (attempt === 50 || !isRetryable(error)) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

function byShard(items: readonly LiveItem[]): ReadonlyMap<string, readonly LiveItem[]> {
  return Map.groupBy(items, ({ shard }) => shard)
}

function texts(items: readonly LiveItem[]): string[] {
  return items.map(({ item }) => told(item))
}

function sizeOf({ body }: SourceItem): number {
  return body.kind === 'bytes' ? body.bytes.length : -1
}
