import { beforeEach, describe, expect, test } from 'vitest'
import { flaggedOf, HOSTILE, reviewOf, type CatalogFixture } from './fixture.ts'

const ALL = { terms: [], datasets: null }

/** What people think of held records without deciding over them. */
export function opinionTests(t: CatalogFixture): void {
  describe('opinions', () => {
    beforeEach(async () => {
      await t.commit(
        1,
        Array.from({ length: 8 }, (_, i) => flaggedOf(i)),
      )
    })
    const place = (index: number) => ({ window: 'w1', index })
    const ask = (most: number, wanted = 2, seed = 1) =>
      t.catalog.console.opinions.ask(ALL, { most, wanted, seed, by: 'lea' })
    const give = (index: number, person: string, verdict: 'release' | 'reject' = 'reject', id = `${person}-${index}`) =>
      t.catalog.console.opinions.give(place(index), { id, person, verdict, label: null, reason: HOSTILE })
    const next = (person: string) => t.catalog.console.opinions.next(person, null)

    test('are asked for on a sample that its seed draws again, and one ask about a record stands', async () => {
      expect(await ask(5)).toBe(5)
      const first = await t.catalog.console.held.count({ ...ALL, terms: [IS('asked')] })
      expect([first, await ask(5)]).toEqual([5, 5])
      expect(await t.catalog.console.held.count({ ...ALL, terms: [IS('asked')] })).toBe(5)
      await ask(5, 2, 2)
      expect(await t.catalog.console.held.count({ ...ALL, terms: [IS('asked')] })).toBeGreaterThan(5)
      expect((await t.actions()).filter((action) => action === 'opinions.asked')).toHaveLength(2)
    })

    test('are asked of each person in an order of their own, until there are enough', async () => {
      expect(await next('ann')).toEqual({ row: null, waiting: 0 })
      await ask(8)
      const orders: string[] = []
      for (const person of ['ann', 'ben', 'cem']) {
        const order: number[] = []
        for (;;) {
          const { row, waiting } = await next(person)
          if (row === null) break
          expect(waiting).toBe(8 - order.length)
          order.push(row.index)
          await give(row.index, person)
        }
        expect(order.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
        orders.push(order.join())
        await t.sql.query('delete from opinions')
      }
      expect(new Set(orders).size).toBe(3)
      await give(0, 'ann')
      expect(await t.catalog.console.opinions.isAsked(place(0), 'ann')).toBe(false)
      expect(await t.catalog.console.opinions.isAsked(place(0), 'ben')).toBe(true)
      await give(0, 'ben')
      expect(await t.catalog.console.opinions.isAsked(place(0), 'cem')).toBe(false)
      expect((await next('cem')).waiting).toBe(7)
    })

    test('are given once, stand, and are the same for a request that is repeated', async () => {
      const given = await give(0, 'ann')
      expect(given).toMatchObject({ person: 'ann', verdict: 'reject', reason: HOSTILE, at: t.now })
      expect(await give(0, 'ann')).toEqual(given)
      await expect(give(0, 'ann', 'release', 'other')).rejects.toMatchObject({ reason: 'opinion_given' })
      await expect(give(0, 'ann', 'release')).rejects.toMatchObject({ reason: 'opinion_given' })
      await expect(give(9, 'ann')).rejects.toMatchObject({ code: 'not_found' })
      expect(await t.catalog.console.opinions.of(place(0))).toEqual([given])
      const [entry] = await t.catalog.audit.about('w1-0')
      // what it was would tell whoever reads the log before they give theirs
      expect(entry).toMatchObject({ action: 'opinion.given', actor: 'ann', detail: {} })
    })

    test('differ, and are found by that', async () => {
      await give(0, 'ann', 'reject')
      await give(0, 'ben', 'release')
      await give(1, 'ann', 'reject')
      await give(1, 'ben', 'reject')
      const found = await t.catalog.console.held.page({ ...ALL, terms: [IS('disputed')] }, { sort: 'risk', limit: 9 })
      expect(found.map(({ index }) => index)).toEqual([0])
    })

    test('count a decision over one record alone, until it is undone, and none over many', async () => {
      await ask(8)
      await t.catalog.reviews.add({ ...reviewOf('r1', 'reject', ['w1-0']), actor: 'ann' })
      await t.catalog.reviews.add({ ...reviewOf('r2', 'reject', ['w1-1', 'w1-2']), actor: 'ann' })
      await give(0, 'ben')
      await give(1, 'ben')
      expect(await t.catalog.console.opinions.isAsked(place(0), 'ann')).toBe(false)
      expect(await t.catalog.console.opinions.isAsked(place(1), 'ann')).toBe(true)
      const said = await t.catalog.console.opinions.sayings(null)
      expect(said.map(({ index, person }) => `${index} ${person}`)).toEqual(['0 ann', '0 ben', '1 ben'])
      expect(await t.catalog.console.opinions.sayings(['mail'])).toEqual([])
    })

    test('are held against gold, about which everybody is asked but who set it', async () => {
      const { opinions } = t.catalog.console
      await opinions.setGold(place(3), { verdict: 'relabel', label: HOSTILE }, 'lea')
      expect(await opinions.isAsked(place(3), 'lea')).toBe(false)
      for (const person of ['ann', 'ben', 'cem']) {
        expect(await opinions.isAsked(place(3), person)).toBe(true)
        await give(3, person)
      }
      const said = await opinions.sayings(null)
      expect(said.map(({ gold }) => gold)).toEqual(
        Array.from({ length: 3 }, () => ({ verdict: 'relabel', label: HOSTILE, by: 'lea' })),
      )
      expect(await opinions.setGold(place(3), null, 'lea')).toBeNull()
      expect((await opinions.sayings(null))[0]?.gold).toBeNull()
      expect((await t.actions()).filter((action) => action.startsWith('gold.'))).toEqual(['gold.set', 'gold.removed'])
    })
  })

  describe('work', () => {
    test('is shared evenly, the riskiest in turn, and what somebody has is left to them', async () => {
      await t.commit(
        1,
        Array.from({ length: 7 }, (_, i) => flaggedOf(i)),
      )
      const { discussion, held } = t.catalog.console
      await discussion.assign({ window: 'w1', index: 0 }, 'zoe', 'lea', () => true)
      expect(await discussion.share(ALL, ['ann', HOSTILE], 'lea')).toBe(6)
      expect(await discussion.share(ALL, ['ann'], 'lea')).toBe(0)
      const rows = await held.page(ALL, { sort: 'risk', limit: 9 })
      const by = Object.groupBy(rows, ({ assignee }) => assignee ?? '')
      expect(Object.entries(by).map(([name, of]) => [name, of?.length])).toEqual(
        expect.arrayContaining([
          ['zoe', 1],
          ['ann', 3],
          [HOSTILE, 3],
        ]),
      )
      expect((await t.actions()).filter((action) => action === 'records.shared')).toHaveLength(1)
    })
  })
}

const IS = (value: string) => ({ field: 'is', negated: false, operator: '=', values: [value] }) as const
