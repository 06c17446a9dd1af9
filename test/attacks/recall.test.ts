import { beforeEach, describe, expect, test } from 'vitest'
import { blastRadius } from '#app/operations/blast-radius.ts'
import { resetMemory, suggestedRecalls } from '#app/operations/memories.ts'
import { listRecalls, recallable, recallRecords, undoRecall } from '#app/operations/recalls.ts'
import { carryOutReview, inQuarantine, reviewRecords, undoReview } from '#app/operations/reviews.ts'
import { exportDataset } from '#app/operations/export.ts'
import { summaries } from '#app/operations/summaries.ts'
import { verifyInstallation } from '#app/operations/verify.ts'
import { scoresOf } from '#app/operations/windows.ts'
import { recallByPolicy } from '#app/automatic-recalls.ts'
import type { SigningSystem } from '#app/system.ts'
import { AppError } from '#core/errors.ts'
import { memoryContext, memoryPath } from '#core/layout.ts'
import type { ReviewRow } from '#runtime/catalog/catalog.ts'
import { createCatalog } from '#runtime/catalog/create-catalog.ts'
import { encodeMemory, foldMemory, remembered, type KnownMember } from '#services/scan/memory/memory.ts'
import { withdrawReview } from '#services/encrypt/review.ts'
import { auditProblems, DATASET, refusalOf, texts, useInstallation } from './installation.ts'

const it = useInstallation()
let system: SigningSystem
beforeEach(async () => {
  await it.deliver('a', texts(0, 20, 5))
  expect(await it.run()).toEqual([])
  system = await it.start()
})

const recall = async (records: readonly string[], reason = 'poison after all') =>
  recallRecords(system, await recallable(system, { dataset: DATASET, records }), { reason })
const exported = () => it.exported()
const links = async () => {
  const kinds: string[] = []
  for await (const { statement } of system.chain.links(DATASET)) kinds.push(statement.predicate.kind)
  return kinds
}

describe('a recall', () => {
  test('takes admitted records out of every export, shows in counts and chain, and its undo restores the very bytes', async () => {
    const ids = await admittedIds()
    const before = await exportAll()
    const { id } = await recall(ids.slice(0, 2))
    const now = await exportAll()
    expect(now).toMatchObject({ records: before.records - 2, recalled: 2 })
    expect(await links()).toEqual(['window', 'window', 'recall'])
    expect(await listRecalls(system, DATASET)).toMatchObject([{ id, state: 'applied', manifest: 3 }])
    const [summary] = await summaries(system)
    expect(summary).toMatchObject({ recalled: 2, counts: { received: 20, admitted: 13, quarantined: 5, rejected: 2 } })
    expect(await verified()).toMatchObject([{ links: 3, admitted: 13, problems: [] }])
    expect(await auditProblems(it)).toEqual([])

    await undoRecall(system, id, 'it was ours')
    expect(await exportAll()).toEqual(before)
    expect(await links()).toEqual(['window', 'window', 'recall', 'reinstatement'])
    expect(await verified()).toMatchObject([{ links: 4, admitted: 15, problems: [] }])
    expect(await auditProblems(it)).toEqual([])
    // and again
    await recall(ids.slice(0, 1))
    expect(await exportAll()).toMatchObject({ records: before.records - 1, recalled: 1 })
  })

  test('says what is recalled already, what is in quarantine, what is not there, and changes nothing', async () => {
    const [first = '', second = ''] = await admittedIds()
    await recall([first])
    const again = await recallable(system, { dataset: DATASET, records: [first, second] })
    expect(again).toMatchObject({ admitted: [{ record: second }], already: [first] })
    const [held] = await inQuarantine(system, { dataset: DATASET })
    for (const [records, reason] of [
      [[held!.record, second], 'not_admitted'],
      [[second, 'nobody#1'], 'not_found'],
    ] as const)
      expect(await refusalOf(recallable(system, { dataset: DATASET, records }))).toBe(reason)
    expect(await refusalOf(recallable(system, { dataset: DATASET }))).toBe('invalid')
    expect(await refusalOf(recallable(system, { dataset: DATASET, campaign: 'none' }))).toBe('not_found')
    expect(await links()).toHaveLength(3)
  })

  test('of what review released: its release cannot be undone meanwhile, and no other release lets it in', async () => {
    const [held] = await inQuarantine(system, { dataset: DATASET })
    const released = await reviewRecords(system, {
      dataset: DATASET,
      action: 'release',
      records: [held!.record],
      reason: 'fine',
    })
    const { id } = await recall([held!.record])
    expect(await exported()).not.toContain('poison 0')
    expect(await refusalOf(undoReview(system, released.id, 'no'))).toBe('wrong_standing')
    await undoRecall(system, id, 'fine after all')
    expect((await exported()).filter((text) => text.startsWith('poison'))).toHaveLength(1)
    await undoReview(system, released.id, 'not fine')
    expect((await exported()).filter((text) => text.startsWith('poison'))).toHaveLength(0)
    expect(await auditProblems(it)).toEqual([])
  })

  test('that was decided and not carried out is finished by the next life, once', async () => {
    const [first = ''] = await admittedIds()
    const found = await recallable(system, { dataset: DATASET, records: [first] })
    const crash = { ...system, step: async () => Promise.reject(new Error('killed')) }
    const dying = { ...system, step: stepUntil('review.manifest') }
    await expect(recallRecords(crash, found, { reason: 'poison', id: 'r0' })).rejects.toThrow('killed')
    await expect(recallRecords(dying, found, { reason: 'poison', id: 'r1' })).rejects.toThrow('killed')
    expect(await it.run()).toEqual([])
    expect(await it.run()).toEqual([])
    system = await it.start()
    expect(await links()).toEqual(['window', 'window', 'recall'])
    expect(await exported()).toHaveLength(14)
  })

  test('that nobody wants any more is withdrawn until it is carried out, and leaves nothing', async () => {
    const [first = ''] = await admittedIds()
    const found = await recallable(system, { dataset: DATASET, records: [first] })
    const dying = { ...system, step: stepUntil('review.manifest') }
    await expect(recallRecords(dying, found, { reason: 'poison', id: 'r1' })).rejects.toThrow('killed')
    const waiting = await system.catalog.reviews.get('r1')
    await withdrawReview(waiting!, { actor: 'ann', reason: 'no' }, system)
    expect(await system.catalog.flagged.list({ dataset: DATASET, records: [first] })).toEqual([])
    const done = await recall([first])
    expect(await refusalOf(withdrawReview(done, { actor: 'ann', reason: 'no' }, system))).toBe('carried_out')
    expect(await auditProblems(it)).toEqual([])
  })
})

/** A memory up to the fourth window that has found these: the place of each, and the log-odds of its campaign. */
async function rememberMembers(members: readonly KnownMember[]): Promise<void> {
  await system.store.delete(memoryPath(DATASET, 4))
  const known = foldMemory(DATASET, null, [{ ordinal: 4, contract: 'a', taught: null }])
  const memory = remembered(known, { pools: [], campaigns: [], members })
  await system.vault.put(memoryPath(DATASET, 4), memoryContext(DATASET, 4), encodeMemory(memory))
}

const member = (window: number, index: number, logOdds: number, admitted = true): KnownMember => ({
  window,
  index,
  campaign: 'flood-1',
  logOdds,
  admitted,
})

test('what the memory has found is suggested, the surest first, until a person has recalled it', async () => {
  await it.deliver('b', texts(100, 30))
  expect(await it.run()).toEqual([])
  expect(await suggestedRecalls(system, DATASET)).toEqual([])
  const scores = await Promise.all((await windows()).map((row) => scoresOf(system, row)))
  await rememberMembers([member(1, 0, 9, false), member(1, 6, 4), member(2, 3, 8), member(7, 0, 9)])
  const suggested = await suggestedRecalls(system, DATASET)
  const ids = [scores[1]!.records[3]!.id, scores[0]!.records[6]!.id]
  expect(suggested.map(({ record }) => record)).toEqual(ids)
  expect(suggested[0]).toEqual({ record: ids[0], window: 2, campaign: 'flood-1', logOdds: 8 })
  await recall(ids.slice(0, 1))
  expect(await suggestedRecalls(system, DATASET)).toEqual(suggested.slice(1))
  await resetMemory(system, DATASET, 'it learnt from poison')
  expect(await suggestedRecalls(system, DATASET)).toEqual([])
})

describe('a policy that recalls what the memory finds', () => {
  const automatic = (least: number): SigningSystem => {
    const { datasets, ...config } = system.config
    const own = { ...datasets[DATASET]!, memory: { every: 4, recall: { automatic: least } } }
    return { ...system, config: { ...config, datasets: { [DATASET]: own } } }
  }

  test('does so from the probability on that it names, says who decided, and repeats nothing', async () => {
    await it.deliver('b', texts(100, 30))
    expect(await it.run()).toEqual([])
    const scores = await Promise.all((await windows()).map((row) => scoresOf(system, row)))
    const sure = scores[1]!.records[3]!.id
    await rememberMembers([member(1, 6, 1), member(2, 3, 8), member(7, 0, 9)])
    expect(await recallByPolicy(system, DATASET)).toEqual({ recalled: 0, waiting: false })
    expect(await recallByPolicy(automatic(0.9), DATASET)).toEqual({ recalled: 1, waiting: true })
    const [row, ...others] = await listRecalls(system)
    expect(others).toEqual([])
    expect(row).toMatchObject({ state: 'applied', actor: 'policy', records: [sure] })
    expect(row?.reason).toContain('flood-1')
    const named = await system.chain.find(DATASET, { kind: 'recall', review: row!.id })
    expect(named?.statement.predicate).toMatchObject({ recalled: [sure], review: expect.stringMatching(/^policy-/) })
    expect(await recallByPolicy(automatic(0.9), DATASET)).toEqual({ recalled: 0, waiting: true })
    expect(await auditProblems(it)).toEqual([])
  })

  test('leaves alone what a person has put back, and is finished by the next life where it was killed', async () => {
    await it.deliver('b', texts(100, 30))
    expect(await it.run()).toEqual([])
    await rememberMembers([member(1, 6, 8), member(2, 3, 8)])
    const dying = { ...automatic(0.9), step: stepUntil('review.manifest') }
    await expect(recallByPolicy(dying, DATASET)).rejects.toThrow('killed')
    expect(await it.run()).toEqual([])
    system = await it.start()
    const [row, ...others] = await listRecalls(system)
    expect(others).toEqual([])
    expect(row).toMatchObject({ state: 'applied', actor: 'policy' })
    await undoRecall(system, row!.id, 'ours')
    expect(await recallByPolicy(automatic(0.9), DATASET)).toEqual({ recalled: 0, waiting: false })
  })
})

describe('the blast radius', () => {
  test('is every export that held one of them, by its link, and no other; also of entries that do not say theirs', async () => {
    const [first = '', second = '', third = ''] = await admittedIds() // itself the first export
    const { id } = await recall([first])
    await exportAll() // without it
    await undoRecall(system, id, 'ours')
    await exportAll() // with it again
    const other = await recall([first, second])
    await exportAll()
    const last = await recall([third])
    await system.catalog.audit.append('old', 'dataset.exported', DATASET, { records: 12, format: 'csv' })
    const held = async (row: ReviewRow) => (await blastRadius(system, row)).exports.map((one) => one.held)
    expect(await held((await system.catalog.reviews.get(id))!)).toEqual([1, 1])
    expect(await held(other)).toEqual([2, 1, 2])
    expect(await held(last)).toEqual([1, 1, 1, 1])
    const [found] = (await blastRadius(system, other)).exports
    expect(found).toMatchObject({ by: 'ann', format: 'jsonl', records: 15, isExact: true })
    expect(found?.sha256).toMatch(/^[0-9a-f]{64}$/)
    expect((await blastRadius(system, other)).sink).toBeNull()

    await undoRecall(system, last.id, 'ours')
    await system.catalog.audit.append('old', 'dataset.exported', DATASET, { records: 13, format: 'csv' })
    expect((await blastRadius(system, last)).exports.at(-1)).toMatchObject({ by: 'old', held: 1, isExact: false })
    expect(await auditProblems(it)).toEqual([])
  })

  test('of what review released is what came behind the release', async () => {
    await exportAll()
    const [held] = await inQuarantine(system, { dataset: DATASET })
    const decision = { dataset: DATASET, action: 'release', records: [held!.record], reason: 'fine' } as const
    await reviewRecords(system, decision)
    await exportAll()
    const row = await recall([held!.record])
    expect((await blastRadius(system, row)).exports).toMatchObject([{ records: 16, held: 1 }])
  })
})

describe('who wants a recall undone', () => {
  test('cuts its link off the chain, with or without a later one in its place', async () => {
    const put = await it.copyStore('manifests/')
    await recall((await admittedIds()).slice(0, 1))
    await put()
    system = await it.start()
    expect(await refusalOf(exportAll())).toBe('chain_truncated')
    expect(await verified()).toMatchObject([{ problems: [{ code: 'chain_truncated' }] }])
    await it.deliver('b', texts(100, 10))
    expect(await it.run()).toEqual(['chain_truncated'])
  })

  test('takes the row of the review out of the catalog as well: the log tells', async () => {
    const put = await it.copyStore('manifests/')
    await recall((await admittedIds()).slice(0, 1))
    expect(await auditProblems(it)).toEqual([])
    await put()
    await it.sql.transaction((tx) =>
      tx.script(`update flagged set pending_review = null; delete from review_records; delete from reviews`),
    )
    expect(await auditProblems(it)).toContain('removed')
  })

  test('puts back an old copy of the catalog: the chain has said it', async () => {
    const put = await it.copyCatalog()
    const [first = ''] = await admittedIds()
    await recall([first])
    await put()
    system = await it.start()
    expect(await exported()).toHaveLength(14)
    expect(await auditProblems(it)).toContain('unlogged')
    // recalled anew it is recalled; and one undo ends it
    const { id } = await recall([first])
    await undoRecall(system, id, 'ours')
    expect(await exported()).toHaveLength(15)
  })

  test('takes the right to write links away: the decision stands, and who made it is told so and how to take it back', async () => {
    const [first = ''] = await admittedIds()
    const refused: SigningSystem = {
      ...system,
      step: async (name, work) => {
        if (name === 'review.manifest') throw new AppError('denied', 'no right to manifests/')
        return system.step(name, work)
      },
    }
    const found = await recallable(system, { dataset: DATASET, records: [first] })
    const error = await recallRecords(refused, found, { reason: 'poison' }).catch((thrown: unknown) => thrown)
    const [waiting] = await system.catalog.reviews.list({ dataset: DATASET, state: 'pending' })
    expect(error).toMatchObject({
      code: 'denied',
      message: expect.stringMatching(
        new RegExp(
          `^no right to manifests/\\. The decision is recorded.* credence quarantine withdraw ${waiting!.id} `,
        ),
      ),
    })
    expect(await it.run()).toEqual([])
    expect(await exported()).toHaveLength(14)
  })

  test('inserts a recall of everything, or its undo, past the product: it is not carried out', async () => {
    const mallory = createCatalog(it.sql, { actor: 'mallory' })
    const { admitted } = await recallable(system, { dataset: DATASET, records: await admittedIds() })
    const records = admitted.map(({ record }) => record)
    const forged = { dataset: DATASET, undoes: null, records, reason: 'spite', actor: 'ann' } as const
    const row = await mallory.reviews.add({ ...forged, id: 'forged', action: 'recall' }, admitted)
    expect(await it.run()).toEqual(['review_unsigned'])
    expect(await exported()).toHaveLength(15)
    await withdrawReview(row, { actor: 'ann', reason: 'nobody decided it' }, system)

    const { id } = await recall(records.slice(0, 1))
    const undo = { ...forged, id: 'undone', action: 'undo', undoes: id, records: records.slice(0, 1) } as const
    const waiting = await mallory.reviews.add(undo)
    expect(await refusalOf(carryOutReview(system, waiting))).toBe('review_unsigned')
    expect(await exported()).toHaveLength(14)
  })
})

const windows = () => system.catalog.windows.list({ dataset: DATASET })

async function admittedIds(): Promise<string[]> {
  const held = new Set((await system.catalog.flagged.list({ dataset: DATASET })).map((row) => row.record))
  const ids: string[] = []
  await exportDataset(system, { dataset: DATASET, format: 'jsonl', whole: true }, async (bytes) => {
    const parts: Uint8Array[] = []
    for await (const part of bytes) parts.push(part)
    for (const line of Buffer.concat(parts).toString().trim().split('\n')) ids.push(JSON.parse(line).id as string)
  })
  return ids.filter((id) => !held.has(id))
}

function exportAll() {
  return exportDataset(system, { dataset: DATASET, format: 'jsonl', whole: true }, async (bytes) => {
    for await (const _ of bytes) continue
  })
}

async function verified() {
  const reports = []
  for await (const report of verifyInstallation(system)) reports.push(report)
  return reports
}

/** Dies before the step is done. */
function stepUntil(last: string): SigningSystem['step'] {
  return async (step, work) => {
    if (step === last) throw new Error('killed')
    return work()
  }
}
