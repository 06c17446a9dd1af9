import { describe, expect, test } from 'vitest'
import { verifyAudit } from '#runtime/audit/verify.ts'
import { flaggedOf, HOSTILE, ref, scanOf, sha, windowOf, type CatalogFixture } from './fixture.ts'

/** Leases, staging, scan and commit. */
export function windowTests(t: CatalogFixture): void {
  describe('leases', () => {
    test('exclude others until they expire, and then carry a higher fence', async () => {
      expect(await t.catalog.sources.acquire('folder', 'all', 'reader-2', 30)).toBeNull()
      t.pass(31)
      const taken = await t.acquire('reader-2')
      expect(taken.fence).toBeGreaterThan(t.lease.fence)
      expect(await t.catalog.sources.renew(t.lease, 30)).toBe(false)
      expect(await t.catalog.sources.renew(taken, 30)).toBe(true)
    })

    test('are extended, not changed, when their owner asks again', async () => {
      t.pass(20)
      expect(await t.acquire('reader-1')).toEqual(t.lease)
      t.pass(20)
      expect(await t.catalog.sources.acquire('folder', 'all', 'reader-2', 30)).toBeNull()
    })

    test('are free after release, and a release by a former owner changes nothing', async () => {
      await t.catalog.sources.release(t.lease)
      const taken = await t.acquire('reader-2')
      await t.catalog.sources.release(t.lease)
      expect(await t.catalog.sources.renew(taken, 30)).toBe(true)
    })

    test('tell the audit log when they change hands, not when they are taken up again', async () => {
      await t.catalog.sources.release(t.lease)
      const again = await t.acquire('reader-1')
      expect(again.fence).toBeGreaterThan(t.lease.fence)
      await t.catalog.sources.release(again)
      await t.acquire('reader-2')
      expect(await t.actions()).toEqual(['lease.acquired', 'lease.acquired'])
    })

    test('of different shards are independent', async () => {
      expect(await t.acquire('reader-2', 'other')).toMatchObject({ shard: 'other', fence: 1 })
    })

    test('go to exactly one of many who ask at once', async () => {
      const owners = ['a', 'b', 'c', 'd', 'e']
      const taken = await Promise.all(owners.map((owner) => t.catalog.sources.acquire('stream', '0', owner, 30)))
      expect(taken.filter((one) => one !== null)).toHaveLength(1)
    })
  })

  describe('staging', () => {
    test('writes the window, its dead letters and the positions at once', async () => {
      const staged = await t.catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2'] }), t.lease)
      expect(staged).toMatchObject({
        id: 'w1',
        ordinal: 1,
        state: 'staged',
        attempts: 0,
        stagedAt: t.now,
        scannedAt: null,
        counts: { received: 12, admitted: 0, quarantined: 0, rejected: 0, deadLettered: 2 },
      })
      expect(await t.catalog.windows.get('w1')).toEqual(staged)
      expect(await t.catalog.sources.positions('folder', 'all')).toEqual(new Map([['part', '1']]))
      expect((await t.catalog.deadLetters.list({})).map((row) => row.id)).toEqual(['d1', 'd2'])
      expect(await t.actions()).toEqual(['lease.acquired', 'window.staged'])
    })

    test('again returns the window as it is and changes nothing', async () => {
      await t.commit(1, [])
      const before = await t.actions()
      const again = await t.catalog.windows.stage(windowOf(1), t.lease)
      expect(again.state).toBe('committed')
      expect(await t.actions()).toEqual(before)
    })

    test('is refused to a reader that lost its lease, and leaves nothing', async () => {
      t.pass(31)
      await t.acquire('reader-2')
      await expect(t.catalog.windows.stage(windowOf(1), t.lease)).rejects.toMatchObject({
        code: 'conflict',
        reason: 'lease_lost',
      })
      expect(await t.catalog.windows.list({})).toEqual([])
      expect(await t.catalog.sources.positions('folder', 'all')).toEqual(new Map())
    })

    test('is refused after the lease was released, and after its owner took it anew', async () => {
      await t.catalog.sources.release(t.lease)
      await expect(t.catalog.windows.stage(windowOf(1), t.lease)).rejects.toMatchObject({ reason: 'lease_lost' })
      const anew = await t.acquire('reader-1')
      await expect(t.catalog.windows.stage(windowOf(1), t.lease)).rejects.toMatchObject({ reason: 'lease_lost' })
      expect(await t.catalog.windows.stage(windowOf(1), anew)).toMatchObject({ ordinal: 1 })
    })

    test('is refused where it would overlap or leave a gap', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      const gap = windowOf(3)
      const overlap = { ...windowOf(2), segments: [{ partition: 'part', from: '', to: '2' }] }
      for (const window of [gap, overlap]) {
        await expect(t.catalog.windows.stage(window, t.lease)).rejects.toMatchObject({ reason: 'position_moved' })
      }
      expect(await t.catalog.windows.list({})).toHaveLength(1)
    })

    test('follows several segments of one partition', async () => {
      const segments = [
        { partition: 'a', from: '', to: '5' },
        { partition: 'b', from: '', to: '9' },
        { partition: 'a', from: '5', to: '7' },
      ]
      await t.catalog.windows.stage({ ...windowOf(1), segments }, t.lease)
      expect(await t.catalog.sources.positions('folder', 'all')).toEqual(
        new Map([
          ['a', '7'],
          ['b', '9'],
        ]),
      )
    })

    test('guards against ids that the dataset staged before', async () => {
      await t.catalog.windows.stage(windowOf(1, { guardedIds: ['x', 'y', HOSTILE] }), t.lease)
      expect(await t.catalog.sources.seenIds('digits', ['y', 'z', HOSTILE])).toEqual(new Set(['y', HOSTILE]))
      expect(await t.catalog.sources.seenIds('other', ['y'])).toEqual(new Set())
      await expect(t.catalog.windows.stage(windowOf(2, { guardedIds: ['z', 'y'] }), t.lease)).rejects.toMatchObject({
        reason: 'duplicate_id',
      })
      await expect(t.catalog.windows.stage(windowOf(2, { guardedIds: ['z', 'z'] }), t.lease)).rejects.toMatchObject({
        reason: 'duplicate_id',
      })
      expect(await t.catalog.sources.seenIds('digits', ['z'])).toEqual(new Set())
    })

    test('numbers the windows of a dataset without a gap, under any concurrency', async () => {
      const readers = await Promise.all(Array.from({ length: 6 }, (_, i) => t.acquire(`r${i}`, `s${i}`)))
      await Promise.all(
        readers.map((reader, i) =>
          t.catalog.windows.stage({ ...windowOf(1), id: `p${i}`, source: reader.source }, reader),
        ),
      )
      const ordinals = (await t.catalog.windows.list({ dataset: 'digits' })).map((window) => window.ordinal)
      expect(ordinals).toEqual([1, 2, 3, 4, 5, 6])
      expect((await verifyAudit(t.catalog.audit.entries(), { head: await t.catalog.audit.head() })).problems).toEqual(
        [],
      )
    })

    test('of one window by many at once stages it once', async () => {
      const rows = await Promise.all(Array.from({ length: 5 }, () => t.catalog.windows.stage(windowOf(1), t.lease)))
      expect(rows.every((row) => row.ordinal === 1)).toBe(true)
      expect(await t.catalog.windows.list({})).toHaveLength(1)
    })

    test('keeps names that no database text can hold', async () => {
      const segments = [{ partition: HOSTILE, from: '', to: HOSTILE }]
      const window = { ...windowOf(1, { deadLetters: [HOSTILE] }), segments }
      expect((await t.catalog.windows.stage(window, t.lease)).segments).toEqual(segments)
      expect(await t.catalog.sources.positions('folder', 'all')).toEqual(new Map([[HOSTILE, HOSTILE]]))
      expect(await t.catalog.deadLetters.list({ ids: [HOSTILE] })).toMatchObject([{ id: HOSTILE, detail: HOSTILE }])
    })

    test('takes names far longer than an index entry', async () => {
      const long = Array.from({ length: 2000 }, (_, i) => sha(`${i}`)).join('')
      const segments = [{ partition: long, from: '', to: '1' }]
      await t.catalog.windows.stage({ ...windowOf(1, { guardedIds: [long], deadLetters: [long] }), segments }, t.lease)
      await t.catalog.windows.scanned(
        'w1',
        scanOf(10, [flaggedOf(0, { record: long, label: long, contributor: long })]),
      )
      expect(await t.catalog.flagged.list({ records: [long] })).toHaveLength(1)
    })

    test('refuses a window whose dead letters are not those it counts', async () => {
      const window = { ...windowOf(1), deadLetters: 3 }
      await expect(t.catalog.windows.stage(window, t.lease)).rejects.toMatchObject({ code: 'invalid' })
    })
  })

  test('the last window of a dataset is the one of the highest ordinal, of a state where one is asked for', async () => {
    const { id, dataset } = await t.commit(1, [])
    const second = await t.catalog.windows.stage(windowOf(2), t.lease)
    expect(await t.catalog.windows.last(dataset)).toEqual(second)
    expect((await t.catalog.windows.last(dataset, 'committed'))?.id).toBe(id)
    expect(await t.catalog.windows.last(dataset, 'scanned')).toBeNull()
    expect(await t.catalog.windows.last('nowhere')).toBeNull()
  })

  describe('scan and commit', () => {
    test('move the window on, each at once with what belongs to it', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      t.pass(5)
      const flagged = [flaggedOf(3, { risk: 0.7 }), flaggedOf(5, { risk: 0.9, decision: 'reject' })]
      const scanned = await t.catalog.windows.scanned('w1', scanOf(10, flagged))
      expect(scanned).toMatchObject({
        state: 'scanned',
        scannedAt: t.now,
        scores: ref('scores/digits/10'),
        counts: { received: 10, admitted: 8, quarantined: 1, rejected: 1, deadLettered: 0 },
      })
      const rows = await t.catalog.flagged.list({})
      expect(rows.map((row) => [row.index, row.standing])).toEqual([
        [5, 'rejected'],
        [3, 'quarantined'],
      ])
      expect(rows[1]).toEqual({
        ...flagged[0],
        dataset: 'digits',
        window: 'w1',
        scanned: true,
        standing: 'quarantined',
      })
      const committed = await t.catalog.windows.committed('w1', { manifest: 1, sha256: sha('m'), objects: [] })
      expect(committed).toMatchObject({ state: 'committed', manifest: 1, committedAt: t.now })
      expect(await t.actions()).toEqual(['lease.acquired', 'window.staged', 'window.scanned', 'window.committed'])
    })

    test('are harmless when repeated', async () => {
      const row = await t.commit(1, [flaggedOf(0)])
      const before = await t.actions()
      expect(await t.catalog.windows.scanned('w1', scanOf(10, []))).toEqual(row)
      expect(await t.catalog.windows.committed('w1', { manifest: 9, sha256: sha('other'), objects: [] })).toEqual(row)
      expect(await t.catalog.flagged.count({})).toBe(1)
      expect(await t.actions()).toEqual(before)
    })

    test('by several workers at once happen once', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      await Promise.all(Array.from({ length: 4 }, () => t.catalog.windows.scanned('w1', scanOf(10, [flaggedOf(0)]))))
      expect(await t.catalog.flagged.count({})).toBe(1)
      expect((await t.actions()).filter((action) => action === 'window.scanned')).toHaveLength(1)
    })

    test('admit nothing unscanned', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      const outcome = { manifest: 1, sha256: sha('m'), objects: [] }
      await expect(t.catalog.windows.committed('w1', outcome)).rejects.toMatchObject({ reason: 'not_scanned' })
    })

    test('refuse counts that do not add up', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      await expect(t.catalog.windows.scanned('w1', scanOf(9, []))).rejects.toMatchObject({ code: 'invalid' })
      const unnamed = { ...scanOf(10, [flaggedOf(0)]), flagged: [] }
      await expect(t.catalog.windows.scanned('w1', unnamed)).rejects.toMatchObject({ code: 'invalid' })
    })

    test('refuse two windows in one place of the chain', async () => {
      await t.commit(1, [])
      await t.catalog.windows.stage(windowOf(2), t.lease)
      await t.catalog.windows.scanned('w2', scanOf(10, []))
      const outcome = { manifest: 1, sha256: sha('m'), objects: [] }
      await expect(t.catalog.windows.committed('w2', outcome)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('of a window that is not there say so', async () => {
      await expect(t.catalog.windows.scanned('w9', scanOf(1, []))).rejects.toMatchObject({ code: 'not_found' })
      await expect(t.catalog.windows.failed('w9', 'internal')).rejects.toMatchObject({ code: 'not_found' })
      expect(await t.catalog.windows.get('w9')).toBeNull()
    })

    test('count failures of the present state only', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      expect(await t.catalog.windows.failed('w1', 'unavailable')).toBe(true)
      const before = await t.actions()
      expect(await t.catalog.windows.failed('w1', 'unavailable')).toBe(false)
      expect(await t.actions()).toEqual(before)
      expect(await t.catalog.windows.failed('w1', 'corrupt')).toBe(true)
      expect(await t.catalog.windows.get('w1')).toMatchObject({ state: 'staged', attempts: 3, lastError: 'corrupt' })
      expect(await t.catalog.windows.scanned('w1', scanOf(10, []))).toMatchObject({ attempts: 0, lastError: null })
    })

    test('tell how many windows wait, and how long the first has', async () => {
      expect(await t.catalog.windows.waiting()).toEqual([
        { state: 'staged', windows: 0, oldestSeconds: 0 },
        { state: 'scanned', windows: 0, oldestSeconds: 0 },
      ])
      await t.catalog.windows.stage(windowOf(1), t.lease)
      t.pass(5)
      await t.catalog.windows.stage(windowOf(2), t.lease)
      await t.catalog.windows.stage(windowOf(3), t.lease)
      await t.catalog.windows.scanned('w1', scanOf(10, []))
      t.pass(2)
      expect(await t.catalog.windows.waiting()).toEqual([
        { state: 'staged', windows: 2, oldestSeconds: 2 },
        { state: 'scanned', windows: 1, oldestSeconds: 2 },
      ])
    })

    test('take thousands of flagged records in one statement', async () => {
      const records = 20_000
      await t.catalog.windows.stage({ ...windowOf(1), records }, t.lease)
      const flagged = Array.from({ length: 8000 }, (_, i) => flaggedOf(i, { risk: i / 8000 }))
      await t.catalog.windows.scanned('w1', scanOf(records, flagged))
      expect(await t.catalog.flagged.count({})).toBe(8000)
    })
  })
}
