import { describe, expect, test } from 'vitest'
import type { Source, SourceItem } from '#services/ingest/source.ts'

/** The contents of a source: the number of items in each partition. */
export interface SourceContents {
  readonly [partition: string]: number
}

export interface SourceUnderTest {
  /** Makes a source with exactly these contents. The bytes of its items contain partition and index: `{"p":"a","i":0}`. */
  readonly create: (contents: SourceContents) => Promise<Source>
  /** Changes the source's contents to these, if the source can grow. */
  readonly grow?: (source: Source, contents: SourceContents) => Promise<Source>
}

/** The text of item `index` of a partition. */
export function itemText(partition: string, index: number): string {
  return JSON.stringify({ p: partition, i: index })
}

/** The tests that every source must pass. */
export function sourceSuite(name: string, { create, grow }: SourceUnderTest): void {
  describe(`source: ${name}`, () => {
    test('yields every item once, each partition in its order', async () => {
      const items = await readAll(await create({ a: 3, b: 1, c: 2 }))
      expect(items.map(told).sort()).toEqual(all({ a: 3, b: 1, c: 2 }).sort())
      for (const partition of ['a', 'b', 'c']) {
        const own = items.filter((item) => item.partition === partition)
        expect(own.map(told)).toEqual(own.map((_, index) => itemText(partition, index)))
      }
    })

    test('yields the same items in the same order every time', async () => {
      const source = await create({ b: 2, a: 3, 'z.1': 2 })
      expect(await readAll(source)).toEqual(await readAll(source))
    })

    test('carries on after any position without a gap or a repetition', async () => {
      const contents = { a: 4, b: 3 }
      const source = await create(contents)
      const items = await readAll(source)
      for (let cut = 0; cut <= items.length; cut++) {
        const rest = await readAll(source, positionsAfter(items.slice(0, cut)))
        expect(rest).toEqual(items.slice(cut))
      }
    })

    test('reads a partition that has no position though others have', async () => {
      const source = await create({ a: 2, b: 2, c: 2 })
      const items = await readAll(source)
      const known = positionsAfter(items.filter((item) => item.partition !== 'b'))
      expect((await readAll(source, known)).map(told)).toEqual(all({ b: 2 }))
    })

    test('yields nothing when all of it was read', async () => {
      const source = await create({ a: 2, b: 1 })
      expect(await readAll(source, positionsAfter(await readAll(source)))).toEqual([])
    })

    test('yields nothing from nothing', async () => {
      expect(await readAll(await create({}))).toEqual([])
    })

    test('stops soon after it is aborted, without throwing', async () => {
      const source = await create({ a: 1000 })
      const stop = new AbortController()
      let seen = 0
      for await (const _ of source.read(await onlyShard(source), new Map(), { signal: stop.signal })) {
        if (++seen === 3) stop.abort()
      }
      expect(seen).toBe(3)
    })

    test('can be left in the middle and read again', async () => {
      const source = await create({ a: 5 })
      for await (const item of source.read(await onlyShard(source), new Map(), {
        signal: new AbortController().signal,
      })) {
        expect(told(item)).toBe(itemText('a', 0))
        break
      }
      expect(await readAll(source)).toHaveLength(5)
    })

    test('holds a thousand partitions', async () => {
      const contents = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`p${i}`, 2]))
      const items = await readAll(await create(contents))
      expect(new Set(items.map((item) => item.partition)).size).toBe(1000)
      expect(items).toHaveLength(2000)
    })

    test('acknowledges positions, more than once if need be', async () => {
      const source = await create({ a: 2 })
      const positions = positionsAfter(await readAll(source))
      await source.acknowledge?.(await onlyShard(source), positions)
      await source.acknowledge?.(await onlyShard(source), positions)
      expect(await readAll(source, positions)).toEqual([])
    })

    test('reads single items once more, where it can', async () => {
      const source = await create({ a: 5, b: 2, c: 2 })
      if (!source.reread) return
      const items = await readAll(source)
      const wanted = new Map([
        ['a', new Set(['1', '3'])],
        ['c', new Set(['1'])],
      ])
      const again: SourceItem[] = []
      const report = (problem: Error) => expect.fail(problem.message)
      for await (const item of source.reread(await onlyShard(source), wanted, positionsAfter(items), report)) {
        again.push(item)
      }
      expect(again).toEqual(items.filter((item) => wanted.get(item.partition)?.has(item.position)))
    })

    test.runIf(grow)('reads on where a partition has grown, and new ones wherever they sort', async () => {
      const source = await create({ b: 2 })
      const positions = positionsAfter(await readAll(source))
      const grown = await grow!(source, { a: 1, b: 4, c: 1 })
      const fresh = await readAll(grown, positions)
      expect(fresh.map(told)).toEqual([itemText('a', 0), itemText('b', 2), itemText('b', 3), itemText('c', 0)])
    })
  })
}

export async function readAll(source: Source, positions: ReadonlyMap<string, string> = new Map()) {
  const items: SourceItem[] = []
  for (const { id } of await source.shards()) {
    for await (const item of source.read(id, positions, { signal: new AbortController().signal })) items.push(item)
  }
  return items
}

function positionsAfter(items: readonly SourceItem[]): Map<string, string> {
  return new Map(items.map((item) => [item.partition, item.mark ?? item.position]))
}

async function onlyShard(source: Source): Promise<string> {
  const [shard] = await source.shards()
  return shard?.id ?? ''
}

/** The text of an item, or its kind if it has no bytes. */
export function told({ body }: SourceItem): string {
  return body.kind === 'bytes' ? Buffer.from(body.bytes).toString('utf8') : body.kind
}

/** The texts of all items. */
export function all(contents: SourceContents): string[] {
  return Object.entries(contents).flatMap(([name, count]) => Array.from({ length: count }, (_, i) => itemText(name, i)))
}
