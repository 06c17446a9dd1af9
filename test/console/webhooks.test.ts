import { createHmac, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { openDesk, type Desk, type Json, type Visitor } from '../support/console/desk.ts'

interface Told {
  readonly id: string
  readonly event: Json
  readonly isSigned: boolean
}

let desk: Desk
let ada: Visitor
let ann: Visitor
let receiver: Server
let url: string
let options: { hosts: string[]; emulator: boolean; everyMs: number }
let secret = ''
let told: Told[] = []
/** What the receiver answers with, by what it is told. */
let answers: (event: Json) => number | Promise<number> = () => 204

beforeAll(async () => {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const heard = await hear(request)
    const status = await answers(heard.event)
    if (status < 300) told.push(heard)
    response.writeHead(status, { location: `${url}/elsewhere` }).end('never read')
  }
  receiver = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`
  url = `http://${host}/hook`
  options = { hosts: [host], emulator: true, everyMs: 20 }
  desk = await openDesk({ webhooks: options })
  ada = await desk.person('ada', 'admin')
  ann = await desk.person('ann', 'reviewer')
})
afterAll(async () => {
  receiver.close()
  await desk[Symbol.asyncDispose]()
})

async function hear(request: IncomingMessage): Promise<Told> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString()
  const header = (name: string) => String(request.headers[name])
  const id = header('webhook-id')
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const mac = createHmac('sha256', key)
    .update(`${id}.${header('webhook-timestamp')}.${body}`)
    .digest('base64')
  return { id, event: JSON.parse(body), isSigned: header('webhook-signature') === `v1,${mac}` }
}

const make = async (actions: string[], to = url) => ada.send('POST', '/v1/webhooks', { url: to, actions })
const note = async () => {
  const [row] = (await ann.get('/v1/records?q=dataset:mail&limit=1')).body.items
  const { body } = await ann.send('POST', `/v1/records/${row.key}/notes`, { text: 'what nobody is told' })
  return body.id as string
}
const until = async <T>(look: () => T | Promise<T>, isThere: (found: T) => boolean | Promise<boolean>): Promise<T> => {
  for (;;) {
    const found = await look()
    if (await isThere(found)) return found
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
/** What a case that failed left under way must not be told to the next one. */
afterEach(async () => {
  for (const { id } of (await ada.get('/v1/webhooks')).body.items) await ada.send('DELETE', `/v1/webhooks/${id}`)
  await desk.reopen({ webhooks: options })
  ada = await desk.person('ada', 'admin')
  ann = await desk.person('ann', 'reviewer')
  told = []
  answers = () => 204
})

test('tells of what the log gains, once it is made, signed, in order and without content', async () => {
  const key = { 'idempotency-key': randomUUID() }
  const body = { url, actions: ['note.*', 'record.assigned'] }
  const made = await ada.send('POST', '/v1/webhooks', body, key)
  expect(made.status).toBe(201)
  secret = made.body.secret
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
  const again = (await ada.send('POST', '/v1/webhooks', body, key)).body
  expect([again.webhook.id, again.secret]).toEqual([made.body.webhook.id, secret])
  expect(JSON.stringify((await ada.get('/v1/webhooks')).body)).not.toContain(secret)
  const notes = [await note(), await note(), await note()]
  await until(
    () => told.length,
    (so) => so >= 3,
  )
  expect(told.map(({ event }) => event.data.note)).toEqual(notes)
  expect(told.every(({ isSigned, id, event }) => isSigned && id === event.id)).toBe(true)
  expect(told[0]?.event).toMatchObject({
    specversion: '1.0',
    type: 'credence.note.written',
    source: desk.console.origin,
    data: { actor: 'ann' },
  })
  expect(JSON.stringify(told)).not.toContain('nobody')
})

test('keeps its place behind each entry that was taken: who goes on after a killed console sends none of them again', async () => {
  secret = (await make(['note.written'])).body.secret
  const waiting = Promise.withResolvers<number>()
  const last = Promise.withResolvers<string>()
  answers = async ({ data }) => (data.note === (await last.promise) ? waiting.promise : 204)
  const first = await note()
  last.resolve(await note())
  const { webhooks } = desk.system.catalog.console
  // its place is written after the receiver has answered
  const place = await until(
    async () => (await webhooks.list())[0]?.told ?? 0,
    async (seq) => (await webhooks.entry(seq))?.detail['note'] === first,
  )
  // the one that waits for an answer is claimed for no longer than it may take
  const [due] = await webhooks.list()
  expect(due).toMatchObject({ told: place, failing: null })
  waiting.resolve(204)
  await until(
    () => told.length,
    (so) => so === 2,
  )
})

test('goes on where it stopped: over a restart, and while nobody answers', async () => {
  const { body } = await make(['note.written'])
  secret = body.secret
  answers = () => 503
  const first = await note()
  const { failing } = await until(
    async () => (await ada.get('/v1/webhooks')).body.items[0],
    ({ tries }) => tries > 0,
  )
  expect(failing).toBe('it answered 503')
  answers = () => 204
  const second = await note()
  // its next try comes in seconds; another console takes it up then
  await desk.reopen({ webhooks: options })
  ada = await desk.person('ada', 'admin')
  ann = await desk.person('ann', 'reviewer')
  await until(
    () => told.length,
    (so) => so >= 2,
  )
  expect(told.map(({ event }) => event.data.note)).toEqual([first, second])
  const row = async () => (await ada.get('/v1/webhooks')).body.items[0]
  expect(await until(row, ({ tries }) => tries === 0)).toMatchObject({ failing: null })
}, 120_000)

test('sets aside what is refused, and sends it again when it is asked to', async () => {
  const { body } = await make(['note.written'])
  const { id } = body.webhook
  secret = body.secret
  const { webhooks } = desk.system.catalog.console
  const failed = webhooks.failed.bind(webhooks)
  // a redirect is a refusal: it is not followed
  let bad = ''
  answers = (event) => (event.data.note === bad ? 307 : 204)
  Object.assign(webhooks, { failed: (which: string, why: string) => failed(which, why, 0) })
  bad = await note()
  const good = await note()
  await until(
    () => told.length,
    (so) => so >= 1,
  )
  Object.assign(webhooks, { failed })
  expect(told.map(({ event }) => event.data.note)).toEqual([good])
  const { items } = (await ada.get(`/v1/webhooks/${id}/dead-letters`)).body
  expect(items).toMatchObject([{ reason: 'it answered 307' }])
  const again = () => ada.send('POST', `/v1/webhooks/${id}/dead-letters/${items[0].seq}/redeliver`)
  expect((await again()).body).toEqual({ delivered: false, says: 'it answered 307' })
  answers = () => 200
  expect((await again()).body).toEqual({ delivered: true, says: 'it answered 200' })
  expect(told.map(({ event }) => event.data.note)).toEqual([good, bad])
  expect((await ada.get(`/v1/webhooks/${id}/dead-letters`)).body.items).toEqual([])
  expect((await again()).status).toBe(404)
})

test('is tried with an event that says nothing', async () => {
  const { body } = await make(['window.*'])
  secret = body.secret
  const tried = await ada.send('POST', `/v1/webhooks/${body.webhook.id}/test`)
  expect(tried.body).toEqual({ delivered: true, says: 'it answered 204' })
  expect(told).toMatchObject([{ isSigned: true, event: { type: 'credence.webhook.test', data: {} } }])
})

test('goes nowhere but where the configuration says, over nothing but https outside of tests', async () => {
  const metadata = await make(['window.*'], 'http://169.254.169.254/latest/meta-data')
  expect(metadata.body).toMatchObject({ status: 403, reason: 'webhook_host' })
  expect((await make(['window.*'], url.replace('//', '//ann:pass@'))).body.reason).toBe('webhook_host')
  expect((await make(['window.*'], 'file:///etc/passwd')).status).toBe(400)
  const made = await make(['window.*'])
  await desk.reopen({ webhooks: { ...options, emulator: false } })
  ada = await desk.person('ada', 'admin')
  expect((await make(['window.*'])).body).toMatchObject({ reason: 'webhook_host' })
  const tried = await ada.send('POST', `/v1/webhooks/${made.body.webhook.id}/test`)
  expect(tried.body).toEqual({ delivered: false, says: 'no webhook goes there: it has to be https' })
  expect(told).toEqual([])
})
