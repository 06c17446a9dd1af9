import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { admittedRecords } from '#app/operations/export.ts'
import { openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

let desk: Desk
let ann: Visitor
beforeAll(async () => {
  desk = await openDesk()
  ann = await desk.person('ann', 'reviewer')
})
afterAll(() => desk[Symbol.asyncDispose]())

const RECALLS = '/v1/datasets/mail/recalls'
async function exported(): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of admittedRecords(desk.system, 'mail')) ids.push(id)
  return ids
}
async function until(review: string, isThere: (review: Json) => boolean): Promise<Json> {
  for (;;) {
    const { items } = (await ann.get('/v1/reviews')).body
    const found = items.find(({ id }: Json) => id === review)
    if (found !== undefined && isThere(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

test('admitted records are recalled once, left out from then on, and put back by undo', async () => {
  const before = await exported()
  const records = before.slice(0, 3)
  const preview = await ann.send('POST', `${RECALLS}/preview`, { records }, { 'idempotency-key': '' })
  // the export above is one that holds them
  expect(preview.body).toMatchObject({ admitted: 3, already: 0, forgotten: 0, sink: null })
  const key = { 'idempotency-key': randomUUID() }
  const body = { records, reason: 'copies of the test set' }
  const made = await ann.send('POST', RECALLS, body, key)
  expect(made.status).toBe(201)
  expect(made.body).toMatchObject({ action: 'recall', records: 3, actor: 'ann', reason: 'copies of the test set' })
  expect((await ann.send('POST', RECALLS, body, key)).body.id).toBe(made.body.id)
  for (const other of [
    { ...body, reason: 'other' },
    { ...body, records: before.slice(0, 2) },
    { ...body, records: before.slice(0, 4) },
    { ...body, records: before.slice(3, 6) },
  ])
    expect((await ann.send('POST', RECALLS, other, key)).body).toMatchObject({
      status: 409,
      reason: 'idempotency_reused',
    })
  await until(made.body.id, ({ state }) => state === 'applied')
  expect(await exported()).toEqual(before.slice(3))
  const again = await ann.send('POST', `${RECALLS}/preview`, { records }, { 'idempotency-key': '' })
  expect(again.body).toEqual({ admitted: 0, already: 3, forgotten: 0, exports: [], sink: null })
  const { items } = (await ann.get('/v1/reviews?action=recall')).body
  expect(items).toMatchObject([{ id: made.body.id }])
  expect((await ann.get('/v1/reviews?action=release')).body.items).toEqual([])
  const reach = await ann.get(`/v1/recalls/${made.body.id}/reach`)
  expect(reach.body).toEqual({ exports: [], sink: null })
  const undo = await ann.send('POST', `/v1/reviews/${made.body.id}/undo`, { reason: 'innocent after all' })
  expect(undo.status).toBe(201)
  await until(undo.body.id, ({ state }) => state === 'applied')
  expect(await exported()).toEqual(before)
})

test('it is refused for what is held, for what is not there, and to who may not', async () => {
  const [held] = (await ann.get('/v1/records?q=dataset:mail&limit=1')).body.items
  const recall = (who: Visitor, body: object, dataset = 'mail') =>
    who.send('POST', `/v1/datasets/${dataset}/recalls`, { reason: 'x', ...body })
  expect((await recall(ann, { records: [held.record] })).body).toMatchObject({ status: 409, reason: 'not_admitted' })
  expect((await recall(ann, { records: ['nothing'] })).status).toBe(404)
  expect((await recall(ann, { campaign: 'nothing' })).status).toBe(404)
  expect((await recall(ann, {})).status).toBe(400)
  expect((await recall(ann, { records: ['a'], campaign: 'b' })).status).toBe(400)
  expect((await recall(ann, { records: ['a'] }, 'nowhere')).status).toBe(404)
  const [id = ''] = await exported()
  const nora = await desk.person('nora', { role: 'reviewer', datasets: ['notes'] })
  expect((await recall(nora, { records: [id] })).status).toBe(404)
  expect((await recall(await desk.person('vera', 'viewer'), { records: [id] })).body.reason).toBe('not_permitted')
  expect((await ann.get(`/v1/recalls/${randomUUID()}/reach`)).status).toBe(404)
})

test('a recalled record is no innocent neighbour, neither of a held record nor of itself', async () => {
  await using other = await openDesk()
  const bea = await other.person('bea', 'reviewer')
  const [held] = (await bea.get(`/v1/records?q=${encodeURIComponent('monday risk>0.9')}`)).body.items
  const near = async (key: string): Promise<string[]> =>
    (await bea.get(`/v1/records/${key}/neighbours`)).body.items.map(({ record }: Json) => record)
  const before = await near(held.key)
  expect(before).toHaveLength(3)
  await bea.send('POST', RECALLS, { records: before.slice(0, 1), reason: 'poison after all' })
  const after = await near(held.key)
  expect(after.slice(0, 2)).toEqual(before.slice(1))
  expect(after).not.toContain(before[0])
  const [recalled] = (await bea.get(`/v1/records?q=${encodeURIComponent('standing:recalled')}`)).body.items
  expect(recalled.record).toBe(before[0])
  expect(await near(recalled.key)).not.toContain(before[0])
})
