import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { signAuditLog, verifyAuditLog } from '#app/operations/audit.ts'
import { STEP_POINTS } from '#runtime/process/steps.ts'
import { admittedRecords } from '#app/operations/export.ts'
import { letters, openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

let desk: Desk
let ann: Visitor
let bob: Visitor
beforeAll(async () => {
  desk = await openDesk({ mail: { monday: letters(2400, 2300) } })
})
afterAll(() => desk[Symbol.asyncDispose]())
beforeEach(async () => {
  ann = await desk.person('ann', 'reviewer')
  bob = await desk.person('bob', 'reviewer')
})

// each case takes records of its own, so that none uses what another one left
let taken = 0
async function fresh(count = 1): Promise<Json> {
  const { items } = (await ann.get(`/v1/records?q=dataset:mail&sort=place&limit=${taken + count}`)).body
  taken += count
  return count === 1 ? items.at(-1) : items.slice(-count)
}

const decide = (who: Visitor, row: Json, body: object, headers: Record<string, string> = {}) =>
  who.send(
    'POST',
    `/v1/records/${row.key}/decisions`,
    { reason: 'seen', ...body },
    { 'if-match': `"${row.etag}"`, ...headers },
  )

async function until<T>(look: () => Promise<T>, isThere: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await look()
    if (isThere(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

async function exported(): Promise<readonly string[]> {
  const ids: string[] = []
  for await (const { id } of admittedRecords(desk.system, 'mail')) ids.push(id)
  return ids
}

describe('a decision', () => {
  test('releases a record under the name of who made it, and is undone', async () => {
    const row = await fresh()
    const made = await decide(ann, row, { action: 'release' })
    expect(made.status).toBe(201)
    expect(made.body.review).toMatchObject({ action: 'release', actor: 'ann', records: 1, reason: 'seen' })
    const { id } = made.body.review
    const show = async () => (await ann.get(`/v1/records/${row.key}`)).body
    expect(await until(show, ({ standing }) => standing !== 'quarantined')).toMatchObject({
      standing: 'released',
      pending: null,
    })
    expect(await exported()).toContain(row.record)

    const undone = await bob.send('POST', `/v1/reviews/${id}/undo`, { reason: 'looked again' })
    expect(undone.body).toMatchObject({ action: 'undo', undoes: id, actor: 'bob' })
    await until(show, ({ standing }) => standing !== 'released')
    expect(await exported()).not.toContain(row.record)
    const { reviews } = (await ann.get(`/v1/records/${row.key}/history`)).body
    expect(reviews.map(({ actor, action }: Json) => [actor, action])).toEqual([
      ['ann', 'release'],
      ['bob', 'undo'],
    ])
  })

  test('that relabels rejects, and keeps the label in what is signed', async () => {
    const row = await fresh()
    const { body } = await decide(ann, row, { action: 'relabel', label: 'say "7"' })
    expect(body.review).toMatchObject({ action: 'reject', relabel: 'say "7"', state: 'applied' })
    expect(body.record.standing).toBe('rejected')
    expect((await decide(ann, await fresh(), { action: 'relabel' })).body.problems).toEqual([
      { path: 'label', message: 'relabel names the label, and nothing else does' },
    ])
  })

  test('over a record that somebody else decided over meanwhile is refused: the second is told', async () => {
    const row = await fresh()
    expect((await decide(ann, row, { action: 'reject' })).status).toBe(201)
    const second = await decide(bob, row, { action: 'release' })
    expect(second.status).toBe(412)
    expect(second.body).toMatchObject({ code: 'conflict', reason: 'stale' })
    const now = (await bob.get(`/v1/records/${row.key}`)).body
    expect((await decide(bob, now, { action: 'release' })).body).toMatchObject({
      status: 409,
      reason: 'wrong_standing',
    })
    expect((await decide(bob, row, { action: 'release' }, { 'if-match': '' })).status).toBe(428)
  })

  test('of two at the same moment is made once', async () => {
    const row = await fresh()
    const both = await Promise.all([decide(ann, row, { action: 'reject' }), decide(bob, row, { action: 'reject' })])
    const [first, second] = both.map(({ status }) => status).toSorted((a, b) => a - b)
    expect(first).toBe(201)
    expect([409, 412]).toContain(second)
  })

  test('that is repeated is there once; its key takes no other', async () => {
    const row = await fresh()
    const key = { 'idempotency-key': randomUUID() }
    const first = await decide(ann, row, { action: 'reject' }, key)
    const again = await decide(ann, row, { action: 'reject' }, key)
    expect([again.status, again.body.review.id]).toEqual([201, first.body.review.id])
    const { reviews } = (await ann.get(`/v1/records/${row.key}/history`)).body
    expect(reviews).toHaveLength(1)
    const other = await decide(ann, await fresh(), { action: 'reject' }, key)
    expect(other.body).toMatchObject({ status: 409, reason: 'idempotency_reused' })
    // somebody else's key is another one
    expect((await decide(bob, await fresh(), { action: 'reject' }, key)).status).toBe(201)
    expect((await decide(ann, await fresh(), { action: 'reject' }, { 'idempotency-key': '' })).body).toMatchObject({
      status: 400,
      reason: 'idempotency_missing',
    })
  })
})

describe('killed between any two writes', () => {
  const points = STEP_POINTS.filter((point) => point.startsWith('review.'))
  test.for(points)('at %s, a decision is there once, or not at all and once when it is repeated', async (point) => {
    const row = await fresh()
    const key = { 'idempotency-key': randomUUID() }
    desk.dieAt(point)
    const first = await decide(ann, row, { action: 'release' }, key)
    expect([201, 503]).toContain(first.status)
    desk = await desk.killed()
    ann = await desk.person('ann', 'reviewer')
    const again = await decide(ann, row, { action: 'release' }, key)
    expect(again.status).toBe(201)
    const show = async () => (await ann.get(`/v1/records/${row.key}`)).body
    await until(show, ({ standing }) => standing === 'released')
    expect((await ann.get(`/v1/records/${row.key}/history`)).body.reviews).toHaveLength(1)
    expect((await exported()).filter((id) => id === row.record)).toHaveLength(1)
  })
})

describe('a discussion', () => {
  test('has notes, each once, and somebody who is to decide', async () => {
    const row = await fresh()
    const key = { 'idempotency-key': randomUUID() }
    const note = await ann.send('POST', `/v1/records/${row.key}/notes`, { text: 'a <b>spoon</b>?' }, key)
    expect(note.body).toMatchObject({ by: 'ann', text: 'a <b>spoon</b>?' })
    expect((await ann.send('POST', `/v1/records/${row.key}/notes`, { text: 'a <b>spoon</b>?' }, key)).body).toEqual(
      note.body,
    )
    expect((await ann.send('POST', `/v1/records/${row.key}/notes`, { text: 'else' }, key)).body.reason).toBe(
      'idempotency_reused',
    )
    expect((await bob.get(`/v1/records/${row.key}/history`)).body.notes).toEqual([note.body])

    const assign = (who: Visitor, etag: string, assignee: string | null) =>
      who.send('PUT', `/v1/records/${row.key}/assignee`, { assignee }, { 'if-match': `"${etag}"` })
    const assigned = await assign(ann, row.etag, 'bob')
    expect(assigned.body).toMatchObject({ assignee: 'bob', notes: 1 })
    expect((await assign(bob, row.etag, 'eve')).status).toBe(412)
    expect((await ann.get('/v1/records?q=assignee:bob')).body.count).toBe(1)
    expect((await assign(bob, assigned.body.etag, null)).body.assignee).toBeNull()
  })
})

describe('a decision over a query', () => {
  const preview = async (q: string) =>
    (await ann.send('POST', '/v1/bulk/preview', { q }, { 'idempotency-key': '' })).body
  const settled = (id: string) =>
    until(
      async () => (await ann.get(`/v1/bulk/${id}`)).body,
      ({ state }) => state !== 'running',
    )
  const quarantined = async () => (await ann.get('/v1/records?q=dataset:mail%20standing:quarantined')).body.count

  test('reaches what its preview showed, in parts, and is undone as one', async () => {
    const before = await quarantined()
    const q = 'dataset:mail campaign:trigger-1-poison'
    const shown = await preview(q)
    expect(shown.records).toBeGreaterThan(1200)
    expect(shown.datasets).toEqual([{ dataset: 'mail', records: shown.records }])
    const key = { 'idempotency-key': randomUUID() }
    const body = { q, digest: shown.digest, action: 'reject', reason: 'a campaign' }
    const begun = await ann.send('POST', '/v1/bulk', body, key)
    expect(begun.status).toBe(202)
    expect((await ann.send('POST', '/v1/bulk', body, key)).body.id).toBe(begun.body.id)
    expect(await settled(begun.body.id)).toMatchObject({ state: 'done', done: shown.records, skipped: 0 })
    expect(await quarantined()).toBe(before - shown.records)

    const undo = await bob.send('POST', `/v1/bulk/${begun.body.id}/undo`, { reason: 'too much' })
    expect(await settled(undo.body.id)).toMatchObject({ state: 'done', action: 'undo', done: shown.records })
    expect(await quarantined()).toBe(before)
    expect((await ann.get(`/v1/bulk/${begun.body.id}`)).body.state).toBe('undone')
    const twice = await bob.send('POST', `/v1/bulk/${begun.body.id}/undo`, { reason: 'again' })
    expect(twice.status).toBe(409)
  })

  test('is refused where the query finds other records by now', async () => {
    const q = 'dataset:mail -campaign:trigger-1-poison'
    const shown = await preview(q)
    const [row] = (await ann.get(`/v1/records?q=${encodeURIComponent(`${q} standing:quarantined`)}&limit=1`)).body.items
    await decide(bob, row, { action: 'reject' })
    const { body } = await ann.send('POST', '/v1/bulk', { q, digest: shown.digest, action: 'reject', reason: 'all' })
    expect(body).toMatchObject({ status: 412, reason: 'stale' })
    expect(
      (await ann.send('POST', '/v1/bulk', { q: 'label:none', digest: 'none', action: 'reject', reason: 'x' })).status,
    ).toBe(400)
  })

  test('goes on where a console was killed, and decides over nothing twice', async () => {
    const q = 'dataset:mail is:scanned'
    const { records, digest } = await preview(q)
    const { bulk } = desk.system.catalog.console
    const real = bulk.partDone.bind(bulk)
    let parts = 0
    // the process is gone between a part's decision and the word that it is done
    Object.assign(bulk, {
      partDone: async (...done: Parameters<typeof real>) => {
        if (++parts === 2) await new Promise(() => {})
        return real(...done)
      },
    })
    const begun = await ann.send('POST', '/v1/bulk', { q, digest, action: 'reject', reason: 'the rest' })
    await until(
      async () => parts,
      (so) => so === 2,
    )
    Object.assign(bulk, { partDone: real })
    const reviews = async () => (await desk.system.catalog.reviews.list({})).length
    const after = await reviews()
    desk = await desk.killed()
    ann = await desk.person('ann', 'reviewer')
    expect(await settled(begun.body.id)).toMatchObject({ state: 'done', done: records, skipped: 0 })
    expect(await reviews()).toBe(after + Math.ceil(records / 1000) - 2)
    expect(await quarantined()).toBe(0)
  })
})

test('all of it is in the log, which verifies', async () => {
  await signAuditLog(desk.system)
  expect((await verifyAuditLog(desk.system)).problems).toEqual([])
})
