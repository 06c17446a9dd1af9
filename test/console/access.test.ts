import { createHash, randomUUID } from 'node:crypto'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ROLES, type Permission, type Role } from '#console/api/roles.ts'
import type { Route } from '#console/api/route.ts'
import { ROUTES, type Operation } from '#console/api/routes.ts'
import { letters, openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  '\r\nSet-Cookie: credence=stolen',
  '../../../../etc/passwd',
  '\u202egnp.exe',
  '\u0000\ud800',
  '${7*7}{{7*7}}',
  "'; drop table flagged; --",
  '=HYPERLINK("http://evil")',
]

let desk: Desk
beforeAll(async () => {
  const mail = letters(60 - HOSTILE.length, 2)
  const hostile = HOSTILE.map((from, i) => ({ text: `poison ${HOSTILE[(i + 1) % HOSTILE.length]}`, from, label: 1 }))
  desk = await openDesk({ mail: { monday: [...mail, ...hostile] } })
})
afterAll(() => desk[Symbol.asyncDispose]())

const all = Object.entries(ROUTES) as [Operation, Route][]

/** A raw request, for what fetch would not send. */
function raw(path: string, headers: Record<string, string>, method = 'GET') {
  return new Promise<{ status: number; body: string; headers: Record<string, unknown> }>((resolve, reject) => {
    const { hostname, port } = new URL(desk.console.origin)
    const asked = request({ hostname, port, path, method, headers, setHost: !('host' in headers) }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body, headers: response.headers }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

// What each role may ask for, written by hand beside the policy: 404 and 400 are answers to who may ask.
const MAY: Readonly<Record<Permission | 'session', readonly Role[]>> = {
  session: ROLES,
  view: ROLES,
  'sample.open': ['reviewer'],
  'record.decide': ['reviewer'],
  'record.annotate': ['reviewer'],
  'letter.open': ['operator'],
  'letter.redrive': ['operator'],
  'contract.draft': ['operator'],
  'keys.view': ['operator', 'auditor'],
  'keys.manage': ['operator'],
  'audit.view': ['auditor', 'admin'],
  'people.manage': ['admin'],
  'webhooks.manage': ['admin'],
  approve: ['reviewer', 'operator'],
}

const sample = { window: '0'.repeat(32), record: `${'0'.repeat(32)}-0`, letter: `${'0'.repeat(32)}-0` }
const addressed = (path: string) =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => (sample as Record<string, string>)[name] ?? '0'.repeat(32))

describe('every route', () => {
  describe.for(ROLES)('to a %s', (role) => {
    let visitor: Visitor
    beforeAll(async () => {
      visitor = await desk.person(`a ${role}`, role)
    })
    test.for(all.filter(([operation]) => operation !== 'events.follow' && operation !== 'session.end'))(
      '%s is open or closed, as the policy says',
      async ([, { method, path, permission }]) => {
        const answer =
          method === 'GET'
            ? await visitor.get(addressed(path))
            : // what is not JSON changes nothing, and is looked at after who may send it
              await visitor.send(method, addressed(path), undefined, {
                'idempotency-key': '',
                'content-type': 'text/plain',
              })
        const may = MAY[permission as Permission].includes(role)
        if (may) expect(answer.body?.reason).not.toBe('not_permitted')
        else expect(answer.body).toMatchObject({ status: 403, code: 'denied', reason: 'not_permitted' })
        expect(answer.status).toBeLessThan(500)
      },
    )
  })

  test.for(all)('%s asks who is there', async ([, { method, path }]) => {
    const { status } = await fetch(desk.console.origin + addressed(path), { method })
    expect(status).toBe(401)
  })

  test.for(['PATCH', 'PUT', 'DELETE'])('takes no %s where it is not said to', async (method) => {
    const answer = await fetch(`${desk.console.origin}/v1/overview`, { method })
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'GET'])
  })
})

describe('a reviewer of one dataset', () => {
  test('sees nothing of another, by list, by address or by query', async () => {
    const mail = await desk.person('mia', { role: 'reviewer', datasets: ['mail'] })
    const every = await desk.person('ann', 'reviewer')
    const [note] = (await every.get('/v1/records?q=dataset:notes')).body.items
    expect((await mail.get('/v1/records?q=dataset:notes')).body.count).toBe(0)
    expect((await mail.get(`/v1/records/${note.key}`)).status).toBe(404)
    expect((await mail.get(`/v1/records/${note.key}/sample`)).status).toBe(404)
    expect((await mail.get(`/v1/windows/${note.window}`)).status).toBe(404)
    expect((await mail.get('/v1/datasets/notes')).status).toBe(404)
    expect((await mail.get('/v1/datasets')).body.items).toMatchObject([{ dataset: 'mail' }])
    expect((await mail.get('/v1/windows?dataset=notes')).body.items).toEqual([])
    expect((await mail.get('/v1/datasets/notes/health')).status).toBe(404)
    expect((await mail.get('/v1/overview')).body.days).toMatchObject([{ dataset: 'mail' }])
    expect(JSON.stringify((await mail.get('/v1/records/complete?q=dataset:&at=8')).body)).not.toContain('notes')
    const decide = { action: 'reject', reason: 'x' }
    const change = { 'if-match': `"${note.etag}"` }
    expect((await mail.send('POST', `/v1/records/${note.key}/decisions`, decide, change)).status).toBe(404)
    expect((await mail.send('POST', '/v1/bulk/preview', { q: '' })).body.datasets).toMatchObject([{ dataset: 'mail' }])
    const both = await desk.person('bo', { role: 'reviewer', datasets: ['mail'] }, 'viewer')
    expect((await both.get(`/v1/records/${note.key}`)).status).toBe(200)
    expect((await both.get(`/v1/records/${note.key}/sample`)).body.reason).toBe('not_permitted')
    expect((await both.send('POST', `/v1/records/${note.key}/decisions`, decide, change)).status).toBe(403)
  })
})

describe('a session', () => {
  test('begins with a link that is good once', async () => {
    const link = desk.console.link()
    expect((await fetch(link, { method: 'HEAD', redirect: 'manual' })).status).toBe(405)
    const entered = await fetch(link, { redirect: 'manual' })
    expect(entered.status).toBe(303)
    expect(entered.headers.get('set-cookie')).toMatch(
      /^credence=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict; Max-Age=43200$/,
    )
    const used = desk.console.link()
    await fetch(used, { redirect: 'manual' })
    const again = await fetch(used, { redirect: 'manual' })
    expect([again.status, again.headers.get('set-cookie')]).toEqual([403, null])
  })

  test('is kept as a digest, listed, and ended by its person or an admin alone', async () => {
    const ann = await desk.person('ann', 'viewer')
    const eve = await desk.person('eve', 'viewer')
    const admin = await desk.person('root', 'admin')
    const [own] = (await ann.get('/v1/sessions')).body.items
    expect(own).toMatchObject({ person: 'ann', current: true, from: '127.0.0.1' })
    expect((await ann.get('/v1/sessions')).body.items.every(({ person }: Json) => person === 'ann')).toBe(true)
    expect((await eve.send('DELETE', `/v1/sessions/${own.id}`)).status).toBe(404)
    expect((await admin.send('DELETE', `/v1/sessions/${own.id}`)).status).toBe(204)
    expect((await ann.get('/v1/session')).status).toBe(401)
    expect((await eve.send('DELETE', '/v1/session')).headers.get('set-cookie')).toContain('Max-Age=0')
    expect((await eve.get('/v1/session')).status).toBe(401)
  })

  test('is not taken from a cookie that was guessed, planted or doubled', async () => {
    const ann = await desk.person('ann', 'viewer')
    const as = async (cookie: string) => (await raw('/v1/session', { cookie })).status
    expect(await as(ann.cookie)).toBe(200)
    for (const cookie of [
      `${ann.cookie}x`,
      'credence=',
      `credence=planted; ${ann.cookie}`,
      'credence=%00',
      'x'.repeat(4000),
    ])
      expect(await as(cookie)).toBe(401)
    // what is in the catalog opens nothing

    const digest = createHash('sha256').update(ann.cookie.slice('credence='.length)).digest('hex')
    expect(await as(`credence=${digest}`)).toBe(401)
  })
})

describe('a service token', () => {
  test('does what its grants permit, until it is revoked, and is never shown again', async () => {
    const admin = await desk.person('root', 'admin')
    const body = { name: 'nightly', grants: [{ role: 'reviewer', datasets: ['mail'] }], days: 1 }
    const key = { 'idempotency-key': randomUUID() }
    const { body: made, status } = await admin.send('POST', '/v1/tokens', body, key)
    expect(status).toBe(201)
    expect((await admin.send('POST', '/v1/tokens', body, key)).body.reason).toBe('shown_once')
    const listed = (await admin.get('/v1/tokens')).body.items
    expect(listed).toHaveLength(1)
    expect(JSON.stringify(listed)).not.toContain(made.secret)
    const as = async (path: string, init: Omit<RequestInit, 'headers'> & { headers?: Record<string, string> } = {}) => {
      const headers = { authorization: `Bearer ${made.secret}`, ...init.headers }
      const response = await fetch(desk.console.origin + path, { ...init, headers })
      return { status: response.status, body: (response.status === 204 ? null : await response.json()) as Json }
    }
    expect((await as('/v1/session')).body).toMatchObject({ person: 'token:nightly', via: 'token', csrf: null })
    expect((await as('/v1/keys')).status).toBe(403)
    const [row] = (await as('/v1/records?q=dataset:mail')).body.items
    const decided = await as(`/v1/records/${row.key}/decisions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'if-match': `"${row.etag}"` },
      body: JSON.stringify({ action: 'reject', reason: 'by rule' }),
    })
    expect(decided.body.review.actor).toBe('token:nightly')
    // beside a token, no cookie counts
    const cookie = admin.cookie
    expect((await raw('/v1/tokens', { cookie, authorization: `Bearer ${made.secret}` })).status).toBe(403)
    expect((await raw('/v1/tokens', { cookie, authorization: 'Bearer nonsense' })).status).toBe(401)
    expect((await admin.send('DELETE', `/v1/tokens/${made.token.id}`)).status).toBe(204)
    expect((await as('/v1/session')).status).toBe(401)
  })
})

describe('a page of another site', () => {
  test('changes nothing: it has no token, and its origin is not ours', async () => {
    const ann = await desk.person('ann', 'admin')
    const body = { name: 'x', grants: [{ role: 'admin', datasets: null }] }
    for (const headers of [
      { 'x-csrf-token': '' },
      { 'x-csrf-token': 'guessed' },
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site' },
    ])
      expect((await ann.send('POST', '/v1/tokens', body, headers)).body).toMatchObject({ status: 403, reason: 'csrf' })
    const form = { 'content-type': 'application/x-www-form-urlencoded' }
    expect((await ann.send('POST', '/v1/tokens', body, form)).status).toBe(415)
    expect(
      (await ann.send('POST', '/v1/tokens', body, { origin: desk.console.origin, 'sec-fetch-site': 'same-origin' }))
        .status,
    ).toBe(201)
  })

  test('frames, reads and scripts nothing', async () => {
    const ann = await desk.person('ann', 'viewer')
    for (const path of ['/', '/v1/session', '/v1/nothing', '/missing.js', '/sign-in?code=x']) {
      const { headers } = await raw(path, { cookie: ann.cookie, origin: 'http://evil.example' })
      expect(headers['content-security-policy']).toContain("frame-ancestors 'none'")
      expect(headers['content-security-policy']).not.toMatch(/unsafe|\*/)
      expect(headers['x-frame-options']).toBe('DENY')
      expect(headers['x-content-type-options']).toBe('nosniff')
      expect(headers['cross-origin-resource-policy']).toBe('same-origin')
      expect(headers['access-control-allow-origin']).toBeUndefined()
    }
  })
})

describe('from the network', () => {
  test('a name that was made to resolve here opens nothing', async () => {
    const ann = await desk.person('ann', 'viewer')
    const { port } = new URL(desk.console.origin)
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1:${port}.evil.example`, ''])
      expect([400, 421]).toContain((await raw('/v1/session', { cookie: ann.cookie, host })).status)
    expect((await raw('/v1/session', { cookie: ann.cookie, host: `localhost:${port}` })).status).toBe(200)
  })

  test.for([
    '/../package.json',
    '/..%2f..%2fpackage.json',
    '/%2e%2e/%2e%2e/package.json',
    '/assets/../../server/start.ts',
    '/assets/%5c..%5cstart.js',
    '//etc/passwd.txt',
    '/index.html%00.js',
    '/.env.js',
    '/%',
    '/v1/records/%',
    '/v1/records/%ff',
    '/v1/windows/..%2f..%2fetc',
  ])('%s is no file, and no defect', async (path) => {
    const ann = await desk.person('ann', 'viewer')
    const { status, body } = await raw(path, { cookie: ann.cookie })
    expect([200, 400, 404]).toContain(status)
    expect(body).not.toMatch(/"dependencies"|root:|startConsole/)
  })

  test('a body that is too large, of another kind, or no JSON is refused', async () => {
    const ann = await desk.person('ann', 'reviewer')
    expect((await ann.send('POST', '/v1/bulk/preview', { q: 'x'.repeat(2 ** 21) })).status).toBe(413)
    expect((await ann.send('POST', '/v1/bulk/preview', { q: '', more: 1 })).body.problems).toEqual([
      { path: '', message: 'there is no such key' },
    ])
    expect((await ann.get('/v1/records?q=a&q=b')).status).toBe(400)
    expect((await ann.get('/v1/records?cursor=x')).status).toBe(400)
    const prototype = await fetch(`${desk.console.origin}/v1/bulk/preview`, {
      method: 'POST',
      headers: { cookie: ann.cookie, 'x-csrf-token': ann.csrf, 'content-type': 'application/json' },
      body: '{"q":"","__proto__":{"admin":true}}',
    })
    expect([200, 400]).toContain(prototype.status)
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  test('a query is taken from a header as from the address, and each parameter once', async () => {
    const ann = await desk.person('ann', 'reviewer')
    const asked = 'dataset=mail&limit=2'
    const inAddress = (await ann.get(`/v1/windows?${asked}`)).body
    expect(inAddress.items.length).toBeGreaterThan(0)
    expect((await ann.get('/v1/windows', { 'credence-query': asked })).body).toEqual(inAddress)
    for (const [search, header] of [
      ['dataset=mail', 'dataset=notes'],
      ['', 'limit=1&limit=2'],
    ] as const)
      expect(await ann.get(`/v1/windows?${search}`, { 'credence-query': header })).toMatchObject({
        status: 400,
        body: { reason: 'request' },
      })
  })

  test('half a request holds nobody else up', async () => {
    const { hostname, port } = new URL(desk.console.origin)
    const socket = connect(Number(port), hostname)
    socket.write('POST /v1/bulk HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{')
    const ann = await desk.person('ann', 'viewer')
    expect((await ann.get('/v1/session')).status).toBe(200)
    socket.destroy()
  })
})

test('names that came with the data are data everywhere: in lists, queries and events, never in a header', async () => {
  const ann = await desk.person('ann', 'reviewer')
  const { items } = (await ann.get('/v1/records?q=dataset:mail&limit=100')).body
  const contributors: string[] = items.map(({ contributor }: Json) => contributor)
  expect(new Set(contributors).size).toBeGreaterThan(6)
  for (const { key, contributor } of items) {
    const query = `contributor:"${String(contributor).replace(/["\\]/g, '\\$&')}"`
    const found = (await ann.get(`/v1/records?q=${encodeURIComponent(query)}`)).body
    expect(found.items.map((row: Json) => row.key)).toContain(key)
    const shown = await ann.get(`/v1/records/${key}/sample`)
    expect(shown.status).toBe(200)
    expect(shown.headers.get('content-type')).toBe('application/json')
    expect(shown.headers.get('set-cookie')).toBeNull()
  }
})

describe('live', () => {
  const follow = async (visitor: Visitor, work: () => Promise<unknown>, isLast: (text: string) => boolean) => {
    const leave = new AbortController()
    const response = await fetch(`${desk.console.origin}/v1/events`, {
      headers: { cookie: visitor.cookie },
      signal: leave.signal,
    })
    expect(response.headers.get('content-type')).toBe('text/event-stream')
    await work()
    let text = ''
    for await (const chunk of response.body ?? []) {
      text += Buffer.from(chunk).toString()
      if (isLast(text)) break
    }
    leave.abort()
    return text
  }

  test('tells what happens to who may see it, and nobody else', async () => {
    const mail = await desk.person('mia', { role: 'viewer', datasets: ['mail'] })
    const text = await follow(
      mail,
      async () => {
        const { events } = desk.system
        events.emit('review.added', { dataset: 'notes', review: 'secret', records: 1 })
        events.emit('review.added', { dataset: 'mail', review: 'open', records: 1 })
      },
      (text) => text.includes('open'),
    )
    expect(text).toContain('event: review.added\ndata: {"dataset":"mail","review":"open","records":1}\n\n')
    expect(text).not.toContain('secret')
  })
})

describe('keys', () => {
  test('are rotated and rewrapped with progress that stays, and retired by two people', async () => {
    const olga = await desk.person('olga', 'operator')
    const omar = await desk.person('omar', 'operator')
    const ended = async (id: string) => {
      for (;;) {
        const { items } = (await olga.get('/v1/keys/jobs')).body
        const job = items.find((each: Json) => each.id === id)
        if (job.state !== 'running') return job
        await new Promise((resolve) => setTimeout(resolve, 20))
      }
    }
    const before = (await olga.get('/v1/keys')).body.versions
    const rotated = await olga.send('POST', '/v1/keys/rotate', {})
    expect(rotated.status).toBe(202)
    expect(await ended(rotated.body.id)).toMatchObject({ state: 'done', by: 'olga' })
    const rewrapped = await olga.send('POST', '/v1/keys/rewrap', {})
    expect(await ended(rewrapped.body.id)).toMatchObject({ state: 'done' })
    const version = before[0].version
    const key = { 'idempotency-key': randomUUID() }
    const asked = await olga.send('POST', '/v1/keys/retire', { version }, key)
    expect(asked.body).toMatchObject({ state: 'asked', approvedBy: null })
    expect((await olga.send('POST', '/v1/keys/retire', { version }, key)).body.id).toBe(asked.body.id)
    const twice = await omar.send('POST', '/v1/keys/retire', { version })
    expect([twice.status, twice.body.detail]).toEqual([409, expect.stringContaining('waits to be retired already')])
    const approve = (who: Visitor) => who.send('POST', `/v1/keys/jobs/${asked.body.id}/approve`)
    expect((await approve(olga)).body).toMatchObject({ status: 403, reason: 'own_request' })
    expect((await approve(omar)).body).toMatchObject({ approvedBy: 'omar' })
    expect(await ended(asked.body.id)).toMatchObject({ state: 'done', approvedBy: 'omar' })
    expect((await approve(omar)).status).toBe(409)
    const after = (await olga.get('/v1/keys')).body.versions
    expect(after.find((each: Json) => each.version === version)?.state).not.toBe('enabled')
  })
})
