import { describe, expect, test } from 'vitest'
import { windowOf, type CatalogFixture } from './fixture.ts'

/** From which window on a memory passes over what earlier ones taught. */
export function memoryTests(t: CatalogFixture): void {
  describe('marks of a memory', () => {
    const mark = (keeps: number, reason = 'it was taught poison') =>
      t.catalog.memories.mark('digits', { keeps, reason, actor: 'ann' })

    test('come behind the last window that was staged, once for each, with their entry in the log', async () => {
      await expect(mark(0)).rejects.toMatchObject({ code: 'not_found' })
      for (const n of [1, 2, 3]) await t.catalog.windows.stage(windowOf(n), t.lease)
      expect(await mark(0)).toEqual({ after: 3, keeps: 0, reason: 'it was taught poison', actor: 'ann', madeAt: t.now })
      expect(await mark(2, 'not that much')).toMatchObject({ after: 3, keeps: 2 })
      await t.catalog.windows.stage(windowOf(4), t.lease)
      await mark(1)
      expect(await t.catalog.memories.marks('digits')).toMatchObject([
        { after: 3, keeps: 2, reason: 'not that much' },
        { after: 4, keeps: 1 },
      ])
      expect(await t.catalog.memories.marks('mail')).toEqual([])
      const told = (await t.actions()).filter((action) => action.startsWith('memory.'))
      expect(told).toEqual(['memory.reset', 'memory.rolled_back', 'memory.rolled_back'])
      const [entry] = (await t.catalog.audit.about('digits')).slice(-1)
      expect(entry).toMatchObject({ actor: 'ann', detail: { after: 4, keeps: 1 } })
    })

    test('forget something', async () => {
      await t.catalog.windows.stage(windowOf(1), t.lease)
      for (const keeps of [-1, 1, 2]) await expect(mark(keeps)).rejects.toMatchObject({ code: 'invalid' })
      expect(await t.catalog.memories.marks('digits')).toEqual([])
    })
  })

  describe('verdicts on what repeats itself', () => {
    const judge = (campaign: string, isNatural: boolean) =>
      t.catalog.repeats.judge('digits', { campaign, isNatural, reason: 'a form letter', actor: 'ann' })

    test('are kept in order, behind the last window that was staged, with their entries in the log', async () => {
      await expect(judge('flood-1', true)).rejects.toMatchObject({ code: 'not_found' })
      await t.catalog.windows.stage(windowOf(1), t.lease)
      const first = await judge('flood-1', true)
      const about = { number: 1, campaign: 'flood-1', isNatural: true, after: 1, reason: 'a form letter', actor: 'ann' }
      expect(first).toEqual({ ...about, saidAt: t.now })
      await t.catalog.windows.stage(windowOf(2), t.lease)
      await judge('flood-2', true)
      await judge('flood-1', false)
      expect(await t.catalog.repeats.all('digits')).toMatchObject([
        about,
        { number: 2, campaign: 'flood-2', after: 2 },
        { number: 3, campaign: 'flood-1', isNatural: false, after: 2 },
      ])
      expect(await t.catalog.repeats.all('mail')).toEqual([])
      const told = (await t.actions()).filter((action) => action.startsWith('repeat.'))
      expect(told).toEqual(['repeat.natural', 'repeat.natural', 'repeat.asked_again'])
    })
  })
}
