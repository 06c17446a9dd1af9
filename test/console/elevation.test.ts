import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

let desk: Desk
let vera: Visitor
let ada: Visitor
beforeAll(async () => {
  desk = await openDesk()
  vera = await desk.person('vera', 'viewer')
  ada = await desk.person('ada', 'admin')
})
afterAll(() => desk[Symbol.asyncDispose]())

const ask = async (who: Visitor, body: object): Promise<Json> =>
  (await who.send('POST', '/v1/elevations', { reason: 'on duty', ...body })).body
const move = (who: Visitor, { id }: Json, what: string) => who.send('POST', `/v1/elevations/${id}/${what}`)
const sample = async (who: Visitor, dataset: string) => {
  const [row] = (await vera.get(`/v1/records?q=dataset:${dataset}`)).body.items
  return (await who.get(`/v1/records/${row.key}/sample`)).status
}

test('a role is asked for, granted by another person over some datasets, and ended before its time', async () => {
  const asked = await ask(vera, { role: 'reviewer', datasets: ['mail'], minutes: 60 })
  expect(asked).toMatchObject({ state: 'asked', person: 'vera', datasets: ['mail'], decidedBy: null, expiresAt: null })
  expect(await sample(vera, 'mail')).toBe(403)
  expect((await move(vera, asked, 'grant')).body.reason).toBe('not_permitted')
  const granted = await move(ada, asked, 'grant')
  expect(granted.body).toMatchObject({ state: 'granted', decidedBy: 'ada' })
  expect([await sample(vera, 'mail'), await sample(vera, 'notes')]).toEqual([200, 403])
  expect((await vera.get('/v1/session')).body.grants).toContainEqual({ role: 'reviewer', datasets: ['mail'] })
  expect((await move(ada, asked, 'grant')).status).toBe(409)
  expect((await move(vera, asked, 'end')).body.state).toBe('ended')
  expect(await sample(vera, 'mail')).toBe(403)
})

test('nobody grants what they asked for, even an admin', async () => {
  const asked = await ask(ada, { role: 'operator' })
  expect((await move(ada, asked, 'grant')).body).toMatchObject({ status: 403, reason: 'own_request' })
  expect((await move(ada, asked, 'refuse')).body.state).toBe('refused')
  const ben = await desk.person('ben', 'admin')
  expect((await move(ben, asked, 'grant')).status).toBe(409)
})

test('it is over when its time is', async () => {
  const asked = await ask(vera, { role: 'auditor', minutes: 5 })
  await move(ada, asked, 'grant')
  expect((await vera.get('/v1/audit')).status).toBe(200)
  const { elevations } = desk.system.catalog.console
  const [lent] = await elevations.granted('vera')
  expect(lent).toEqual({ role: 'auditor', datasets: null })
  const row = await elevations.get(asked.id)
  expect((row?.expiresAt?.getTime() ?? 0) - (row?.askedAt.getTime() ?? 0)).toBeGreaterThanOrEqual(5 * 60_000)
  await move(ada, asked, 'end')
  expect((await vera.get('/v1/audit')).status).toBe(403)
})

test('nobody sees or ends what another asked for, and a token asks for nothing', async () => {
  const asked = await ask(vera, { role: 'reviewer' })
  const eve = await desk.person('eve', 'viewer')
  expect((await eve.get('/v1/elevations')).body.items).toEqual([])
  expect((await move(eve, asked, 'refuse')).status).toBe(404)
  expect((await ada.get('/v1/elevations')).body.items.length).toBeGreaterThan(3)
  const made = await ada.send('POST', '/v1/tokens', { name: 'ci', grants: [{ role: 'viewer', datasets: null }] })
  const answer = await fetch(`${desk.console.origin}/v1/elevations`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${made.body.secret}`,
      'content-type': 'application/json',
      'idempotency-key': 'a-key-of-the-test',
    },
    body: JSON.stringify({ role: 'admin', reason: 'why not' }),
  })
  expect([answer.status, ((await answer.json()) as Json).reason]).toEqual([403, 'not_a_person'])
})

test('all of it is in the log', async () => {
  const { items } = (await ada.get('/v1/audit?actor=ada')).body
  const actions = items.map(({ action }: Json) => action)
  for (const action of ['elevation.asked', 'elevation.granted', 'elevation.refused', 'elevation.ended'])
    expect(actions).toContain(action)
})
