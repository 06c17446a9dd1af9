import { randomUUID } from 'node:crypto'
import { beforeEach, describe, expect, test } from 'vitest'
import { verifyAuditLog } from '#app/operations/audit.ts'
import type { NewReview } from '#runtime/catalog/catalog.ts'
import { createCatalog } from '#runtime/catalog/create-catalog.ts'
import { signReview } from '#services/encrypt/decision.ts'
import { applyReview, withdrawReview } from '#services/encrypt/review.ts'
import { auditProblems, DATASET, refusalOf, texts, useInstallation } from './installation.ts'

const it = useInstallation()
let held: readonly string[]
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
  held = (await catalog().flagged.list({ dataset: DATASET })).map(({ record }) => record)
})
const catalog = () => createCatalog(it.sql, { actor: 'mallory' })

const release = (records: readonly string[]): NewReview => ({
  id: randomUUID(),
  dataset: DATASET,
  action: 'release',
  undoes: null,
  records,
  reason: 'looks good',
  actor: 'ann',
})

describe('who can write the catalog', () => {
  test('inserts a release with three statements: nothing is admitted, and it can be withdrawn', async () => {
    await it.sql.query(
      `insert into reviews (id, dataset, action, from_standing, to_standing, reason, actor, digest, state, created_at)
       values ('forged', '${DATASET}', 'release', 'quarantined', 'released', 'looks good', 'ann', 'd', 'pending', now())`,
    )
    await it.sql.query(
      `insert into review_records (review, place, window_id, flagged_place)
       select 'forged', place, window_id, place from flagged`,
    )
    await it.sql.query(`update flagged set pending_review = 'forged'`)
    expect(await it.run()).toEqual(['review_unsigned'])
    expect(await it.exported()).not.toContain('poison 0')
    expect(await auditProblems(it)).toEqual(['unlogged'])

    const system = await it.start()
    const forged = await system.catalog.reviews.get('forged')
    expect(await refusalOf(applyReview(forged!, system))).toBe('review_unsigned')
    await withdrawReview(forged!, { actor: 'ann', reason: 'nobody decided it' }, system)
    expect(await auditProblems(it)).toEqual([])
    await applyReview(await system.catalog.reviews.add(await signReview(release(held), system.signer)), system)
    expect(await it.exported()).toContain('poison 0')
  })

  test('has held records stand as decided, as decided otherwise, or nowhere: the log tells', async () => {
    const [first = ''] = held
    const broken = async (statement: string, kinds: readonly string[]) => {
      await it.sql.query(statement)
      expect(await auditProblems(it), statement).toEqual(kinds)
    }
    const where = `where record = '${first}'`
    await broken(`update flagged set standing = 'released' ${where}`, ['unlogged'])
    await it.sql.query(`update flagged set standing = 'quarantined' ${where}`)
    expect(await auditProblems(it)).toEqual([])
    await broken(`update flagged set decision = 'reject', standing = 'rejected' ${where}`, ['unlogged'])
    await it.sql.query(`update flagged set decision = 'quarantine', standing = 'quarantined' ${where}`)

    const system = await it.start()
    const review = await system.catalog.reviews.add(await signReview(release([first]), system.signer))
    await applyReview(review, system)
    expect(await auditProblems(it)).toEqual([])
    await broken(`update flagged set standing = 'quarantined' ${where}`, ['unlogged'])
    await it.sql.query(`update flagged set standing = 'released' ${where}`)
    await broken(`delete from flagged where record = '${held[1]}'`, ['removed'])
    expect(await it.exported()).not.toContain('poison 1')
  })

  test('lets the product itself insert it, with its entry in the log', async () => {
    const forged = await catalog().reviews.add(release(held))
    expect(await refusalOf(applyReview(forged, await it.start()))).toBe('review_unsigned')
    expect(await auditProblems(it)).toEqual(['unsigned'])
  })

  test('takes the signature of another decision, or adds records to one', async () => {
    const { signer } = await it.start()
    const { signature } = await signReview(release(held.slice(0, 1)), signer)
    const forged = await catalog().reviews.add({ ...release(held.slice(1)), ...(signature && { signature }) })
    expect(await refusalOf(applyReview(forged, await it.start()))).toBe('review_unsigned')

    const signed = await catalog().reviews.add(await signReview(release(held.slice(0, 1)), signer))
    await it.sql.query(
      `insert into review_records (review, place, window_id, flagged_place)
       select $1, 1, window_id, place from flagged where record <> $2 limit 1`,
      [signed.id, held[0]!],
    )
    const widened = await catalog().reviews.get(signed.id)
    expect(widened?.records).toHaveLength(2)
    expect(await refusalOf(applyReview(widened!, await it.start()))).toBe('review_unsigned')
  })

  test('takes the entry of a decision out of the log', async () => {
    const system = await it.start()
    const review = await system.catalog.reviews.add(await signReview(release(held), system.signer))
    await it.sql.transaction(async (tx) => {
      await tx.script('alter table audit disable trigger all')
      await tx.query('delete from audit where subject = $1', [review.id])
    })
    expect(await refusalOf(applyReview(review, system))).toBe('review_unlogged')
    const { problems } = await verifyAuditLog(system)
    expect(problems.map(({ kind }) => kind)).toEqual(['truncated', 'unlogged'])
  })

  test('takes away the rows of what was decided or committed', async () => {
    const system = await it.start()
    const review = await system.catalog.reviews.add(await signReview(release(held), system.signer))
    await applyReview(review, system)
    expect(await auditProblems(it)).toEqual([])
    await it.sql.transaction((tx) =>
      tx.script(`update flagged set pending_review = null; delete from review_records; delete from reviews`),
    )
    expect(await auditProblems(it)).toEqual(['removed'])
  })
})
