import { once } from 'node:events'
import { request, type IncomingMessage } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { keyPair, publicKeyOf, seededBytes, type KeyPair } from '../secure/primitives.ts'
import { signCall } from './call.ts'
import { NO_MEMORY, takePart, type TakePartOptions } from './client.ts'
import { createDesk, type Desk } from './desk.ts'
import { serveDesk, type DeskServer } from './server.ts'
import { httpTransport, type Transport } from './transport.ts'

const random = seededBytes('http')
const SESSION = Buffer.from(random(32)).toString('hex')
const aggregator = keyPair('ed25519', random(32))
const site = keyPair('ed25519', random(32))
const stranger = keyPair('ed25519', random(32))
const PAGE = 'https://page.example'
const never = new AbortController().signal

let desk: Desk
let server: DeskServer
let revoked: boolean
let now: number

beforeEach(async () => {
  revoked = false
  now = 1_000_000
  desk = createDesk(() => now)
  server = await serveDesk({
    host: '127.0.0.1',
    port: 0,
    origins: [PAGE],
    desk,
    session: SESSION,
    mode: 'masked',
    keyOf: (name) => (name === 'site' && !revoked ? publicKeyOf('ed25519', site.publicKey) : undefined),
    model: async () => new Uint8Array(16),
    outcome: async () => null,
    mostBytes: 1000,
    clock: () => now,
  })
})
afterEach(() => server[Symbol.asyncDispose]())

interface Call {
  readonly method?: 'GET' | 'POST'
  readonly path?: string
  readonly name?: string
  readonly key?: KeyPair
  readonly at?: number
  readonly body?: Uint8Array
  /** What the call is signed for, in place of its own path. */
  readonly signed?: string
}

async function call({ method = 'GET', path = '/v1/model', name = 'site', key = site, at = now, body, signed }: Call) {
  const authorization = signCall(name, key, { method, path: signed ?? path, at })
  return httpTransport(`http://127.0.0.1:${server.port}`)({ method, path, authorization, body, signal: never })
}

async function refusal(options: Call): Promise<unknown> {
  const { status, body } = await call(options)
  return [status, (JSON.parse(Buffer.from(body).toString()) as { reason?: string }).reason]
}

describe('a call', () => {
  test('is answered to an enrolled client', async () => {
    expect(await call({})).toEqual({ status: 200, body: Buffer.alloc(16) })
  })

  test('is refused to a stranger, under a stolen name, for another path, by an old signature, and once the key is revoked', async () => {
    expect(await refusal({ name: 'other' })).toEqual([403, 'unknown_sender'])
    expect(await refusal({ key: stranger })).toEqual([403, 'bad_signature'])
    expect(await refusal({ signed: '/v1/round?after=0' })).toEqual([403, 'bad_signature'])
    expect(await refusal({ at: now - 301_000 })).toEqual([403, 'stale_call'])
    expect(await refusal({ at: now + 301_000 })).toEqual([403, 'stale_call'])
    revoked = true
    expect(await refusal({})).toEqual([403, 'unknown_sender'])
  })

  test('without a signature learns nothing, not even what there is', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      request({ port: server.port, path: '/v1/nothing' }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .once('error', reject)
        .end()
    })
    expect(status).toBe(403)
  })

  test('brings no more than a message, to a stage that is open, and once', async () => {
    const path = '/v1/answer?round=1&stage=advertise'
    const post = (body: Uint8Array) => ({ method: 'POST', path, body }) as const
    expect(await refusal(post(new Uint8Array(10)))).toEqual([409, 'wrong_round'])
    const [seat] = desk.open(1, ['site'])
    expect(await refusal(post(new Uint8Array(10)))).toEqual([409, 'wrong_stage'])
    const stage = new AbortController()
    const answered = seat!.answer('advertise', Uint8Array.of(7), stage.signal)
    expect(await call({ path: '/v1/request?round=1&stage=advertise' })).toMatchObject({ body: Buffer.of(7) })
    expect(await refusal(post(new Uint8Array(1001)))).toEqual([400, 'wrong_size'])
    expect((await call(post(Uint8Array.of(1)))).status).toBe(204)
    expect(await answered).toEqual(Buffer.of(1))
    expect((await call(post(Uint8Array.of(1)))).status).toBe(204)
    expect(await refusal(post(Uint8Array.of(2)))).toEqual([409, 'answered_twice'])
  })

  test('that waits ends with its round', async () => {
    desk.open(1, ['site'])
    const waiting = call({ path: '/v1/request?round=1&stage=share' })
    while (desk.present(0).length === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    desk.close()
    expect((await waiting).status).toBe(410)
  })
})

describe('a client', () => {
  const json = (value: unknown) => ({ status: 200, body: Buffer.from(JSON.stringify(value)) })
  const join = (transport: Transport, memory = NO_MEMORY, options: Partial<TakePartOptions> = {}) =>
    takePart(
      memory,
      {
        transport,
        name: 'site',
        identity: site,
        aggregator: aggregator.publicKey,
        peers: new Map(),
        mode: 'masked',
        train: () => ({ update: [0, 0], weight: 1 }),
        patience: 50,
        ...options,
      },
      never,
    )

  test('takes part in no round twice, in no other federation, and sends nothing openly that was to be masked', async () => {
    const says =
      (about: object): Transport =>
      () =>
        Promise.resolve(json({ session: SESSION, round: 3, mode: 'masked', ...about }))
    await expect(join(says({}), { session: SESSION, round: 3 })).rejects.toMatchObject({ reason: 'wrong_round' })
    await expect(join(says({}), { session: '0'.repeat(64), round: 0 })).rejects.toMatchObject({
      reason: 'wrong_session',
    })
    await expect(join(says({ mode: 'judged' }))).rejects.toMatchObject({ reason: 'wrong_stage' })
  })

  test('remembers a round before it does anything in it, and answers nothing that the aggregator did not sign', async () => {
    const done: string[] = []
    const transport: Transport = async ({ method, path }) => {
      done.push(`${method} ${path.split('?')[0]}`)
      if (path.startsWith('/v1/round')) return json({ session: SESSION, round: 1, mode: 'masked' })
      return { status: 200, body: new Uint8Array(300) }
    }
    const remember = async ({ round }: { round: number }) => void done.push(`remembers ${round}`)
    await expect(join(transport, NO_MEMORY, { remember })).rejects.toMatchObject({ reason: 'bad_magic' })
    expect(done).toEqual(['GET /v1/round', 'remembers 1', 'GET /v1/request'])
  })

  test.each([
    ['a page of a proxy', '<html></html>'],
    ['null', 'null'],
    ['a round without a number', JSON.stringify({ session: SESSION, mode: 'masked' })],
    ['a session that is no digest', JSON.stringify({ session: 'x', mode: 'masked', round: 1 })],
  ])('refuses %s in place of the next round', async (_, text) => {
    const transport: Transport = () => Promise.resolve({ status: 200, body: Buffer.from(text) })
    await expect(join(transport)).rejects.toMatchObject({ code: 'corrupt', reason: 'bad_magic' })
  })

  test('gives up a connection on which nothing comes any more', async () => {
    const held: Socket[] = []
    await using silent = createServer((socket) => void held.push(socket)).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    if (typeof address !== 'object' || address === null) throw new Error('no port')
    const transport = httpTransport(`http://127.0.0.1:${address.port}`, {}, 50)
    await expect(join(transport)).rejects.toMatchObject({ code: 'unavailable' })
    for (const socket of held) socket.destroy()
  })

  test('waits for nobody for ever', async () => {
    let clock = 0
    const transport: Transport = async ({ path }) => {
      clock += 10
      return path.startsWith('/v1/round')
        ? json({ session: SESSION, round: 1, mode: 'masked' })
        : { status: 204, body: new Uint8Array() }
    }
    await expect(join(transport, NO_MEMORY, { clock: () => clock })).rejects.toMatchObject({ reason: 'no_answer' })
  })
})

describe('a page', () => {
  const fetched = (origin: string, method: 'GET' | 'OPTIONS') => {
    const authorization = signCall('site', site, { method, path: '/v1/model', at: now })
    const asks = { 'access-control-request-method': 'GET', 'access-control-request-headers': 'authorization' }
    const headers = { origin, ...(method === 'GET' ? { authorization } : asks) }
    return new Promise<IncomingMessage>((resolve, reject) => {
      const options = { host: '127.0.0.1', port: server.port, path: '/v1/model', method, headers }
      request(options, (response) => resolve(response.resume()))
        .once('error', reject)
        .end()
    })
  }
  const about = ({ statusCode, headers }: IncomingMessage) => ({
    status: statusCode,
    origin: headers['access-control-allow-origin'],
    methods: headers['access-control-allow-methods'],
    allowed: headers['access-control-allow-headers'],
    credentials: headers['access-control-allow-credentials'],
  })
  const NOTHING = { origin: undefined, methods: undefined, allowed: undefined, credentials: undefined }

  test('of a named origin may ask and call, and is never sent cookies for', async () => {
    const methods = { methods: 'GET, POST', allowed: 'authorization, content-type' }
    expect(about(await fetched(PAGE, 'OPTIONS'))).toEqual({ ...NOTHING, status: 204, origin: PAGE, ...methods })
    expect(about(await fetched(PAGE, 'GET'))).toEqual({ ...NOTHING, status: 200, origin: PAGE })
  })

  test.each(['https://page.example.org', 'http://page.example', 'https://page.example:8443', 'null'])(
    'of %s may not, whatever it is signed with',
    async (origin) => {
      expect(about(await fetched(origin, 'OPTIONS'))).toEqual({ ...NOTHING, status: 403 })
      expect(about(await fetched(origin, 'GET'))).toEqual({ ...NOTHING, status: 403 })
    },
  )
})
