import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Catalog, Lease, NewFlagged, NewReview, StagedWindow } from '#runtime/catalog/catalog.ts'
import { createCatalog } from '#runtime/catalog/create-catalog.ts'
import { migrate, readMigrations } from '#runtime/catalog/migrations.ts'
import type { Sql } from '#runtime/catalog/sql.ts'
import { verifyAudit } from '#runtime/audit/verify.ts'

const HOSTILE = 'a\u0000b\ud800c\ufdd0'
const sha = (text: string) => createHash('sha256').update(text).digest('hex')
const ref = (path: string) => ({ path, sha256: sha(path), size: 10, kid: 'k1' })

/** What a catalog must do over any database. `open` is called once; each test starts from an empty schema. */
export function catalogSuite(open: () => Promise<Sql>): void {
  let sql: Sql
  let catalog: Catalog
  let now: Date
  let lease: Lease

  beforeAll(async () => {
    sql = await open()
  }, 60_000)
  afterAll(() => sql.close())
  beforeEach(async () => {
    await sql.transaction((tx) => tx.script('drop schema public cascade; create schema public'))
    await migrate(sql)
    now = new Date('2026-01-01T00:00:00Z')
    catalog = createCatalog(sql, { actor: 'test', clock: () => now })
    lease = await acquire('reader-1')
  })

  const acquire = async (owner: string, shard = 'all') => {
    const taken = await catalog.sources.acquire('folder', shard, owner, 30)
    if (taken === null) throw new Error('the lease was not free')
    return taken
  }
  const pass = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1000)
  }
  const actions = async () => {
    return (await collect(catalog.audit.entries())).map((entry) => entry.action)
  }
  /** Stages window `n`, which holds ten records and follows window n − 1, scans and commits it. */
  const commit = async (n: number, flagged: readonly NewFlagged[]) => {
    const window = await catalog.windows.stage(windowOf(n), lease)
    await catalog.windows.scanned(window.id, scanOf(window.records, flagged))
    return catalog.windows.committed(window.id, {
      manifest: n,
      sha256: sha(`m${n}`),
      objects: [ref(`clean/digits/${n}`)],
    })
  }

  describe('migrations', () => {
    test('are applied once, however many start', async () => {
      await sql.transaction((tx) => tx.script('drop schema public cascade; create schema public'))
      const names = (await readMigrations()).map((migration) => migration.name)
      const applied = await Promise.all([migrate(sql), migrate(sql), migrate(sql)])
      expect(applied.flat()).toEqual(names)
    })

    test('refuse a catalog that a newer version made', async () => {
      await sql.query(`insert into migrations values ('9999-later.sql', 'x', now())`)
      await expect(migrate(sql)).rejects.toMatchObject({ code: 'conflict', reason: 'newer_catalog' })
    })

    test('refuse a migration that was edited after it ran', async () => {
      const edited = (await readMigrations()).map((migration) => ({ ...migration, checksum: 'other' }))
      await expect(migrate(sql, edited)).rejects.toMatchObject({ code: 'conflict', reason: 'other_catalog' })
    })

    test('that fail leave nothing behind', async () => {
      const broken = { name: '0002-broken.sql', text: 'create table half (a int); select 1 / 0', checksum: 'c' }
      await expect(migrate(sql, [...(await readMigrations()), broken])).rejects.toMatchObject({ code: 'internal' })
      expect(await sql.query(`select 1 from information_schema.tables where table_name = 'half'`)).toEqual([])
    })
  })

  describe('leases', () => {
    test('exclude others until they expire, and then carry a higher fence', async () => {
      expect(await catalog.sources.acquire('folder', 'all', 'reader-2', 30)).toBeNull()
      pass(31)
      const taken = await acquire('reader-2')
      expect(taken.fence).toBeGreaterThan(lease.fence)
      expect(await catalog.sources.renew(lease, 30)).toBe(false)
      expect(await catalog.sources.renew(taken, 30)).toBe(true)
    })

    test('are extended, not changed, when their owner asks again', async () => {
      pass(20)
      expect(await acquire('reader-1')).toEqual(lease)
      pass(20)
      expect(await catalog.sources.acquire('folder', 'all', 'reader-2', 30)).toBeNull()
    })

    test('are free after release, and a release by a former owner changes nothing', async () => {
      await catalog.sources.release(lease)
      const taken = await acquire('reader-2')
      await catalog.sources.release(lease)
      expect(await catalog.sources.renew(taken, 30)).toBe(true)
    })

    test('of different shards are independent', async () => {
      expect(await acquire('reader-2', 'other')).toMatchObject({ shard: 'other', fence: 1 })
    })

    test('go to exactly one of many who ask at once', async () => {
      const owners = ['a', 'b', 'c', 'd', 'e']
      const taken = await Promise.all(owners.map((owner) => catalog.sources.acquire('stream', '0', owner, 30)))
      expect(taken.filter((one) => one !== null)).toHaveLength(1)
    })
  })

  describe('staging', () => {
    test('writes the window, its dead letters and the positions at once', async () => {
      const staged = await catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2'] }), lease)
      expect(staged).toMatchObject({
        id: 'w1',
        ordinal: 1,
        state: 'staged',
        attempts: 0,
        stagedAt: now,
        scannedAt: null,
        counts: { received: 12, admitted: 0, quarantined: 0, rejected: 0, deadLettered: 2 },
      })
      expect(await catalog.windows.get('w1')).toEqual(staged)
      expect(await catalog.sources.positions('folder', 'all')).toEqual(new Map([['part', '1']]))
      expect((await catalog.deadLetters.list({})).map((row) => row.id)).toEqual(['d1', 'd2'])
      expect(await actions()).toEqual(['lease.acquired', 'window.staged'])
    })

    test('again returns the window as it is and changes nothing', async () => {
      await commit(1, [])
      const before = await actions()
      const again = await catalog.windows.stage(windowOf(1), lease)
      expect(again.state).toBe('committed')
      expect(await actions()).toEqual(before)
    })

    test('is refused to a reader that lost its lease, and leaves nothing', async () => {
      pass(31)
      await acquire('reader-2')
      await expect(catalog.windows.stage(windowOf(1), lease)).rejects.toMatchObject({
        code: 'conflict',
        reason: 'lease_lost',
      })
      expect(await catalog.windows.list({})).toEqual([])
      expect(await catalog.sources.positions('folder', 'all')).toEqual(new Map())
    })

    test('is refused after the lease was released, and after its owner took it anew', async () => {
      await catalog.sources.release(lease)
      await expect(catalog.windows.stage(windowOf(1), lease)).rejects.toMatchObject({ reason: 'lease_lost' })
      const anew = await acquire('reader-1')
      await expect(catalog.windows.stage(windowOf(1), lease)).rejects.toMatchObject({ reason: 'lease_lost' })
      expect(await catalog.windows.stage(windowOf(1), anew)).toMatchObject({ ordinal: 1 })
    })

    test('is refused where it would overlap or leave a gap', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      const gap = windowOf(3)
      const overlap = { ...windowOf(2), segments: [{ partition: 'part', from: '', to: '2' }] }
      for (const window of [gap, overlap]) {
        await expect(catalog.windows.stage(window, lease)).rejects.toMatchObject({ reason: 'position_moved' })
      }
      expect(await catalog.windows.list({})).toHaveLength(1)
    })

    test('follows several segments of one partition', async () => {
      const segments = [
        { partition: 'a', from: '', to: '5' },
        { partition: 'b', from: '', to: '9' },
        { partition: 'a', from: '5', to: '7' },
      ]
      await catalog.windows.stage({ ...windowOf(1), segments }, lease)
      expect(await catalog.sources.positions('folder', 'all')).toEqual(
        new Map([
          ['a', '7'],
          ['b', '9'],
        ]),
      )
    })

    test('guards against ids that the dataset staged before', async () => {
      await catalog.windows.stage(windowOf(1, { guardedIds: ['x', 'y', HOSTILE] }), lease)
      expect(await catalog.sources.seenIds('digits', ['y', 'z', HOSTILE])).toEqual(new Set(['y', HOSTILE]))
      expect(await catalog.sources.seenIds('other', ['y'])).toEqual(new Set())
      await expect(catalog.windows.stage(windowOf(2, { guardedIds: ['z', 'y'] }), lease)).rejects.toMatchObject({
        reason: 'duplicate_id',
      })
      await expect(catalog.windows.stage(windowOf(2, { guardedIds: ['z', 'z'] }), lease)).rejects.toMatchObject({
        reason: 'duplicate_id',
      })
      expect(await catalog.sources.seenIds('digits', ['z'])).toEqual(new Set())
    })

    test('numbers the windows of a dataset without a gap, under any concurrency', async () => {
      const readers = await Promise.all(Array.from({ length: 6 }, (_, i) => acquire(`r${i}`, `s${i}`)))
      await Promise.all(
        readers.map((reader, i) =>
          catalog.windows.stage({ ...windowOf(1), id: `p${i}`, source: reader.source }, reader),
        ),
      )
      const ordinals = (await catalog.windows.list({ dataset: 'digits' })).map((window) => window.ordinal)
      expect(ordinals).toEqual([1, 2, 3, 4, 5, 6])
      expect((await verifyAudit(catalog.audit.entries(), { head: await catalog.audit.head() })).problems).toEqual([])
    })

    test('of one window by many at once stages it once', async () => {
      const rows = await Promise.all(Array.from({ length: 5 }, () => catalog.windows.stage(windowOf(1), lease)))
      expect(rows.every((row) => row.ordinal === 1)).toBe(true)
      expect(await catalog.windows.list({})).toHaveLength(1)
    })

    test('keeps names that no database text can hold', async () => {
      const segments = [{ partition: HOSTILE, from: '', to: HOSTILE }]
      const window = { ...windowOf(1, { deadLetters: [HOSTILE] }), segments }
      expect((await catalog.windows.stage(window, lease)).segments).toEqual(segments)
      expect(await catalog.sources.positions('folder', 'all')).toEqual(new Map([[HOSTILE, HOSTILE]]))
      expect(await catalog.deadLetters.list({ ids: [HOSTILE] })).toMatchObject([{ id: HOSTILE, detail: HOSTILE }])
    })

    test('takes names far longer than an index entry', async () => {
      const long = Array.from({ length: 2000 }, (_, i) => sha(`${i}`)).join('')
      const segments = [{ partition: long, from: '', to: '1' }]
      await catalog.windows.stage({ ...windowOf(1, { guardedIds: [long], deadLetters: [long] }), segments }, lease)
      await catalog.windows.scanned('w1', scanOf(10, [flaggedOf(0, { record: long, label: long, contributor: long })]))
      expect(await catalog.flagged.list({ records: [long] })).toHaveLength(1)
    })

    test('refuses a window whose dead letters are not those it counts', async () => {
      const window = { ...windowOf(1), deadLetters: 3 }
      await expect(catalog.windows.stage(window, lease)).rejects.toMatchObject({ code: 'invalid' })
    })
  })

  describe('scan and commit', () => {
    test('move the window on, each at once with what belongs to it', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      pass(5)
      const flagged = [flaggedOf(3, { risk: 0.7 }), flaggedOf(5, { risk: 0.9, decision: 'reject' })]
      const scanned = await catalog.windows.scanned('w1', scanOf(10, flagged))
      expect(scanned).toMatchObject({
        state: 'scanned',
        scannedAt: now,
        scores: ref('scores/digits/10'),
        counts: { received: 10, admitted: 8, quarantined: 1, rejected: 1, deadLettered: 0 },
      })
      const rows = await catalog.flagged.list({})
      expect(rows.map((row) => [row.index, row.standing])).toEqual([
        [5, 'rejected'],
        [3, 'quarantined'],
      ])
      expect(rows[1]).toEqual({ ...flagged[0], dataset: 'digits', window: 'w1', standing: 'quarantined' })
      const committed = await catalog.windows.committed('w1', { manifest: 1, sha256: sha('m'), objects: [] })
      expect(committed).toMatchObject({ state: 'committed', manifest: 1, committedAt: now })
      expect(await actions()).toEqual(['lease.acquired', 'window.staged', 'window.scanned', 'window.committed'])
    })

    test('are harmless when repeated', async () => {
      const row = await commit(1, [flaggedOf(0)])
      const before = await actions()
      expect(await catalog.windows.scanned('w1', scanOf(10, []))).toEqual(row)
      expect(await catalog.windows.committed('w1', { manifest: 9, sha256: sha('other'), objects: [] })).toEqual(row)
      expect(await catalog.flagged.count({})).toBe(1)
      expect(await actions()).toEqual(before)
    })

    test('by several workers at once happen once', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      await Promise.all(Array.from({ length: 4 }, () => catalog.windows.scanned('w1', scanOf(10, [flaggedOf(0)]))))
      expect(await catalog.flagged.count({})).toBe(1)
      expect((await actions()).filter((action) => action === 'window.scanned')).toHaveLength(1)
    })

    test('admit nothing unscanned', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      const outcome = { manifest: 1, sha256: sha('m'), objects: [] }
      await expect(catalog.windows.committed('w1', outcome)).rejects.toMatchObject({ reason: 'not_scanned' })
    })

    test('refuse counts that do not add up', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      await expect(catalog.windows.scanned('w1', scanOf(9, []))).rejects.toMatchObject({ code: 'invalid' })
      const unnamed = { ...scanOf(10, [flaggedOf(0)]), flagged: [] }
      await expect(catalog.windows.scanned('w1', unnamed)).rejects.toMatchObject({ code: 'invalid' })
    })

    test('refuse two windows in one place of the chain', async () => {
      await commit(1, [])
      await catalog.windows.stage(windowOf(2), lease)
      await catalog.windows.scanned('w2', scanOf(10, []))
      const outcome = { manifest: 1, sha256: sha('m'), objects: [] }
      await expect(catalog.windows.committed('w2', outcome)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('of a window that is not there say so', async () => {
      await expect(catalog.windows.scanned('w9', scanOf(1, []))).rejects.toMatchObject({ code: 'not_found' })
      await expect(catalog.windows.failed('w9', 'internal')).rejects.toMatchObject({ code: 'not_found' })
      expect(await catalog.windows.get('w9')).toBeNull()
    })

    test('count failures of the present state only', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      await catalog.windows.failed('w1', 'unavailable')
      await catalog.windows.failed('w1', 'corrupt')
      expect(await catalog.windows.get('w1')).toMatchObject({ state: 'staged', attempts: 2, lastError: 'corrupt' })
      expect(await catalog.windows.scanned('w1', scanOf(10, []))).toMatchObject({ attempts: 0, lastError: null })
    })

    test('take thousands of flagged records in one statement', async () => {
      const records = 20_000
      await catalog.windows.stage({ ...windowOf(1), records }, lease)
      const flagged = Array.from({ length: 8000 }, (_, i) => flaggedOf(i, { risk: i / 8000 }))
      await catalog.windows.scanned('w1', scanOf(records, flagged))
      expect(await catalog.flagged.count({})).toBe(8000)
    })
  })

  describe('lists', () => {
    test('of windows filter by dataset and state, in order', async () => {
      await commit(1, [])
      await catalog.windows.stage(windowOf(2), lease)
      await catalog.windows.stage({ ...windowOf(3), id: 'm1', dataset: 'mail' }, lease)
      const ids = async (filter: Parameters<typeof catalog.windows.list>[0]) =>
        (await catalog.windows.list(filter)).map((window) => window.id)
      expect(await ids({})).toEqual(['w1', 'w2', 'm1'])
      expect(await ids({ state: 'staged' })).toEqual(['w2', 'm1'])
      expect(await ids({ dataset: 'digits', state: 'staged' })).toEqual(['w2'])
      expect(await ids({ limit: 1 })).toEqual(['w1'])
    })

    test('of flagged records filter by everything, riskiest first', async () => {
      const rows = [
        flaggedOf(0, { risk: 0.2, families: ['label'], label: HOSTILE }),
        flaggedOf(1, { risk: 0.9, families: ['trigger', 'label'], campaign: 'c1', contributor: 'eve' }),
        flaggedOf(2, { risk: 0.5, decision: 'reject', contributor: 'eve' }),
      ]
      await commit(1, rows)
      const found = async (filter: Parameters<typeof catalog.flagged.list>[0]) => {
        const listed = (await catalog.flagged.list(filter)).map((row) => row.index)
        if (filter.limit === undefined) expect(await catalog.flagged.count(filter)).toBe(listed.length)
        return listed
      }
      expect(await found({})).toEqual([1, 2, 0])
      expect(await found({ limit: 2 })).toEqual([1, 2])
      expect(await found({ family: 'label' })).toEqual([1, 0])
      expect(await found({ campaign: 'c1' })).toEqual([1])
      expect(await found({ contributor: 'eve', standing: 'rejected' })).toEqual([2])
      expect(await found({ label: HOSTILE })).toEqual([0])
      expect(await found({ minRisk: 0.3, maxRisk: 0.8 })).toEqual([2])
      expect(await found({ records: ['w1-0', 'w1-2', 'nobody'] })).toEqual([2, 0])
      expect(await found({ records: [] })).toEqual([])
      expect(await found({ dataset: 'mail' })).toEqual([])
      expect(await found({ window: 'w1', dataset: 'digits' })).toEqual([1, 2, 0])
    })

    test('of campaigns come strongest first', async () => {
      await catalog.windows.stage(windowOf(1), lease)
      const campaign = { id: 'a', family: 'trigger' as const, label: '7', members: 3, evidence: 5 }
      const campaigns = [campaign, { ...campaign, id: 'b', label: null, evidence: 50 }]
      await catalog.windows.scanned('w1', { ...scanOf(10, []), campaigns })
      const listed = await catalog.flagged.campaigns('digits')
      expect(listed.map((row) => row.id)).toEqual(['b', 'a'])
      expect(listed[1]).toEqual({ ...campaign, dataset: 'digits', window: 'w1' })
      expect(await catalog.flagged.campaigns('mail')).toEqual([])
    })
  })

  describe('dead letters', () => {
    test('filter, and count by reason', async () => {
      await catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2', 'd3'] }), lease)
      await catalog.deadLetters.failedAgain([{ id: 'd2', reason: 'undecodable', detail: 'line 3' }])
      expect(await catalog.deadLetters.list({ reason: 'undecodable' })).toMatchObject([{ id: 'd2', attempts: 2 }])
      expect(await catalog.deadLetters.list({ ids: ['d1', 'd3'], limit: 1 })).toMatchObject([
        { id: 'd1', state: 'open' },
      ])
      expect(await catalog.deadLetters.countByReason()).toEqual([
        { dataset: 'digits', reason: 'contract', count: 2 },
        { dataset: 'digits', reason: 'undecodable', count: 1 },
      ])
      expect(await catalog.deadLetters.countByReason('mail')).toEqual([])
    })

    test('are taken up again once only', async () => {
      await catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2'] }), lease)
      await catalog.windows.stage(windowOf(2, { redrives: ['d1'] }), lease)
      expect(await catalog.deadLetters.list({ state: 'redriven' })).toMatchObject([{ id: 'd1', window: 'w1' }])
      await expect(catalog.windows.stage(windowOf(3, { redrives: ['d1', 'd2'] }), lease)).rejects.toMatchObject({
        reason: 'already_redriven',
      })
      const again = [{ id: 'd1', reason: 'contract', detail: '' }] as const
      await expect(catalog.deadLetters.failedAgain(again)).rejects.toMatchObject({ code: 'conflict' })
      expect(await catalog.deadLetters.list({ state: 'open' })).toMatchObject([{ id: 'd2' }])
    })
  })

  describe('totals', () => {
    const check = async (expected: Record<string, number>) => {
      const totals = (await catalog.windows.totals()).get('digits')
      expect(totals).toEqual(expected)
      const { received, admitted, quarantined, rejected, deadLettered, pending } = totals ?? ({} as never)
      expect(admitted + quarantined + rejected + deadLettered + pending).toBe(received)
    }

    test('add up at every step, through redrives and reviews', async () => {
      expect(await catalog.windows.totals()).toEqual(new Map())
      await catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2', 'd3'] }), lease)
      const none = { admitted: 0, quarantined: 0, rejected: 0 }
      await check({ windows: 1, received: 13, ...none, deadLettered: 3, pending: 10 })
      const flagged = [flaggedOf(0), flaggedOf(1), flaggedOf(2), flaggedOf(3, { decision: 'reject' })]
      await catalog.windows.scanned('w1', scanOf(10, flagged))
      await check({ windows: 1, received: 13, ...none, deadLettered: 3, pending: 10 })
      await catalog.windows.committed('w1', { manifest: 1, sha256: sha('m'), objects: [] })
      await check({ windows: 1, received: 13, admitted: 6, quarantined: 3, rejected: 1, deadLettered: 3, pending: 0 })

      await catalog.windows.stage({ ...windowOf(2, { redrives: ['d1', 'd3'] }), records: 2 }, lease)
      await check({ windows: 2, received: 13, admitted: 6, quarantined: 3, rejected: 1, deadLettered: 1, pending: 2 })
      await catalog.windows.scanned('w2', scanOf(2, [flaggedOf(0, { record: 'again' })]))
      await catalog.windows.committed('w2', { manifest: 2, sha256: sha('m2'), objects: [] })
      await check({ windows: 2, received: 13, admitted: 7, quarantined: 4, rejected: 1, deadLettered: 1, pending: 0 })

      await catalog.reviews.add(reviewOf('r1', 'release', ['w1-0', 'w1-1']))
      await check({ windows: 2, received: 13, admitted: 7, quarantined: 4, rejected: 1, deadLettered: 1, pending: 0 })
      await catalog.reviews.applied('r1', 3)
      await catalog.reviews.add(reviewOf('r2', 'reject', ['w1-2']))
      await check({ windows: 2, received: 13, admitted: 9, quarantined: 1, rejected: 2, deadLettered: 1, pending: 0 })
    })
  })

  describe('reviews', () => {
    beforeEach(async () => {
      await commit(
        1,
        [0, 1, 2, 3].map((i) => flaggedOf(i, i === 3 ? { decision: 'reject' } : {})),
      )
    })
    const standing = async (record: string) => (await catalog.flagged.list({ records: [record] }))[0]?.standing

    test('release once the chain says so', async () => {
      const review = reviewOf('r1', 'release', ['w1-1', 'w1-0'])
      const row = await catalog.reviews.add(review)
      expect(row).toEqual({ ...review, state: 'pending', manifest: null, undoneBy: null, createdAt: now })
      expect(await standing('w1-0')).toBe('quarantined')
      await catalog.reviews.applied('r1', 2)
      await catalog.reviews.applied('r1', 2)
      expect(await standing('w1-0')).toBe('released')
      expect(await catalog.reviews.get('r1')).toMatchObject({ state: 'applied', manifest: 2 })
      expect((await actions()).slice(-2)).toEqual(['review.added', 'review.applied'])
    })

    test('reject at once', async () => {
      const row = await catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0']))
      expect(row).toMatchObject({ state: 'applied', manifest: null })
      expect(await standing('w1-0')).toBe('rejected')
    })

    test('repeated with the same id change nothing; another of that id is refused', async () => {
      const row = await catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      expect(await catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))).toEqual(row)
      await expect(catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0']))).rejects.toMatchObject({ code: 'conflict' })
    })

    test('take records only from where they stand', async () => {
      await expect(catalog.reviews.add(reviewOf('r1', 'release', ['w1-0', 'w1-3']))).rejects.toMatchObject({
        code: 'conflict',
        reason: 'wrong_standing',
      })
      await expect(catalog.reviews.add(reviewOf('r1', 'reject', ['w1-3']))).rejects.toMatchObject({ code: 'conflict' })
      await expect(catalog.reviews.add(reviewOf('r1', 'reject', ['w1-9']))).rejects.toMatchObject({ code: 'not_found' })
      await expect(catalog.reviews.add(reviewOf('r1', 'reject', []))).rejects.toMatchObject({ code: 'invalid' })
      expect(await catalog.reviews.list({})).toEqual([])
      expect(await standing('w1-0')).toBe('quarantined')
    })

    test('hold their records while they are pending', async () => {
      await catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      await expect(catalog.reviews.add(reviewOf('r2', 'reject', ['w1-0']))).rejects.toMatchObject({ reason: 'held' })
      await expect(catalog.reviews.add(undoOf('r2', 'r1', ['w1-0']))).rejects.toMatchObject({ code: 'conflict' })
    })

    test('of two people at once: one decides', async () => {
      const outcomes = await Promise.allSettled([
        catalog.reviews.add(reviewOf('r1', 'release', ['w1-0', 'w1-1'])),
        catalog.reviews.add(reviewOf('r2', 'reject', ['w1-1', 'w1-0'])),
      ])
      expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    test('wait for the window to be committed', async () => {
      await catalog.windows.stage(windowOf(2), lease)
      await catalog.windows.scanned('w2', scanOf(10, [flaggedOf(0, { record: 'w2-0' })]))
      await expect(catalog.reviews.add(reviewOf('r1', 'release', ['w2-0']))).rejects.toMatchObject({
        reason: 'not_committed',
      })
    })

    test('undone put back what they did, and it can be decided again', async () => {
      await catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0']))
      expect(await catalog.reviews.add(undoOf('u1', 'r1', ['w1-0']))).toMatchObject({ state: 'applied' })
      expect(await standing('w1-0')).toBe('quarantined')
      expect(await catalog.reviews.get('r1')).toMatchObject({ undoneBy: 'u1' })

      await catalog.reviews.add(reviewOf('r2', 'release', ['w1-0', 'w1-1']))
      await catalog.reviews.applied('r2', 2)
      expect(await catalog.reviews.add(undoOf('u2', 'r2', ['w1-1', 'w1-0']))).toMatchObject({ state: 'pending' })
      expect(await standing('w1-0')).toBe('released')
      await catalog.reviews.applied('u2', 3)
      expect(await standing('w1-0')).toBe('quarantined')
      await catalog.reviews.add(reviewOf('r3', 'release', ['w1-0']))
    })

    test('are undone whole, once, and never an undo', async () => {
      await catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0', 'w1-1']))
      await expect(catalog.reviews.add(undoOf('u1', 'r1', ['w1-0']))).rejects.toMatchObject({ code: 'invalid' })
      await catalog.reviews.add(undoOf('u1', 'r1', ['w1-0', 'w1-1']))
      const records = ['w1-0', 'w1-1']
      await expect(catalog.reviews.add(undoOf('u2', 'r1', records))).rejects.toMatchObject({ code: 'conflict' })
      await expect(catalog.reviews.add(undoOf('u2', 'u1', records))).rejects.toMatchObject({ code: 'conflict' })
      await expect(catalog.reviews.add(undoOf('u2', 'r9', records))).rejects.toMatchObject({ code: 'not_found' })
    })

    test('are listed in the order they were made', async () => {
      await catalog.reviews.add(reviewOf('z', 'reject', ['w1-0']))
      await catalog.reviews.add(reviewOf('a', 'release', ['w1-1']))
      const ids = async (filter: Parameters<typeof catalog.reviews.list>[0]) =>
        (await catalog.reviews.list(filter)).map((review) => review.id)
      expect(await ids({})).toEqual(['z', 'a'])
      expect(await ids({ state: 'pending', dataset: 'digits' })).toEqual(['a'])
      expect(await ids({ dataset: 'mail' })).toEqual([])
      expect(await ids({ limit: 1 })).toEqual(['z'])
      expect(await catalog.reviews.get('nobody')).toBeNull()
      await expect(catalog.reviews.applied('nobody', 1)).rejects.toMatchObject({ code: 'not_found' })
    })
  })

  describe('the audit log', () => {
    test('chains every entry to the one before, across pages', async () => {
      for (let i = 0; i < 30; i++)
        await catalog.audit.append('alice', 'note', `s${i}`, { i, text: HOSTILE, none: null })
      const entries = await collect(catalog.audit.entries())
      expect(entries.map((entry) => entry.seq)).toEqual(Array.from({ length: 31 }, (_, i) => i + 1))
      expect(await collect(catalog.audit.entries(29))).toEqual(entries.slice(29))
      const head = await catalog.audit.head()
      expect(head).toEqual({ seq: 31, hash: entries.at(-1)?.hash })
      expect((await verifyAudit(catalog.audit.entries(), { head })).problems).toEqual([])
    })

    test('cannot be rewritten through the database', async () => {
      await expect(sql.query(`update audit set actor = 'mallory'`)).rejects.toThrow('SQLSTATE')
      await expect(sql.query('delete from audit')).rejects.toThrow('SQLSTATE')
    })

    test('keeps checkpoints of what it holds only', async () => {
      const head = await catalog.audit.head()
      const checkpoint = { ...head, at: '2026-01-01T00:00:00.000Z', keyid: 'k', signature: 'c2ln' }
      await catalog.audit.addCheckpoint(checkpoint)
      await catalog.audit.addCheckpoint(checkpoint)
      expect(await catalog.audit.checkpoints()).toEqual([checkpoint])
      const other = { ...checkpoint, hash: sha('other') }
      await expect(catalog.audit.addCheckpoint(other)).rejects.toMatchObject({ code: 'conflict' })
    })

    test('grows only with the change that it tells of', async () => {
      const before = await catalog.audit.head()
      await expect(catalog.windows.stage({ ...windowOf(1), deadLetters: 3 }, lease)).rejects.toThrow('dead letters')
      expect(await catalog.audit.head()).toEqual(before)
    })
  })

  test('errors of the database carry a code and no values', async () => {
    const failure = await sql.query('select $1::text::integer', ['a secret']).catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'internal', reason: 'sql_22P02' })
    expect(JSON.stringify(failure) + String(failure) + String((failure as Error).cause)).not.toContain('secret')
  })
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

interface WindowParts {
  readonly deadLetters?: readonly string[]
  readonly guardedIds?: readonly string[]
  readonly redrives?: readonly string[]
}

function windowOf(n: number, more: WindowParts = {}): StagedWindow {
  const letters = more.deadLetters ?? []
  return {
    id: `w${n}`,
    dataset: 'digits',
    source: 'folder',
    segments: [{ partition: 'part', from: n === 1 ? '' : `${n - 1}`, to: `${n}` }],
    records: 10,
    deadLetters: letters.length,
    contract: sha('contract'),
    staged: ref(`staging/digits/${n}`),
    deadLetterObject: letters.length > 0 ? ref(`deadletter/digits/${n}`) : null,
    deadLetterRows: letters.map((id) => ({
      id,
      reason: 'contract',
      detail: id,
      partition: 'part',
      position: `${n}`,
      contributor: null,
    })),
    guardedIds: more.guardedIds ?? [],
    redrives: more.redrives ?? [],
  }
}

function flaggedOf(index: number, more: Partial<NewFlagged> = {}): NewFlagged {
  return {
    record: `w1-${index}`,
    index,
    risk: 0.8,
    decision: 'quarantine',
    families: ['trigger'],
    campaign: null,
    contributor: null,
    label: null,
    ...more,
  }
}

function scanOf(records: number, flagged: readonly NewFlagged[]) {
  const quarantined = flagged.filter((row) => row.decision === 'quarantine').length
  const rejected = flagged.length - quarantined
  return {
    scores: ref(`scores/digits/${records}`),
    counts: { admitted: records - flagged.length, quarantined, rejected },
    flagged,
    campaigns: [],
    detectors: [{ name: 'lift', family: 'trigger' as const, version: 1 }],
  }
}

function reviewOf(id: string, action: 'release' | 'reject', records: readonly string[]): NewReview {
  return { id, dataset: 'digits', action, undoes: null, records, reason: 'looked at it', actor: 'alice' }
}

function undoOf(id: string, undoes: string, records: readonly string[]): NewReview {
  return { ...reviewOf(id, 'release', records), action: 'undo', undoes }
}
