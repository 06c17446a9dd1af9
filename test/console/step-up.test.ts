import { afterAll, beforeAll, expect, test } from 'vitest'
import { cookieJar } from '../support/console/cookie-jar.ts'
import type { Json } from '../support/console/desk.ts'
import { FEDERATION, withHeldClients } from '../support/console/held-clients.ts'
import { openStepUpDesk, type StepUpDesk } from '../support/console/step-up.ts'

let strong: StepUpDesk
beforeAll(async () => {
  strong = await openStepUpDesk()
})
afterAll(() => strong[Symbol.asyncDispose]())

/** A browser in which somebody signs in. */
function browser() {
  const jar = cookieJar()
  const go = async (url: string, init?: RequestInit) => (await jar.go(url, init)).response
  const get = async (path: string): Promise<Json> => (await go(strong.desk.console.origin + path)).json()
  const session = () => get('/v1/session')
  const post = async (path: string, asked: object, more: Record<string, string> = {}) => {
    const { csrf } = await session()
    const own = { 'x-csrf-token': csrf, 'idempotency-key': crypto.randomUUID(), 'content-type': 'application/json' }
    const init = { method: 'POST', headers: { ...own, ...more }, body: JSON.stringify(asked) }
    const response = await go(strong.desk.console.origin + path, init)
    return { status: response.status, body: (await response.json()) as Json }
  }
  const rotate = () => post('/v1/keys/rotate', {})
  return {
    signIn: (query = '') => go(`${strong.desk.console.origin}/sign-in/openid${query}`),
    get,
    session,
    post,
    rotate,
  }
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

test('so does clearing a client', async () => {
  await withHeldClients(strong.desk)
  const at = `/v1/federations/${FEDERATION}/clients/site-3`
  const olga = browser()
  await olga.signIn()
  const { etag } = await olga.get(at)
  const clear = () => olga.post(`${at}/clear`, { reason: 'no harm in it' }, { 'if-match': `"${etag}"` })
  expect((await clear()).body).toMatchObject({ status: 403, reason: 'second_factor' })
  await olga.signIn('?strong')
  expect((await clear()).body).toMatchObject({ client: 'site-3', standing: 'cleared' })
})

test('to ask for it is not to have it', async () => {
  strong.lose()
  const olga = browser()
  await olga.signIn('?strong')
  expect((await olga.session()).strongUntil).toBeNull()
  expect((await olga.rotate()).body.reason).toBe('second_factor')
})

test('a session lasts from when the provider asked, and begins with nobody who was asked too long ago', async () => {
  strong.asked(3)
  const olga = browser()
  await olga.signIn()
  const { expiresAt } = await olga.session()
  expect(Math.abs(Date.parse(expiresAt) - Date.now() - 9 * 3_600_000)).toBeLessThan(5 * 60_000)
  strong.asked(13, false)
  const late = browser()
  const refused = await late.signIn()
  expect([refused.status, (await refused.json()) as Json]).toMatchObject([403, { reason: 'sign_in' }])
  expect((await late.session()).status).toBe(401)
})
