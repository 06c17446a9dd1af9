import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

let desk: Desk
let ann: Visitor
let ben: Visitor
beforeAll(async () => {
  desk = await openDesk()
  ann = await desk.person('ann', 'reviewer')
  ben = await desk.person('ben', 'reviewer')
})
afterAll(() => desk[Symbol.asyncDispose]())

const give = (who: Visitor, key: string, body: object, id: string = randomUUID()) =>
  who.send('POST', `/v1/records/${key}/opinions`, { reason: 'by its looks', ...body }, { 'idempotency-key': id })
const history = async (who: Visitor, key: string): Promise<Json> => (await who.get(`/v1/records/${key}/history`)).body

test('a second opinion is blind: what others decided and said is shown once one gave one’s own', async () => {
  const asked = await ann.send('POST', '/v1/opinions/requests', { q: 'dataset:mail', most: 6, wanted: 2 })
  expect([asked.status, asked.body]).toEqual([201, { records: 6 }])
  const { record, waiting } = (await ben.get('/v1/opinions/next')).body
  expect(waiting).toBe(6)
  expect(Object.keys(record)).not.toContain('standing')
  await ann.send('POST', `/v1/records/${record.key}/notes`, { text: 'I am sure it is poison' })
  const { etag } = (await ann.get(`/v1/records/${record.key}`)).body
  const decision = { action: 'reject', reason: 'it holds the mark' }
  expect(
    (await ann.send('POST', `/v1/records/${record.key}/decisions`, decision, { 'if-match': `"${etag}"` })).status,
  ).toBe(201)
  expect(await history(ben, record.key)).toMatchObject({ reviews: [], notes: [], opinions: [], isBlind: true })
  const given = await give(ben, record.key, { verdict: 'release' })
  expect(given.status).toBe(201)
  expect(given.body.opinions).toMatchObject([{ by: 'ben', verdict: 'release', label: null }])
  const seen = await history(ben, record.key)
  expect(seen.isBlind).toBe(false)
  expect([seen.reviews.length, seen.notes.length]).toEqual([1, 1])
  // who looks on is asked nothing
  const vera = await desk.person('vera', 'viewer')
  expect((await history(vera, record.key)).isBlind).toBe(false)
  const { alpha, units, disputed, people } = (await ann.get('/v1/opinions/agreement')).body
  expect([alpha, units, disputed]).toEqual([0, 1, 1])
  expect(people).toMatchObject([
    { person: 'ann', said: 1, compared: 1, alike: 0 },
    { person: 'ben', said: 1, compared: 1, alike: 0 },
  ])
})

test('an opinion is there once, stands, and names a label where it relabels', async () => {
  const { record } = (await ben.get('/v1/opinions/next')).body
  const id = randomUUID()
  expect((await give(ben, record.key, { verdict: 'relabel' })).status).toBe(400)
  expect((await give(ben, record.key, { verdict: 'reject', label: '7' })).status).toBe(400)
  expect((await give(ben, record.key, { verdict: 'relabel', label: '7' }, id)).status).toBe(201)
  expect((await give(ben, record.key, { verdict: 'relabel', label: '7' }, id)).status).toBe(201)
  expect((await give(ben, record.key, { verdict: 'reject' })).body).toMatchObject({
    status: 409,
    reason: 'opinion_given',
  })
  expect((await give(ann, record.key, { verdict: 'relabel', label: '8' })).body.opinions).toHaveLength(2)
  const { items } = (await ann.get('/v1/records?q=is:disputed')).body
  expect(items.map(({ key }: Json) => key)).toEqual([record.key])
})

test('a gold sample is asked about as others are, and tells who judges as is right', async () => {
  const [, row] = (await ann.get('/v1/records?q=dataset:notes')).body.items
  const set = await ann.send('PUT', `/v1/records/${row.key}/gold`, { gold: { verdict: 'release' } })
  expect(set.body.gold).toMatchObject({ verdict: 'release', label: null, by: 'ann' })
  expect((await history(ben, row.key)).isBlind).toBe(true)
  expect((await history(ann, row.key)).isBlind).toBe(false)
  await give(ben, row.key, { verdict: 'reject' })
  const cem = await desk.person('cem', 'reviewer')
  await give(cem, row.key, { verdict: 'release' })
  const { people } = (await ann.get('/v1/opinions/agreement?dataset=notes')).body
  expect(people).toMatchObject([
    { person: 'ben', gold: 1, right: 0 },
    { person: 'cem', gold: 1, right: 1 },
  ])
  expect((await ann.send('PUT', `/v1/records/${row.key}/gold`, { gold: null })).body).toEqual({ gold: null })
})

test('it is over one’s own datasets alone, and all of it is in the log, without what was thought', async () => {
  const mia = await desk.person('mia', { role: 'reviewer', datasets: ['notes'] })
  expect((await mia.get('/v1/opinions/next')).body).toEqual({ record: null, waiting: 0 })
  const [row] = (await ann.get('/v1/records?q=dataset:mail')).body.items
  expect((await give(mia, row.key, { verdict: 'reject' })).status).toBe(404)
  expect((await mia.send('PUT', `/v1/records/${row.key}/gold`, { gold: null })).status).toBe(404)
  expect((await mia.send('POST', '/v1/opinions/requests', { q: 'dataset:mail' })).body.records).toBe(0)
  expect((await mia.get('/v1/opinions/agreement')).body.people.map(({ person }: Json) => person)).toEqual([
    'ben',
    'cem',
  ])
  const aud = await desk.person('aud', 'auditor')
  const { items } = (await aud.get('/v1/audit?action=opinion.given')).body
  expect(items.length).toBe(5)
  for (const { detail } of items) expect(detail).toEqual({})
})

test('what waits is shared evenly among people, once', async () => {
  const shared = await ann.send('POST', '/v1/assignments', { q: 'dataset:notes', people: ['ann', 'ben'] })
  expect(shared.body).toEqual({ records: 5 })
  const of = async (name: string) => (await ann.get(`/v1/records?q=assignee:${name}`)).body.count
  expect([await of('ann'), await of('ben')]).toEqual([3, 2])
  expect((await ann.send('POST', '/v1/assignments', { q: 'dataset:notes', people: ['cem'] })).body.records).toBe(0)
})
