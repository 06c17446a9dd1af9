import { describe, expect, test } from 'vitest'
import type { CatalogFixture } from './fixture.ts'

/** What is remembered of epoch keys. */
export function epochTests(t: CatalogFixture): void {
  const [one, two, three] = [1, 2, 2].map((epoch, i) => ({ kid: `${i}`.repeat(32), epoch }))

  describe('epochs', () => {
    test('are remembered once; the newest are all of the highest number', async () => {
      const { epochs } = t.catalog
      expect(await epochs.newest('digits')).toEqual([])
      for (const epoch of [one!, two!, two!, three!]) await epochs.remember('digits', epoch)
      expect(await epochs.newest('digits')).toEqual([two, three])
      expect(await epochs.newest('letters')).toEqual([])
      expect(await epochs.epochOf('digits', two!.kid)).toBe(2)
      const digits = { dataset: 'digits' }
      expect(await epochs.standing()).toEqual([
        { ...digits, ...one },
        { ...digits, ...two },
        { ...digits, ...three },
      ])
      expect(await epochs.epochOf('letters', two!.kid)).toBe(null)
      expect((await t.actions()).filter((action) => action === 'epoch.begun')).toHaveLength(3)
    })

    test('stay destroyed, whether they were remembered or not', async () => {
      const { epochs } = t.catalog
      await epochs.remember('digits', two!)
      for (const epoch of [one!, two!, two!]) await epochs.destroy('digits', epoch)
      await epochs.remember('digits', two!)
      expect(await epochs.isDestroyed('digits', one!.kid)).toBe(true)
      expect(await epochs.isDestroyed('digits', two!.kid)).toBe(true)
      expect(await epochs.isDestroyed('digits', three!.kid)).toBe(false)
      expect(await epochs.newest('digits')).toEqual([])
      expect((await t.actions()).filter((action) => action === 'epoch.ended')).toHaveLength(2)
    })
  })
}
