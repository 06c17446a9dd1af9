import { beforeEach, describe, expect, test } from 'vitest'
import { flaggedOf, reviewOf, sha, undoOf, type CatalogFixture } from './fixture.ts'

/** What is known of the chains of manifests from elsewhere than the store. */
export function chainTests(t: CatalogFixture): void {
  describe('chains', () => {
    const link = { ordinal: 3, sha256: sha('m3'), about: 'reencryption:b1' }
    beforeEach(async () => {
      await t.commit(1, [flaggedOf(0)])
      await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      await t.catalog.reviews.applied('r1', 2, sha('m2'))
    })

    test('are known by windows, reviews and links that were kept', async () => {
      await t.catalog.chains.remember('digits', link)
      await t.catalog.reviews.add(undoOf('u1', 'r1', ['w1-0']))
      await t.catalog.reviews.applied('u1', 4)
      expect(await t.catalog.chains.known('digits')).toEqual([
        { ordinal: 1, sha256: sha('m1'), about: 'window:w1' },
        { ordinal: 2, sha256: sha('m2'), about: 'release:r1' },
        link,
        { ordinal: 4, sha256: null, about: 'revocation:u1' },
      ])
      expect((await t.catalog.chains.known('digits', 3)).map(({ ordinal }) => ordinal)).toEqual([4])
      expect(await t.catalog.chains.known('letters')).toEqual([])
      expect(await t.catalog.chains.heads()).toEqual(new Map([['digits', { ordinal: 3, sha256: sha('m3') }]]))
    })

    test('have one link at a place', async () => {
      await t.catalog.chains.remember('digits', link)
      await t.catalog.chains.remember('digits', link)
      expect((await t.actions()).filter((action) => action === 'link.added')).toHaveLength(1)
      await expect(t.catalog.chains.remember('digits', { ...link, sha256: sha('other') })).rejects.toMatchObject({
        code: 'conflict',
        reason: 'chain_rewritten',
      })
    })

    test('never end before the last checkpoint says', async () => {
      const head = await t.catalog.audit.head()
      const heads = { digits: { ordinal: 9, sha256: sha('m9') } }
      const at = '2026-01-01T00:00:00.000Z'
      await t.catalog.audit.addCheckpoint({ ...head, at, keyid: 'k', signature: 'c2ln', heads })
      expect((await t.catalog.audit.checkpoints()).at(-1)?.heads).toEqual(heads)
      expect((await t.catalog.chains.known('digits')).at(-1)).toEqual({ ...heads.digits, about: null })
      expect(await t.catalog.chains.heads()).toEqual(new Map(Object.entries(heads)))
    })
  })
}
