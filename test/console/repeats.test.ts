import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDesk, type Desk } from '../support/console/desk.ts'
import { withRepetition } from '../support/console/repeating.ts'

let desk: Desk
let memory: Disposable
beforeAll(async () => {
  desk = await openDesk()
  memory = await withRepetition(desk)
})
afterAll(async () => {
  memory[Symbol.dispose]()
  await desk[Symbol.asyncDispose]()
})

const REPEAT = '/v1/datasets/mail/repeats/flood-1'

test('what repeats itself is called natural once, however often that is sent, and asked about again', async () => {
  const ann = await desk.person('ann', 'reviewer', 'auditor')
  const repeats = async () => (await ann.get('/v1/datasets/mail/health')).body.taught.repeats
  const natural = { isNatural: true, reason: 'a form letter' }
  const key = { 'idempotency-key': 'the-same-key-twice' }
  for (let sent = 0; sent < 2; sent++) {
    const { status, body } = await ann.send('PUT', REPEAT, natural, key)
    expect([status, body]).toEqual([200, { id: 'flood-1', isNatural: true }])
  }
  expect(await repeats()).toMatchObject([{ id: 'flood-1', isNatural: true }])
  expect((await ann.send('PUT', REPEAT, { isNatural: false, reason: 'it is none' })).body.isNatural).toBe(false)
  expect(await repeats()).toMatchObject([{ isNatural: false }])
  const said = await desk.system.catalog.repeats.all('mail')
  expect(said).toMatchObject([
    { campaign: 'flood-1', isNatural: true, reason: 'a form letter', actor: 'ann' },
    { campaign: 'flood-1', isNatural: false, actor: 'ann' },
  ])
  const { items } = (await ann.get('/v1/audit')).body
  const actions = items.map(({ action }: { action: string }) => action)
  expect(actions.filter((action: string) => action.startsWith('repeat.')).sort()).toEqual([
    'repeat.asked_again',
    'repeat.natural',
  ])
})

test('that is refused to who may not decide over the dataset, without a reason, and for what nobody is asked about', async () => {
  const ann = await desk.person('ann', 'reviewer')
  const body = { isNatural: true, reason: 'x' }
  expect((await ann.send('PUT', '/v1/datasets/mail/repeats/flood-2', body)).body).toMatchObject({
    status: 404,
    reason: 'no_repeat',
  })
  expect((await ann.send('PUT', REPEAT, { isNatural: true })).status).toBe(400)
  expect((await ann.send('PUT', '/v1/datasets/nowhere/repeats/flood-1', body)).status).toBe(404)
  expect((await (await desk.person('vera', 'viewer')).send('PUT', REPEAT, body)).body.reason).toBe('not_permitted')
  const nora = await desk.person('nora', { role: 'reviewer', datasets: ['notes'] })
  expect((await nora.send('PUT', REPEAT, body)).status).toBe(404)
  const lea = await desk.person('lea', { role: 'reviewer', datasets: null, contributors: ['bob'] })
  expect((await lea.send('PUT', REPEAT, body)).status).toBeGreaterThanOrEqual(403)
})
