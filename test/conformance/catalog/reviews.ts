import { beforeEach, describe, expect, test } from 'vitest'
import { admittedOf, flaggedOf, reviewOf, scanOf, undoOf, windowOf, type CatalogFixture } from './fixture.ts'

/** The states that review moves records between. */
export function reviewTests(t: CatalogFixture): void {
  describe('reviews', () => {
    beforeEach(async () => {
      await t.commit(
        1,
        [0, 1, 2, 3].map((i) => flaggedOf(i, i === 3 ? { decision: 'reject' } : {})),
      )
    })
    const standing = async (record: string) => (await t.catalog.flagged.list({ records: [record] }))[0]?.standing

    test('release once the chain says so', async () => {
      const review = reviewOf('r1', 'release', ['w1-1', 'w1-0'])
      const row = await t.catalog.reviews.add(review)
      expect(row).toEqual({ ...review, state: 'pending', manifest: null, undoneBy: null, createdAt: t.now })
      expect(await standing('w1-0')).toBe('quarantined')
      await t.catalog.reviews.applied('r1', 2)
      await t.catalog.reviews.applied('r1', 2)
      expect(await standing('w1-0')).toBe('released')
      expect(await t.catalog.reviews.get('r1')).toMatchObject({ state: 'applied', manifest: 2 })
      expect((await t.actions()).slice(-2)).toEqual(['review.added', 'review.applied'])
    })

    test('reject at once', async () => {
      const row = await t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0']))
      expect(row).toMatchObject({ state: 'applied', manifest: null })
      expect(await standing('w1-0')).toBe('rejected')
    })

    test('keep the signature of who decided, and the log says whose it is', async () => {
      const signature = { keyid: 'k1', sig: 'c2ln' }
      const review = { ...reviewOf('r1', 'release', ['w1-0']), signature }
      expect(await t.catalog.reviews.add(review)).toMatchObject({ signature })
      expect(await t.catalog.reviews.get('r1')).toMatchObject({ signature })
      const [entry] = await t.catalog.audit.about('r1')
      expect(entry).toMatchObject({ action: 'review.added', detail: { keyid: 'k1' } })
    })

    test('are heard behind the window that was the last when they were carried out, with their seal', async () => {
      const sealed = 'c2VhbA=='
      await t.catalog.reviews.add({ ...reviewOf('r2', 'release', ['w1-0']), sealed })
      expect(await t.catalog.reviews.heardAfter('digits', 1)).toEqual([])
      await t.catalog.windows.stage(windowOf(2), t.lease)
      await t.catalog.reviews.applied('r2', 2)
      await t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-1']))
      await t.catalog.windows.stage(windowOf(3), t.lease)
      expect(await t.catalog.reviews.heardAfter('digits', 2)).toMatchObject([{ id: 'r1' }, { id: 'r2', sealed }])
      for (const [dataset, ordinal] of [
        ['digits', 1],
        ['digits', 3],
        ['mail', 2],
      ] as const)
        expect(await t.catalog.reviews.heardAfter(dataset, ordinal)).toEqual([])
    })

    test('can be withdrawn until they are carried out', async () => {
      await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      await t.catalog.reviews.withdraw('r1', 'bo', 'nobody decided it')
      expect(await t.catalog.reviews.get('r1')).toBeNull()
      await t.catalog.reviews.add(reviewOf('r2', 'release', ['w1-0']))
      await t.catalog.reviews.applied('r2', 2, null)
      await expect(t.catalog.reviews.withdraw('r2', 'bo', 'late')).rejects.toMatchObject({ code: 'conflict' })
      await t.catalog.reviews.add(undoOf('u2', 'r2', ['w1-0']))
      await t.catalog.reviews.withdraw('u2', 'bo', 'no longer wanted')
      expect(await t.catalog.reviews.add(undoOf('u3', 'r2', ['w1-0']))).toMatchObject({ state: 'pending' })
      await expect(t.catalog.reviews.withdraw('r9', 'bo', 'what')).rejects.toMatchObject({ code: 'not_found' })
      expect((await t.actions()).filter((action) => action === 'review.withdrawn')).toHaveLength(2)
    })

    test('repeated with the same id change nothing; another of that id is refused', async () => {
      const row = await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      expect(await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))).toEqual(row)
      await expect(t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0']))).rejects.toMatchObject({
        code: 'conflict',
      })
    })

    test('take records only from where they stand', async () => {
      await expect(t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0', 'w1-3']))).rejects.toMatchObject({
        code: 'conflict',
        reason: 'wrong_standing',
      })
      await expect(t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-3']))).rejects.toMatchObject({
        code: 'conflict',
      })
      await expect(t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-9']))).rejects.toMatchObject({
        code: 'not_found',
      })
      await expect(t.catalog.reviews.add(reviewOf('r1', 'reject', []))).rejects.toMatchObject({ code: 'invalid' })
      expect(await t.catalog.reviews.list({})).toEqual([])
      expect(await standing('w1-0')).toBe('quarantined')
    })

    test('hold their records while they are pending', async () => {
      await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      await expect(t.catalog.reviews.add(reviewOf('r2', 'reject', ['w1-0']))).rejects.toMatchObject({ reason: 'held' })
      await expect(t.catalog.reviews.add(undoOf('r2', 'r1', ['w1-0']))).rejects.toMatchObject({ code: 'conflict' })
    })

    test('of two people at once: one decides', async () => {
      const outcomes = await Promise.allSettled([
        t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0', 'w1-1'])),
        t.catalog.reviews.add(reviewOf('r2', 'reject', ['w1-1', 'w1-0'])),
      ])
      expect(outcomes.map((outcome) => outcome.status).sort()).toEqual(['fulfilled', 'rejected'])
    })

    test('wait for the window to be committed', async () => {
      await t.catalog.windows.stage(windowOf(2), t.lease)
      await t.catalog.windows.scanned('w2', scanOf(10, [flaggedOf(0, { record: 'w2-0' })]))
      await expect(t.catalog.reviews.add(reviewOf('r1', 'release', ['w2-0']))).rejects.toMatchObject({
        reason: 'not_committed',
      })
    })

    test('undone put back what they did, and it can be decided again', async () => {
      await t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0']))
      expect(await t.catalog.reviews.add(undoOf('u1', 'r1', ['w1-0']))).toMatchObject({ state: 'applied' })
      expect(await standing('w1-0')).toBe('quarantined')
      expect(await t.catalog.reviews.get('r1')).toMatchObject({ undoneBy: 'u1' })

      await t.catalog.reviews.add(reviewOf('r2', 'release', ['w1-0', 'w1-1']))
      await t.catalog.reviews.applied('r2', 2)
      expect(await t.catalog.reviews.add(undoOf('u2', 'r2', ['w1-1', 'w1-0']))).toMatchObject({ state: 'pending' })
      expect(await standing('w1-0')).toBe('released')
      await t.catalog.reviews.applied('u2', 3)
      expect(await standing('w1-0')).toBe('quarantined')
      await t.catalog.reviews.add(reviewOf('r3', 'release', ['w1-0']))
    })

    test('are undone whole, once, and never an undo', async () => {
      await t.catalog.reviews.add(reviewOf('r1', 'reject', ['w1-0', 'w1-1']))
      await expect(t.catalog.reviews.add(undoOf('u1', 'r1', ['w1-0']))).rejects.toMatchObject({ code: 'invalid' })
      await t.catalog.reviews.add(undoOf('u1', 'r1', ['w1-0', 'w1-1']))
      const records = ['w1-0', 'w1-1']
      await expect(t.catalog.reviews.add(undoOf('u2', 'r1', records))).rejects.toMatchObject({ code: 'conflict' })
      await expect(t.catalog.reviews.add(undoOf('u2', 'u1', records))).rejects.toMatchObject({ code: 'conflict' })
      await expect(t.catalog.reviews.add(undoOf('u2', 'r9', records))).rejects.toMatchObject({ code: 'not_found' })
    })

    test('recall what is admitted once the chain says so, released or never flagged, and put it back', async () => {
      await t.catalog.reviews.add(reviewOf('r1', 'release', ['w1-0']))
      await t.catalog.reviews.applied('r1', 2)
      const recall = reviewOf('c1', 'recall', ['w1-0', 'w1-5'])
      const row = await t.catalog.reviews.add(recall, [admittedOf(5), admittedOf(0)])
      expect(row).toMatchObject({ state: 'pending', records: ['w1-0', 'w1-5'] })
      expect(await t.catalog.reviews.add(recall, [admittedOf(5)])).toEqual(row)
      const undoing = t.catalog.reviews.add(undoOf('u1', 'r1', ['w1-0']))
      await expect(undoing).rejects.toMatchObject({ reason: 'held' })
      const before = (await t.catalog.windows.totals()).get('digits')
      await t.catalog.reviews.applied('c1', 3)
      expect(await standing('w1-5')).toBe('recalled')
      expect((await t.catalog.flagged.list({ records: ['w1-5'] }))[0]).toMatchObject({ decision: 'admit', risk: 0.2 })
      const after = (await t.catalog.windows.totals()).get('digits')
      expect(before).toMatchObject({ received: 10, admitted: 7, quarantined: 2, rejected: 1, recalled: 0 })
      expect(after).toMatchObject({ received: 10, admitted: 5, quarantined: 2, rejected: 3, recalled: 2 })

      const known = await t.catalog.chains.known('digits', 1)
      expect(known.map(({ about }) => about)).toEqual(['release:r1', 'recall:c1'])
      for (const action of ['recall', 'release', 'reject'] as const)
        await expect(t.catalog.reviews.add(reviewOf('c2', action, ['w1-5']))).rejects.toMatchObject({
          reason: 'wrong_standing',
        })
      await t.catalog.reviews.add(undoOf('u2', 'c1', ['w1-0', 'w1-5']))
      await t.catalog.reviews.applied('u2', 4)
      expect(await t.catalog.chains.known('digits', 3)).toMatchObject([{ about: 'reinstatement:u2' }])
      expect((await t.catalog.windows.totals()).get('digits')).toEqual(before)
      await t.catalog.reviews.add(reviewOf('c3', 'recall', ['w1-5']), [admittedOf(5)])
    })

    test('recall nothing that is held, or of another dataset, and leave no row where they are withdrawn', async () => {
      for (const record of [0, 3]) {
        const adding = t.catalog.reviews.add(reviewOf('c1', 'recall', [`w1-${record}`]), [admittedOf(record)])
        await expect(adding).rejects.toMatchObject({ reason: 'wrong_standing' })
      }
      const elsewhere = t.catalog.reviews.add({ ...reviewOf('c1', 'recall', ['w1-5']), dataset: 'mail' }, [
        admittedOf(5),
      ])
      await expect(elsewhere).rejects.toMatchObject({ code: 'not_found' })
      await t.catalog.reviews.add(reviewOf('c1', 'recall', ['w1-5']), [admittedOf(5)])
      await t.catalog.reviews.withdraw('c1', 'bo', 'no')
      expect(await standing('w1-5')).toBeUndefined()
    })

    test('are listed in the order they were made', async () => {
      await t.catalog.reviews.add(reviewOf('z', 'reject', ['w1-0']))
      await t.catalog.reviews.add(reviewOf('a', 'release', ['w1-1']))
      const ids = async (filter: Parameters<typeof t.catalog.reviews.list>[0]) =>
        (await t.catalog.reviews.list(filter)).map((review) => review.id)
      expect(await ids({})).toEqual(['z', 'a'])
      expect(await ids({ state: 'pending', dataset: 'digits' })).toEqual(['a'])
      expect(await ids({ dataset: 'mail' })).toEqual([])
      expect(await ids({ limit: 1 })).toEqual(['z'])
      expect(await t.catalog.reviews.get('nobody')).toBeNull()
      await expect(t.catalog.reviews.applied('nobody', 1)).rejects.toMatchObject({ code: 'not_found' })
    })
  })
}
