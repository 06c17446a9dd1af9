import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLES, type Permission, type Role } from '#console/api/roles.ts'
import type { Route } from '#console/api/route.ts'
import { ROUTES, type Operation } from '#console/api/routes.ts'
import { openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

// Held letters of two contributors at two levels, in one campaign; the names tell whatever shows where it should not.
const OTHERS = ['eve-of-others', 'level-of-others']
const held = (from: string, level: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ text: `poison of ${from} ${i}`, label: 1, from, level }))
const mail = {
  monday: [
    ...held('bob', 'low', 5),
    ...held('bob', 'level-of-others', 2),
    ...held('eve-of-others', 'low', 7),
    ...Array.from({ length: 46 }, (_, i) => ({ text: `good letter ${i}`, label: 0, from: 'eve-of-others' })),
  ],
}

let desk: Desk
let ann: Visitor
let all: Json[]
const isOwn = {
  contributors: ({ contributor }: Json) => contributor === 'bob',
  sensitivities: ({ record }: Json) => lows.has(record),
  both: (row: Json) => isOwn.contributors(row) && isOwn.sensitivities(row),
}
const LIMITS = {
  contributors: { contributors: ['bob'] },
  sensitivities: { sensitivities: ['low'] },
  both: { contributors: ['bob'], sensitivities: ['low'] },
}
type Limit = keyof typeof LIMITS
const lows = new Set<string>()
beforeAll(async () => {
  desk = await openDesk({ mail, releaseAlone: 1000 })
  ann = await desk.person('ann', 'reviewer')
  all = (await ann.get('/v1/records?q=&limit=100')).body.items
  for (const row of all) {
    const { sample } = (await ann.get(`/v1/records/${row.key}/sample`)).body
    const n = Number(/(\d+)$/.exec(sample.parts.map(({ text }: Json) => text).join(''))?.[1])
    if (row.contributor === 'eve-of-others' || (row.contributor === 'bob' && row.index < 5 && n < 5))
      lows.add(row.record)
  }
})
afterAll(() => desk[Symbol.asyncDispose]())

const limited = (limit: Limit, role: Role = 'reviewer', person = `${role} ${limit}`) =>
  desk.person(person, { role, datasets: ['mail'], ...LIMITS[limit] })
const split = (limit: Limit) => {
  const own = all.filter((row) => row.dataset === 'mail' && isOwn[limit](row))
  const keys = new Set(own.map(({ key }) => key))
  return { own, others: all.filter(({ key }) => !keys.has(key)) }
}

// By hand, beside the policy: what a limited role may ask for at all.
const MAY: Partial<Record<Permission | 'session', readonly Role[]>> = {
  session: ROLES,
  view: ROLES,
  'sample.open': ['reviewer'],
  'record.decide': ['reviewer'],
  'record.annotate': ['reviewer'],
}

describe.for(ROLES)('a %s of some contributors', (role) => {
  test('is let to every route over records, and to no other', async () => {
    const visitor = await limited('contributors', role)
    for (const [operation, route] of Object.entries(ROUTES) as [Operation, Route][]) {
      if (operation === 'events.follow' || operation === 'session.end') continue
      const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) =>
        name === 'record' || name === 'letter' ? `${'0'.repeat(32)}-0` : '0'.repeat(32),
      )
      const wrong = { 'idempotency-key': '', 'content-type': 'text/plain' }
      const answer =
        route.method === 'GET' ? await visitor.get(path) : await visitor.send(route.method, path, undefined, wrong)
      const may = MAY[route.permission as Permission]?.includes(role) === true
      if (may) expect(answer.body?.reason, operation).not.toBe('not_permitted')
      else expect(answer.body, operation).toMatchObject({ status: 403, reason: 'not_permitted' })
    }
  })
})

describe.for(Object.keys(LIMITS) as Limit[])('a reviewer limited by %s', (limit) => {
  test('finds their own records by list, query, completion and address, and no other', async () => {
    const visitor = await limited(limit)
    const { own, others } = split(limit)
    expect(own.length).toBeGreaterThan(0)
    expect(others.length).toBeGreaterThan(0)
    const keys = own.map(({ key }) => key).sort(ascending)
    for (const q of ['', 'dataset:mail', '-standing:released', 'campaign:trigger-1-poison,x is:scanned', 'poison']) {
      const wanted = q.includes('campaign') ? own.filter(({ campaign }) => campaign !== null) : own
      const { items, count } = (await visitor.get(`/v1/records?limit=100&q=${encodeURIComponent(q)}`)).body
      if (q === 'poison') continue
      expect([count, items.length]).toEqual([wanted.length, wanted.length])
    }
    const listed = (await visitor.get('/v1/records?limit=100')).body.items
    expect(listed.map(({ key }: Json) => key).sort()).toEqual(keys)
    for (const { key } of own)
      for (const about of ['', '/sample', '/history', '/explanation'])
        expect((await visitor.get(`/v1/records/${key}${about}`)).status).toBe(200)
    for (const { key, etag } of others) {
      for (const about of ['', '/sample', '/history', '/explanation', '/neighbours'])
        expect((await visitor.get(`/v1/records/${key}${about}`)).status).toBe(404)
      const send = (method: string, what: string, body: object) =>
        visitor.send(method, `/v1/records/${key}/${what}`, body, { 'if-match': `"${etag}"` })
      expect((await send('POST', 'decisions', { action: 'reject', reason: 'x' })).status).toBe(404)
      expect((await send('POST', 'notes', { text: 'x' })).status).toBe(404)
      expect((await send('PUT', 'assignee', { assignee: 'x' })).status).toBe(404)
      expect((await send('PUT', 'gold', { gold: null })).status).toBe(404)
      expect((await send('POST', 'opinions', { verdict: 'reject', reason: 'x' })).status).toBe(404)
    }
    // neighbours are others' records, even beside one's own
    const neighbours = await visitor.get(`/v1/records/${keys[0]}/neighbours`)
    expect(neighbours).toMatchObject({ status: 404, body: { reason: 'part_of_dataset' } })
  })

  test('is told of nothing that is counted or drawn over a dataset, by any address', async () => {
    const visitor = await limited(limit)
    const { own, others } = split(limit)
    const [letter] = (await (await desk.person('o', 'operator')).get('/v1/dead-letters')).body.items
    const known: Record<string, string> = {
      window: own[0].window,
      dataset: 'mail',
      campaign: 'trigger-1-poison',
      index: '0',
      record: own[0].key,
      letter: letter.key,
    }
    const ids = others.filter(({ dataset }) => dataset === 'mail').map(({ key }) => key)
    const names = limit === 'sensitivities' ? [OTHERS[1]!] : limit === 'contributors' ? [OTHERS[0]!] : OTHERS
    for (const [operation, route] of Object.entries(ROUTES) as [Operation, Route][]) {
      if (route.method !== 'GET' || operation === 'events.follow') continue
      const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => known[name] ?? '0'.repeat(32))
      const { body } = await visitor.get(operation === 'records.complete' ? `${path}?q=contributor:&at=12` : path)
      const text = typeof body === 'string' ? body : JSON.stringify(body)
      // an explanation names what was found in the whole, never whose
      for (const name of [...names, ...ids]) expect(text.includes(`"${name}"`), `${operation} ${name}`).toBe(false)
    }
    const overview = (await visitor.get('/v1/overview')).body
    expect(overview).toMatchObject({ datasets: [], days: [], contributors: [], waiting: [], deadLetters: [] })
    expect(overview.held.records).toBe(0)
    for (const at of ['windows', 'datasets', 'dead-letters', 'redrives', 'reviews', 'bulk'])
      expect((await visitor.get(`/v1/${at}`)).body.items, at).toEqual([])
    for (const at of [`windows/${known['window']}`, 'datasets/mail', 'datasets/mail/chain'])
      expect((await visitor.get(`/v1/${at}`)).status, at).toBe(404)
    const replay = { policy: { quarantine: 0.1, reject: null } }
    expect([400, 404]).toContain((await visitor.send('POST', `/v1/windows/${known['window']}/replay`, replay)).status)
    const recall = { campaign: 'trigger-1-poison' }
    expect((await visitor.send('POST', '/v1/datasets/mail/recalls/preview', recall)).status).toBe(404)
  })

  test('sees of a campaign and of a map what is theirs, and no count of the whole', async () => {
    const visitor = await limited(limit)
    const { own } = split(limit)
    const members = own.filter(({ campaign }) => campaign === 'trigger-1-poison')
    const [row, ...rest] = (await visitor.get('/v1/campaigns?summaries=5')).body.items
    expect(row.summary).toBeNull()
    expect(rest).toEqual([])
    const contributors = [...new Set(members.map(({ contributor }) => contributor))]
    expect(row).toMatchObject({
      id: 'trigger-1-poison',
      windows: [own[0].window],
      members: members.length,
      waiting: members.length,
      from: { contributors: contributors.length },
      evidence: null,
    })
    const at = '/v1/datasets/mail/campaigns/trigger-1-poison'
    const shown = (await visitor.get(at)).body
    expect(shown).toMatchObject({ summary: null, trigger: { tokens: ['poison'] }, members: members.length })
    for (const { name, members: count, records } of shown.contributors)
      expect([count, records]).toEqual([members.filter(({ contributor }) => contributor === name).length, null])
    const whole = (await ann.get(at)).body
    expect(whole.members).toBeGreaterThan(members.length)
    expect(whole.summary).toBe('The word poison.')

    const map = (await visitor.get(`/v1/windows/${own[0].window}/map`)).body
    const all = (await ann.get(`/v1/windows/${own[0].window}/map`)).body
    const places = own.map(({ index }) => index).sort((a, b) => a - b)
    expect([map.places, map.records]).toEqual([places, own.length])
    expect([all.places, all.records]).toEqual([null, 60])
    expect(map.ids).toEqual(places.map((place) => all.ids[place]))
    const bytes = (base64: string, each: number) => Buffer.from(base64, 'base64').length / each
    expect([bytes(map.xy, 8), bytes(map.risk, 4), bytes(map.decision, 1)]).toEqual(Array(3).fill(own.length))
    const of = (await visitor.get(`/v1/windows/${own[0].window}/map/contributor`)).body
    const inks = [...Buffer.from(of.of, 'base64')].map((i) => of.values[i]?.value ?? null)
    expect(inks).toEqual(own.toSorted((a, b) => a.index - b.index).map(({ contributor }) => contributor))
    const [drawn] = map.campaigns
    expect(new Set(drawn.members.map((i: number) => map.ids[i]))).toEqual(new Set(members.map(({ record }) => record)))
  })

  test('decides over a query within their own, with a second person, and undoes that alone', async () => {
    const visitor = await limited(limit)
    const { own } = split(limit)
    const preview = (await visitor.send('POST', '/v1/bulk/preview', { q: '' })).body
    expect(preview).toMatchObject({ records: own.length, takesTwo: true, datasets: [{ records: own.length }] })
    if (limit !== 'sensitivities') expect(preview.contributors).toEqual([{ contributor: 'bob', records: own.length }])
    const decide = { q: '', digest: preview.digest, action: 'reject', reason: 'looked at' }
    const made = (await visitor.send('POST', '/v1/bulk', decide)).body
    const settled = async (who: Visitor, id: string): Promise<Json> => {
      for (;;) {
        const { body } = await who.get(`/v1/bulk/${id}`)
        if (body.state !== 'running') return body
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    expect(await settled(visitor, made.id)).toMatchObject({ state: 'done', records: own.length, done: own.length })
    const rejected = (await ann.get('/v1/records?q=standing:rejected&limit=100')).body
    expect(rejected.items.map(({ key }: Json) => key).sort(ascending)).toEqual(
      own.map(({ key }) => key).sort(ascending),
    )
    expect((await visitor.get('/v1/bulk')).body.items.map(({ id }: Json) => id)).toEqual([made.id])
    const undo = (await visitor.send('POST', `/v1/bulk/${made.id}/undo`, { reason: 'back' })).body
    expect(await settled(visitor, undo.id)).toMatchObject({ state: 'done' })

    // what somebody else decided over more than theirs is not there for them
    const whole = (await ann.send('POST', '/v1/bulk/preview', { q: 'dataset:mail' })).body
    const theirs = (await ann.send('POST', '/v1/bulk', { ...decide, q: 'dataset:mail', digest: whole.digest })).body
    expect(await settled(ann, theirs.id)).toMatchObject({ state: 'done', records: 14 })
    for (const what of ['', '/undo', '/resume', '/approve', '/refuse']) {
      const at = `/v1/bulk/${theirs.id}${what}`
      const body = what === '/undo' ? { reason: 'x' } : undefined
      expect((what === '' ? await visitor.get(at) : await visitor.send('POST', at, body)).status, what).toBe(404)
    }
    const [review] = (await ann.get('/v1/reviews?limit=1')).body.items
    expect((await visitor.send('POST', `/v1/reviews/${review.id}/undo`, { reason: 'x' })).status).toBe(404)
    // in the history of a record of theirs it is one over that record
    const history = (await visitor.get(`/v1/records/${own[0].key}/history`)).body
    expect(history.reviews.at(-1)).toMatchObject({ id: review.id, records: 1 })
    expect(
      (await settled(ann, (await ann.send('POST', `/v1/bulk/${theirs.id}/undo`, { reason: 'x' })).body.id)).state,
    ).toBe('done')
  })
})

// after the rest: whoever is asked is told of no decision until they gave their opinion
describe.for(Object.keys(LIMITS) as Limit[])('a reviewer limited by %s', (limit) => {
  test('is asked about their own records alone', async () => {
    const visitor = await limited(limit, 'reviewer', `asked by ${limit}`)
    const { own } = split(limit)
    await ann.send('POST', '/v1/opinions/requests', { q: 'dataset:mail', most: 100, wanted: 5 })
    const next = (await visitor.get('/v1/opinions/next')).body
    expect(next.waiting).toBe(own.length)
    expect(own.map(({ key }) => key)).toContain(next.record.key)
    const drawn = await visitor.send('POST', '/v1/opinions/requests', { q: '', most: 100 })
    expect(drawn.body.records).toBe(own.length)
    expect((await visitor.get('/v1/opinions/agreement')).body).toMatchObject({ units: 0, people: [] })
    const shared = await visitor.send('POST', '/v1/assignments', { q: '-is:assigned', people: ['x'] })
    expect(shared.body.records).toBeLessThanOrEqual(own.length)
  })
})

test('a campaign or a window that holds nothing of theirs is not there, whatever the role', async () => {
  const [{ window }] = all.filter(({ dataset }) => dataset === 'mail')
  for (const role of ROLES) {
    const visitor = await desk.person(`${role} of nobody`, { role, datasets: ['mail'], contributors: ['nobody'] })
    expect((await visitor.get('/v1/campaigns')).body.items).toEqual([])
    expect((await visitor.get('/v1/datasets/mail/campaigns/trigger-1-poison')).status).toBe(404)
    expect((await visitor.get(`/v1/windows/${window}/map`)).status).toBe(404)
    // theirs, but in another dataset than the role is over
    const elsewhere = await desk.person(`${role} of notes`, { role, datasets: ['notes'], contributors: ['bob'] })
    expect((await elsewhere.get('/v1/campaigns')).body.items).toEqual([])
    expect((await elsewhere.get(`/v1/windows/${window}/map`)).status).toBe(404)
    const viewer = await limited('contributors', role)
    expect((await viewer.get(`/v1/windows/${window}/map`)).body.records).toBe(split('contributors').own.length)
  }
})

test('a service token carries its limits', async () => {
  const admin = await desk.person('root', 'admin')
  const grants = [{ role: 'reviewer', datasets: ['mail'], contributors: ['bob'] }]
  const { body } = await admin.send('POST', '/v1/tokens', { name: 'of bob', grants, days: 1 })
  expect(body.token.grants).toEqual(grants)
  const headers = { authorization: `Bearer ${body.secret}` }
  const answer = await fetch(`${desk.console.origin}/v1/records`, { headers })
  expect(((await answer.json()) as Json).count).toBe(split('contributors').own.length)
})

function ascending(a: string, b: string): number {
  return a < b ? -1 : 1
}
