import { afterAll, beforeAll, expect, test } from 'vitest'
import { openDesk, type Desk, type Json } from '../support/console/desk.ts'
import { endRound, FEDERATION, withHeldClients } from '../support/console/held-clients.ts'

let desk: Desk
beforeAll(async () => {
  desk = await openDesk()
  await withHeldClients(desk)
})
afterAll(() => desk[Symbol.asyncDispose]())

const LIST = '/v1/clients'
const at = (client: string) => `/v1/federations/${FEDERATION}/clients/${client}`
const NOBODY = { reason: 'no harm in it' }
const logged = async (action: string): Promise<Json[]> =>
  (await (await desk.person('aud', 'auditor')).get(`/v1/audit?action=${action}`)).body.items

test('held clients are listed once each, the riskiest first, by the last round that held them', async () => {
  const vera = await desk.person('vera', 'viewer')
  const { items, next } = (await vera.get(LIST)).body
  expect(next).toBeNull()
  expect(items).toEqual([
    {
      federation: FEDERATION,
      client: 'site-3',
      round: 3,
      risk: 0.97,
      deviations: 11.2,
      why: ['It points the other way.'],
      standing: 'held',
      rounds: 2,
      alike: [],
    },
    expect.objectContaining({ client: 'site-2', round: 2, risk: 0.62, rounds: 1 }),
  ])
  const first = (await vera.get(`${LIST}?limit=1`)).body
  const second = (await vera.get(`${LIST}?limit=1&cursor=${first.next}`)).body
  expect([...first.items, ...second.items]).toEqual(items)
  expect(second.next).toBeNull()
  expect((await vera.get(`${LIST}?federation=elsewhere`)).body.items).toEqual([])
  for (const wrong of ['standing=suspended', 'cursor=x', 'limit=0', 'client=site-3'])
    expect((await vera.get(`${LIST}?${wrong}`)).status, wrong).toBe(400)
})

test('a client’s rounds are shown, the last first; of whom no round asked, nothing', async () => {
  const vera = await desk.person('vera', 'viewer')
  const shown = await vera.get(at('site-3'))
  expect(shown.body.items).toMatchObject([
    { round: 3, ruling: 'held', standing: 'held', risk: 0.97, deviations: 11.2 },
    { round: 2, ruling: 'held', standing: 'held', why: ['It points the other way.'] },
    { round: 1, ruling: 'counted', standing: null, why: [] },
  ])
  expect(shown.body).toMatchObject({ held: 2, next: null })
  expect(shown.headers.get('etag')).toBe(`"${shown.body.etag}"`)
  expect((await vera.get(`${at('site-3')}?limit=2`)).body).toMatchObject({ items: [{}, {}], next: '2', held: 2 })
  expect((await vera.get(at('site-9'))).status).toBe(404)
  expect((await vera.get(at('Site%203'))).status).toBe(400)
})

test('a role over some datasets reaches the federations that it names, and one over some records none', async () => {
  const near = await desk.person('nora', { role: 'reviewer', datasets: [FEDERATION] })
  expect((await near.get(LIST)).body.items).toHaveLength(2)
  expect((await near.get('/v1/session')).body.federations).toEqual([FEDERATION])
  const far = await desk.person('mia', { role: 'reviewer', datasets: ['mail'] })
  const few = await desk.person('lea', { role: 'reviewer', datasets: null, contributors: ['bob'] })
  const { etag } = (await near.get(at('site-3'))).body
  for (const who of [far, few]) {
    expect((await who.get(LIST)).body.items).toEqual([])
    expect((await who.get(`${LIST}?federation=${FEDERATION}`)).body.items).toEqual([])
    expect((await who.get('/v1/session')).body.federations).toEqual([])
    expect((await who.get(at('site-3'))).status).toBe(404)
    expect((await who.send('POST', `${at('site-3')}/clear`, NOBODY, { 'if-match': `"${etag}"` })).status).toBe(404)
  }
  const both = await desk.person('bo', 'viewer', { role: 'reviewer', datasets: ['mail'] })
  const refused = await both.send('POST', `${at('site-3')}/clear`, NOBODY, { 'if-match': `"${etag}"` })
  expect(refused.body).toMatchObject({ status: 403, reason: 'not_permitted' })
  expect((await desk.system.catalog.federations.held({ standing: 'held' })).length).toBe(3)
})

test('a client is cleared once, with a reason, in the name of the person, as it was shown', async () => {
  const ann = await desk.person('ann', 'reviewer')
  const clear = (body: unknown, headers = {}) => ann.send('POST', `${at('site-3')}/clear`, body, headers)
  const before = { 'if-match': `"${(await ann.get(at('site-3'))).body.etag}"` }
  expect((await clear(NOBODY)).status).toBe(428)
  expect((await clear({ reason: ' ' }, before)).status).toBe(400)
  // held again before the decision came: nobody decides over what they have not seen
  const [poisoning] = (await desk.system.catalog.federations.clients(FEDERATION, 3)).slice(-1)
  await endRound(desk, FEDERATION, [poisoning!])
  expect((await clear(NOBODY, before)).body).toMatchObject({ status: 412, reason: 'stale' })
  await desk.system.catalog.federations.learn(FEDERATION, 4, {
    liars: ['site-3'],
    means: new Map([['site-3:length', { sum: 9, rounds: 3 }]]),
  })
  const shown = { 'if-match': `"${(await ann.get(at('site-3'))).body.etag}"`, 'idempotency-key': 'the-same-key-twice' }
  for (let sent = 0; sent < 2; sent++) {
    const { status, body } = await clear(NOBODY, shown)
    expect([status, body]).toEqual([200, { federation: FEDERATION, client: 'site-3', standing: 'cleared' }])
  }
  expect(await logged('client.cleared')).toMatchObject([
    { actor: 'ann', subject: `${FEDERATION}/site-3`, detail: { reason: 'no harm in it' } },
  ])
  const { federations } = desk.system.catalog
  expect([(await federations.barred(FEDERATION)).size, (await federations.means(FEDERATION)).size]).toEqual([0, 0])
  expect((await ann.get(LIST)).body.items).toMatchObject([{ client: 'site-2' }])
  expect((await ann.get(`${LIST}?standing=cleared`)).body.items).toMatchObject([{ client: 'site-3', rounds: 3 }])
  expect((await ann.get(at('site-3'))).body).toMatchObject({ held: 0, items: [{ standing: 'cleared' }, {}, {}, {}] })
  expect((await ann.send('POST', `${at('site-9')}/clear`, NOBODY, shown)).status).toBe(404)
})

test('held clients that go on acting alike are named with one another and stand together', async () => {
  const federation = 'wards'
  const held = (client: string, risk: number) => ({
    client,
    ruling: 'held' as const,
    risk,
    score: 9,
    why: ['It is far.'],
  })
  await desk.system.catalog.federations.begin({ name: federation, session: 'c'.repeat(64), kid: '1'.repeat(32) })
  await endRound(desk, federation, [held('a', 0.9), held('b', 0.8), held('c', 0.7)])
  const pairs = ['a b', 'b c', 'a d', 'b d', 'c d', 'a e', 'b e', 'c e', 'd e'].map(
    (pair, i): [string, { sum: number; rounds: number }] => [pair, { sum: i / 10, rounds: 8 }],
  )
  const means = new Map([...pairs, ['a c', { sum: 7.9, rounds: 8 }] as const])
  await desk.system.catalog.federations.learn(federation, 1, { liars: [], means })
  const vera = await desk.person('vera', 'viewer')
  const listed = async (standing: string) =>
    (await vera.get(`${LIST}?federation=${federation}&standing=${standing}`)).body.items.map(
      ({ client, alike }: Json) => [client, alike],
    )
  expect(await listed('held')).toEqual([
    ['a', ['c']],
    ['c', ['a']],
    ['b', []],
  ])
  await desk.system.catalog.federations.clear(federation, 'a', 'ours')
  expect(await listed('held')).toEqual([
    ['b', []],
    ['c', []],
  ])
  expect(await listed('cleared')).toEqual([['a', []]])
})
