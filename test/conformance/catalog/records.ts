import { describe, expect, test } from 'vitest'
import { flaggedOf, HOSTILE, reviewOf, scanOf, sha, windowOf, type CatalogFixture } from './fixture.ts'

/** Lists, dead letters and totals. */
export function recordTests(t: CatalogFixture): void {
  describe('lists', () => {
    test('of windows filter by dataset and state, in order', async () => {
      await t.commit(1, [])
      await t.catalog.windows.stage(windowOf(2), t.lease)
      await t.catalog.windows.stage({ ...windowOf(3), id: 'm1', dataset: 'mail' }, t.lease)
      const ids = async (filter: Parameters<typeof t.catalog.windows.list>[0]) =>
        (await t.catalog.windows.list(filter)).map((window) => window.id)
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
      await t.commit(1, rows)
      const found = async (filter: Parameters<typeof t.catalog.flagged.list>[0]) => {
        const listed = (await t.catalog.flagged.list(filter)).map((row) => row.index)
        if (filter.limit === undefined) expect(await t.catalog.flagged.count(filter)).toBe(listed.length)
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

    test('that no detector looked at come last, have no risk to be asked for and no family', async () => {
      await t.commit(1, [flaggedOf(0, { risk: 0.6 })])
      await t.catalog.windows.stage(windowOf(2), t.lease)
      const held = flaggedOf(0, { record: 'w2-0', risk: 1, families: ['outlier'] })
      await t.catalog.windows.scanned('w2', { ...scanOf(10, [held]), detectors: [] })
      const rows = await t.catalog.flagged.list({})
      expect(rows.map(({ record, scanned, families }) => [record, scanned, families])).toEqual([
        ['w1-0', true, ['trigger']],
        ['w2-0', false, []],
      ])
      expect(await t.catalog.flagged.count({ minRisk: 0.5 })).toBe(1)
      expect(await t.catalog.flagged.count({ maxRisk: 1 })).toBe(1)
      expect(await t.catalog.flagged.count({ scanned: false })).toBe(1)
    })

    test('of campaigns come strongest first', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      const campaign = { id: 'a', family: 'trigger' as const, label: '7', members: 3, evidence: 5 }
      const campaigns = [campaign, { ...campaign, id: 'b', label: null, evidence: 50 }]
      await t.catalog.windows.scanned('w1', { ...scanOf(10, []), campaigns })
      const listed = await t.catalog.flagged.campaigns('digits')
      expect(listed.map((row) => row.id)).toEqual(['b', 'a'])
      expect(listed[1]).toEqual({ ...campaign, dataset: 'digits', window: 'w1' })
      expect(await t.catalog.flagged.campaigns('mail')).toEqual([])
    })
  })

  describe('dead letters', () => {
    test('filter, and count by reason', async () => {
      await t.catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2', 'd3'] }), t.lease)
      await t.catalog.deadLetters.failedAgain([{ id: 'd2', reason: 'undecodable', detail: 'line 3' }])
      expect(await t.catalog.deadLetters.list({ reason: 'undecodable' })).toMatchObject([{ id: 'd2', attempts: 2 }])
      expect(await t.catalog.deadLetters.list({ ids: ['d1', 'd3'], limit: 1 })).toMatchObject([
        { id: 'd1', state: 'open' },
      ])
      expect(await t.catalog.deadLetters.countByReason()).toEqual([
        { dataset: 'digits', reason: 'contract', count: 2 },
        { dataset: 'digits', reason: 'undecodable', count: 1 },
      ])
      expect(await t.catalog.deadLetters.countByReason('mail')).toEqual([])
    })

    test('are taken up again once only', async () => {
      await t.catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2'] }), t.lease)
      await t.catalog.windows.stage(windowOf(2, { redrives: ['d1'] }), t.lease)
      expect(await t.catalog.deadLetters.list({ state: 'redriven' })).toMatchObject([{ id: 'd1', window: 'w1' }])
      await expect(t.catalog.windows.stage(windowOf(3, { redrives: ['d1', 'd2'] }), t.lease)).rejects.toMatchObject({
        reason: 'already_redriven',
      })
      const again = [{ id: 'd1', reason: 'contract', detail: '' }] as const
      await expect(t.catalog.deadLetters.failedAgain(again)).rejects.toMatchObject({ code: 'conflict' })
      expect(await t.catalog.deadLetters.list({ state: 'open' })).toMatchObject([{ id: 'd2' }])
    })
  })

  describe('totals', () => {
    const check = async (expected: Record<string, number>) => {
      const totals = (await t.catalog.windows.totals()).get('digits')
      expect(totals).toEqual({ recalled: 0, ...expected })
      const { received, admitted, quarantined, rejected, deadLettered, pending } = totals ?? ({} as never)
      expect(admitted + quarantined + rejected + deadLettered + pending).toBe(received)
    }

    test('add up at every step, through redrives and reviews', async () => {
      expect(await t.catalog.windows.totals()).toEqual(new Map())
      await t.catalog.windows.stage(windowOf(1, { deadLetters: ['d1', 'd2', 'd3'] }), t.lease)
      const none = { admitted: 0, quarantined: 0, rejected: 0 }
      await check({ windows: 1, received: 13, ...none, deadLettered: 3, pending: 10 })
      const flagged = [flaggedOf(0), flaggedOf(1), flaggedOf(2), flaggedOf(3, { decision: 'reject' })]
      await t.catalog.windows.scanned('w1', scanOf(10, flagged))
      await check({ windows: 1, received: 13, ...none, deadLettered: 3, pending: 10 })
      await t.catalog.windows.committed('w1', { manifest: 1, sha256: sha('m'), objects: [] })
      await check({ windows: 1, received: 13, admitted: 6, quarantined: 3, rejected: 1, deadLettered: 3, pending: 0 })

      await t.catalog.windows.stage({ ...windowOf(2, { redrives: ['d1', 'd3'] }), records: 2 }, t.lease)
      await check({ windows: 2, received: 13, admitted: 6, quarantined: 3, rejected: 1, deadLettered: 1, pending: 2 })
      await t.catalog.windows.scanned('w2', scanOf(2, [flaggedOf(0, { record: 'again' })]))
      await t.catalog.windows.committed('w2', { manifest: 2, sha256: sha('m2'), objects: [] })
      await check({ windows: 2, received: 13, admitted: 7, quarantined: 4, rejected: 1, deadLettered: 1, pending: 0 })

      await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0', 'w1-1']))
      await check({ windows: 2, received: 13, admitted: 7, quarantined: 4, rejected: 1, deadLettered: 1, pending: 0 })
      await t.catalog.reviews.applied('r1', 3)
      await t.catalog.reviews.add(reviewOf('r2', 'reject', ['w1-2']))
      await check({ windows: 2, received: 13, admitted: 9, quarantined: 1, rejected: 2, deadLettered: 1, pending: 0 })
    })
  })
}
