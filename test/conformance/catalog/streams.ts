import { describe, expect, test } from 'vitest'
import { HOSTILE, sha, windowOf, type CatalogFixture } from './fixture.ts'

/** Shards that end, readers that share them, deliveries that come twice. */
export function streamTests(t: CatalogFixture): void {
  describe('shards', () => {
    test('are listed with who holds them now', async () => {
      await t.acquire('reader-2', HOSTILE)
      const byShard = async () =>
        new Map((await t.catalog.sources.leases('folder')).map((row) => [row.shard, row.owner]))
      expect(await byShard()).toEqual(
        new Map([
          ['all', 'reader-1'],
          [HOSTILE, 'reader-2'],
        ]),
      )
      t.pass(31)
      expect([...(await byShard()).values()]).toEqual([null, null])
    })

    test('that were read to their end are never leased again, and keep their positions', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      await t.catalog.sources.finish(t.lease)
      expect(await t.catalog.sources.leases('folder')).toEqual([{ shard: 'all', owner: null, finished: true }])
      expect(await t.catalog.sources.acquire('folder', 'all', 'reader-1', 30)).toBeNull()
      expect(await t.catalog.sources.positions('folder', 'all')).toEqual(new Map([['part', '1']]))
      await expect(t.catalog.windows.stage(windowOf(2), t.lease)).rejects.toMatchObject({ reason: 'lease_lost' })
    })

    test('are not ended by who lost the lease', async () => {
      t.pass(31)
      await t.acquire('reader-2')
      await expect(t.catalog.sources.finish(t.lease)).rejects.toMatchObject({ reason: 'lease_lost' })
      expect(await t.catalog.sources.leases('folder')).toMatchObject([{ owner: 'reader-2', finished: false }])
    })
  })

  describe('deliveries', () => {
    const marks = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, i) => sha(String(from + i)).slice(0, 16)).sort()
    const delivered = (partition: string, from: number, to: number) => ({
      partition,
      items: to - from,
      marks: marks(from, to),
    })
    const stage = (n: number, ...deliveries: readonly ReturnType<typeof delivered>[]) =>
      t.catalog.windows.stage({ ...windowOf(n), deliveries }, t.lease)

    test('that repeat an earlier one are noticed, in the same window too', async () => {
      const first = await stage(1, delivered('a', 0, 20), delivered(HOSTILE, 0, 20), delivered('b', 30, 50))
      const second = await stage(2, delivered('c', 28, 50), delivered('d', 60, 80))
      const copy = { partition: HOSTILE, earlier: 'a', window: first.id, items: 20, share: 1 }
      const near = { partition: 'c', earlier: 'b', window: second.id, items: 22, share: 1 }
      const { dataset } = windowOf(1)
      expect(await t.catalog.sources.repeated(dataset)).toEqual([copy, near])
      expect(await t.catalog.sources.repeated('other')).toEqual([])
    })

    test('are known by all that came of them, window by window, and noticed once', async () => {
      await stage(1, delivered('a', 0, 30))
      const second = await stage(2, delivered('b', 0, 10))
      await stage(3, delivered('b', 10, 30))
      const { dataset } = windowOf(1)
      const found = [{ partition: 'b', earlier: 'a', window: second.id, items: 30, share: 1 }]
      expect(await t.catalog.sources.repeated(dataset)).toEqual(found)
      await stage(4, delivered('b', 100, 400)) // it was another one after all
      expect(await t.catalog.sources.repeated(dataset)).toEqual([])
    })

    test('of which all are alike are compared with few, not with all', async () => {
      const alike = Array.from({ length: 3000 }, (_, i) => ({ ...delivered('x', 0, 1), partition: `mail/${i}` }))
      await stage(1, ...alike)
      const found = await t.catalog.sources.repeated(windowOf(1).dataset)
      expect(found).toHaveLength(2999)
      expect(new Set(found.map(({ earlier }) => earlier))).toEqual(new Set(['mail/0']))
    })
  })

  describe('readers', () => {
    test('know of each other until they leave or fall silent', async () => {
      expect(await t.catalog.sources.attend('folder', 'b', 30)).toEqual(['b'])
      expect(await t.catalog.sources.attend('folder', 'a', 30)).toEqual(['a', 'b'])
      expect(await t.catalog.sources.attend('other', 'c', 30)).toEqual(['c'])
      t.pass(20)
      expect(await t.catalog.sources.attend('folder', 'b', 30)).toEqual(['a', 'b'])
      t.pass(20)
      expect(await t.catalog.sources.attend('folder', 'b', 30)).toEqual(['b'])
      await t.catalog.sources.leave('folder', 'b')
      expect(await t.catalog.sources.attend('folder', 'a', 30)).toEqual(['a'])
    })
  })

  describe('positions', () => {
    test('move without a window only from where they stand, and under the lease', async () => {
      await t.catalog.sources.move(t.lease, 'part', '', 'x')
      await expect(t.catalog.sources.move(t.lease, 'part', '', 'y')).rejects.toMatchObject({ reason: 'position_moved' })
      await t.catalog.sources.move(t.lease, 'part', 'x', 'y')
      expect(await t.catalog.sources.positions('folder', 'all')).toEqual(new Map([['part', 'y']]))
      t.pass(31)
      await t.acquire('reader-2')
      await expect(t.catalog.sources.move(t.lease, 'part', 'y', 'z')).rejects.toMatchObject({ reason: 'lease_lost' })
    })
  })

  describe('redeliverable items', () => {
    test('are staged once each', async () => {
      await t.catalog.windows.stage({ ...windowOf(1), redeliverable: ['a', HOSTILE] }, t.lease)
      expect(await t.catalog.sources.stagedItems('folder', ['a', 'b', HOSTILE])).toEqual(new Set(['a', HOSTILE]))
      expect(await t.catalog.sources.stagedItems('other', ['a'])).toEqual(new Set())
      const again = t.catalog.windows.stage({ ...windowOf(2), redeliverable: ['b', 'a'] }, t.lease)
      await expect(again).rejects.toMatchObject({ code: 'conflict', reason: 'redelivered' })
      expect(await t.catalog.sources.stagedItems('folder', ['b'])).toEqual(new Set())
      expect(await t.catalog.windows.list({})).toHaveLength(1)
    })

    test('are forgotten after their time', async () => {
      await t.catalog.windows.stage({ ...windowOf(1), redeliverable: ['old'] }, t.lease)
      t.pass(20)
      await t.catalog.windows.stage({ ...windowOf(2), redeliverable: ['new'] }, t.lease)
      expect(await t.catalog.sources.forgetItems(10)).toBe(1)
      expect(await t.catalog.sources.stagedItems('folder', ['old', 'new'])).toEqual(new Set(['new']))
    })
  })
}
