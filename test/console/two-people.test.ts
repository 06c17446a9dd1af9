import { afterAll, beforeAll, expect, test } from 'vitest'
import { signAuditLog, verifyAuditLog } from '#app/operations/audit.ts'
import { letters, openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

let desk: Desk
let ann: Visitor
let bob: Visitor
beforeAll(async () => {
  desk = await openDesk({ mail: { monday: letters(60, 30), tuesday: letters(60, 12) }, releaseAlone: 10 })
  ann = await desk.person('ann', 'reviewer')
  bob = await desk.person('bob', 'reviewer')
})
afterAll(() => desk[Symbol.asyncDispose]())

const preview = async (q: string): Promise<Json> =>
  (await ann.send('POST', '/v1/bulk/preview', { q }, { 'idempotency-key': '' })).body
async function decide(q: string, action = 'release'): Promise<Json> {
  const { digest } = await preview(q)
  return (await ann.send('POST', '/v1/bulk', { q, digest, action, reason: 'looked at' })).body
}
async function settled(id: string): Promise<Json> {
  for (;;) {
    const { body } = await ann.get(`/v1/bulk/${id}`)
    if (body.state !== 'running') return body
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
const waiting = async (q: string) => (await ann.get(`/v1/records?q=${encodeURIComponent(q)}`)).body.count
const logged = async (action: string): Promise<Json[]> => {
  const auditor = await desk.person('aud', 'auditor')
  return (await auditor.get(`/v1/audit?action=${action}`)).body.items
}

test('a release of many records waits for another reviewer, across a restart', async () => {
  const q = 'dataset:mail -campaign:trigger-1-poison standing:quarantined'
  expect(await preview(q)).toMatchObject({ records: 14, takesTwo: true })
  const asked = await decide(q)
  expect(asked).toMatchObject({ state: 'asked', approvedBy: null, done: 0 })
  expect((await ann.send('POST', `/v1/bulk/${asked.id}/resume`)).status).toBe(409)
  expect((await bob.send('POST', `/v1/bulk/${asked.id}/undo`, { reason: 'no' })).status).toBe(409)
  await desk.reopen({ releaseAlone: 10 })
  ann = await desk.person('ann', 'reviewer')
  bob = await desk.person('bob', 'reviewer')
  expect(await waiting(q)).toBe(14)

  const approve = (who: Visitor) => who.send('POST', `/v1/bulk/${asked.id}/approve`)
  expect((await approve(ann)).body).toMatchObject({ status: 403, reason: 'own_request' })
  const elsewhere = await desk.person('nora', { role: 'reviewer', datasets: ['notes'] })
  expect((await approve(elsewhere)).status).toBe(404)
  expect((await approve(await desk.person('olga', 'operator'))).body.reason).toBe('not_permitted')
  expect((await approve(bob)).status).toBe(202)
  expect(await settled(asked.id)).toMatchObject({ state: 'done', by: 'ann', approvedBy: 'bob', done: 14 })
  expect((await approve(bob)).status).toBe(409)
  expect(await logged('bulk.approved')).toMatchObject([{ actor: 'bob', subject: asked.id, detail: { records: 14 } }])
})

test('so does what is left of a campaign, however few', async () => {
  const [first, ...rest] = (await ann.get('/v1/records?q=campaign:trigger-1-poison&sort=place&limit=500')).body.items
  const mine = [first, ...rest].filter(({ window }: Json) => window === first.window)
  for (const { key, etag } of mine.slice(2)) {
    const body = { action: 'release', reason: 'one by one' }
    expect((await ann.send('POST', `/v1/records/${key}/decisions`, body, { 'if-match': `"${etag}"` })).status).toBe(201)
  }
  const q = `window:${first.window} campaign:trigger-1-poison standing:quarantined`
  while ((await waiting(q)) !== 2) await new Promise((resolve) => setTimeout(resolve, 20))
  expect(await preview(q)).toMatchObject({ records: 2, takesTwo: true })
  const asked = await decide(q)
  expect(asked.state).toBe('asked')
  const refused = await bob.send('POST', `/v1/bulk/${asked.id}/refuse`)
  expect(refused.body).toMatchObject({ state: 'refused', approvedBy: null })
  expect((await bob.send('POST', `/v1/bulk/${asked.id}/approve`)).status).toBe(409)
  expect(await waiting(q)).toBe(2)
})

test('a rejection, or a release of few, waits for nobody', async () => {
  const few = 'dataset:notes'
  expect(await preview(few)).toMatchObject({ records: 5, takesTwo: false })
  const released = await decide(few)
  expect(await settled(released.id)).toMatchObject({ state: 'done', done: 5 })
  const all = await decide('standing:quarantined', 'reject')
  expect(await settled(all.id)).toMatchObject({ state: 'done', approvedBy: null })
})

test('who was refused is in the log once, and the log verifies', async () => {
  const vera = await desk.person('vera', 'viewer')
  for (let i = 0; i < 5; i++) expect((await vera.get('/v1/keys')).status).toBe(403)
  const refused = await logged('request.refused')
  expect(refused.filter(({ actor }) => actor === 'vera')).toMatchObject([
    { subject: 'keys.show', detail: { reason: 'not_permitted' } },
  ])
  expect(refused.some(({ actor, detail }) => actor === 'ann' && detail.reason === 'own_request')).toBe(true)
  await signAuditLog(desk.system)
  expect((await verifyAuditLog(desk.system)).problems).toEqual([])
})
