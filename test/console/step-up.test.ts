import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieJar } from '../support/console/cookie-jar.ts'
import { openDesk, type Desk, type Json } from '../support/console/desk.ts'

let desk: Desk
let provider: ReturnType<typeof createServer>
let answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown> = () => Promise.resolve()
/** Whether the one who signs in has their second factor with them. */
let hasFactor = true

beforeAll(async () => {
  provider = createServer((request, response) => void answer(request, response))
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const client = { clientId: 'credence', clientSecret: 'a secret of the test' }
  desk = await openDesk({
    openid: {
      issuer,
      ...client,
      claim: 'groups',
      roles: { operators: [{ role: 'operator', datasets: null }] },
      stepUp: { acr: ['second-factor'], minutes: 15 },
      emulator: true,
    },
  })
  // it has no types of its own
  const name: string = 'oidc-provider'
  const { default: Provider } = await import(name)
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: client.clientId,
        client_secret: client.clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [`${desk.console.origin}/sign-in/openid/callback`],
      },
    ],
    acrValues: ['password', 'second-factor'],
    claims: { acr: null, auth_time: null, openid: ['sub', 'groups'], email: [], profile: [] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, groups: ['operators'] }) }),
    cookies: { keys: ['a key of the test'] },
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_: unknown, { uid }: Json) => `/interaction/${uid}` },
    async loadExistingGrant({ oidc }: Json) {
      const grant = new oidc.provider.Grant({ clientId: client.clientId, accountId: oidc.session.accountId })
      grant.addOIDCScope('openid email profile')
      await grant.save()
      return grant
    },
  })
  const callback = made.callback()
  answer = async (request, response) => {
    if (request.url?.startsWith('/interaction/') !== true) return callback(request, response)
    const { params } = await made.interactionDetails(request, response)
    const isStrong = String(params.acr_values).includes('second-factor') && hasFactor
    const login = { accountId: 'olga', acr: isStrong ? 'second-factor' : 'password' }
    return made.interactionFinished(request, response, { login })
  }
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  provider.closeAllConnections()
  await new Promise((resolve) => provider.close(resolve))
})

/** A browser in which somebody signs in. */
function browser() {
  const jar = cookieJar()
  const go = async (url: string, init?: RequestInit) => (await jar.go(url, init)).response
  const session = async (): Promise<Json> => (await go(`${desk.console.origin}/v1/session`)).json()
  const rotate = async () => {
    const { csrf } = await session()
    const headers = { 'x-csrf-token': csrf, 'idempotency-key': crypto.randomUUID(), 'content-type': 'application/json' }
    const response = await go(`${desk.console.origin}/v1/keys/rotate`, { method: 'POST', headers, body: '{}' })
    return { status: response.status, body: (await response.json()) as Json }
  }
  return { signIn: (query = '') => go(`${desk.console.origin}/sign-in/openid${query}`), session, rotate }
}

test('what is dangerous takes a second factor that the provider asked for just now', async () => {
  const olga = browser()
  await olga.signIn()
  expect(await olga.session()).toMatchObject({ person: 'openid:olga', strongUntil: null })
  expect((await olga.rotate()).body).toMatchObject({ status: 403, reason: 'second_factor' })
  await olga.signIn('?strong')
  const { strongUntil } = await olga.session()
  expect(Math.abs(Date.parse(strongUntil) - Date.now() - 15 * 60_000)).toBeLessThan(5 * 60_000)
  expect((await olga.rotate()).status).toBe(202)
})

test('to ask for it is not to have it', async () => {
  hasFactor = false
  const olga = browser()
  await olga.signIn('?strong')
  expect((await olga.session()).strongUntil).toBeNull()
  expect((await olga.rotate()).body.reason).toBe('second_factor')
})
