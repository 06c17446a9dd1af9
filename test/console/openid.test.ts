import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cookieJar } from '../support/console/cookie-jar.ts'
import { openDesk, type Desk, type Json } from '../support/console/desk.ts'

const ACCOUNTS: Readonly<Record<string, Json>> = {
  ann: { email: 'ann@example.org', email_verified: true, groups: ['labelers', 'staff'] },
  bob: { email: 'ann@example.org', email_verified: false, groups: 'auditors' },
  eve: { email: 'eve@example.org', email_verified: true, groups: ['nobody', '__proto__', 'constructor'] },
}

let desk: Desk
let provider: ReturnType<typeof createServer>
let callback: ((request: never, response: never) => void) | undefined
beforeAll(async () => {
  provider = createServer((request, response) => callback?.(request as never, response as never))
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  desk = await openDesk({
    openid: {
      issuer,
      clientId: 'credence',
      clientSecret: 'a secret of the test',
      claim: 'groups',
      roles: {
        labelers: [{ role: 'reviewer', datasets: ['mail'] }],
        auditors: [{ role: 'auditor', datasets: null }],
      },
      emulator: true,
    },
  })
  // it has no types of its own
  const name: string = 'oidc-provider'
  const { default: Provider } = await import(name)
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: 'credence',
        client_secret: 'a secret of the test',
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [`${desk.console.origin}/sign-in/openid/callback`],
      },
    ],
    claims: { openid: ['sub', 'groups'], email: ['email', 'email_verified'], profile: [] },
    findAccount: (_: unknown, id: string) => ({ accountId: id, claims: () => ({ sub: id, ...ACCOUNTS[id] }) }),
    cookies: { keys: ['a key of the test'] },
    pkce: { required: () => true },
  })
  callback = made.callback()
})
afterAll(async () => {
  await desk[Symbol.asyncDispose]()
  provider.closeAllConnections()
  await new Promise((resolve) => provider.close(resolve))
})

/** A browser in which somebody signs in at the provider's pages. */
function browser() {
  let held = false
  const { go } = cookieJar(({ pathname }) => held && pathname === '/sign-in/openid/callback')
  const signIn = async (login: string) => {
    let page = await go(`${desk.console.origin}/sign-in/openid`)
    // the provider's own pages: who are you, and may they know
    for (let step = 0; step < 3 && new URL(page.url).origin !== desk.console.origin; step++) {
      const html = await page.response.text()
      const action = /action="([^"]+)"/.exec(html)?.[1] ?? ''
      const prompt = /name="prompt" value="(\w+)"/.exec(html)?.[1] ?? 'login'
      page = await go(new URL(action, page.url).href, {
        method: 'POST',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        body: new URLSearchParams({ prompt, login, password: 'x' }).toString(),
      })
      if (held && page.url.includes('/callback')) break
    }
    return page
  }
  return { go, signIn, hold: () => (held = true), letGo: () => (held = false) }
}

describe('OpenID Connect', () => {
  test('says to an admin which value of the claim gives which roles, and to nobody else', async () => {
    const ada = await desk.person('ada', 'admin')
    expect((await ada.get('/v1/roles')).body).toEqual({
      claim: 'groups',
      items: [
        { by: 'openid', name: 'labelers', grants: [{ role: 'reviewer', datasets: ['mail'] }] },
        { by: 'openid', name: 'auditors', grants: [{ role: 'auditor', datasets: null }] },
      ],
    })
    expect((await (await desk.person('vic', 'viewer')).get('/v1/roles')).status).toBe(403)
  })

  test('signs in with the roles that the claim gives, under a verified address', async () => {
    const { go, signIn } = browser()
    const page = await signIn('ann')
    expect([page.url, page.response.status]).toEqual([`${desk.console.origin}/`, 200])
    const session = (await (await go(`${desk.console.origin}/v1/session`)).response.json()) as Json
    expect(session).toMatchObject({
      person: 'ann@example.org',
      via: 'openid',
      grants: [{ role: 'reviewer', datasets: ['mail'] }],
    })
  })

  test('ends the session that somebody had in the browser when they sign in again', async () => {
    const ada = await desk.person('ada', 'admin')
    const open = async () =>
      ((await ada.get('/v1/sessions')).body as { items: Json[] }).items.filter(
        ({ person }) => person === 'ann@example.org',
      )
    const { signIn } = browser()
    await signIn('ann')
    const before = await open()
    await signIn('ann')
    const after = await open()
    expect(after).toHaveLength(before.length)
    expect(after.map(({ id }) => id)).not.toEqual(before.map(({ id }) => id))
  })

  test('tells in the log who was refused, and why', async () => {
    const told: Json[] = []
    using _ = { [Symbol.dispose]: desk.system.events.on('sign_in.refused', (event) => void told.push(event)) }
    const { go, signIn } = browser()
    await signIn('eve')
    await go(`${desk.console.origin}/sign-in/openid/callback?code=guessed`)
    await go(`${desk.console.origin}/sign-in?code=guessed`)
    const refused = { name: 'sign_in.refused', address: '127.0.0.1', code: 'denied' }
    expect(told).toEqual([
      { ...refused, reason: 'no_role' },
      { ...refused, reason: 'sign_in' },
      { ...refused, reason: 'link_used' },
    ])
  })

  test('takes no address that nobody verified', async () => {
    const { go, signIn } = browser()
    await signIn('bob')
    const session = (await (await go(`${desk.console.origin}/v1/session`)).response.json()) as Json
    expect(session).toMatchObject({ person: 'openid:bob', grants: [{ role: 'auditor', datasets: null }] })
  })

  test('lets nobody in whose claim gives no role', async () => {
    const { go, signIn } = browser()
    const { response } = await signIn('eve')
    expect([response.status, ((await response.json()) as Json).reason]).toEqual([403, 'no_role'])
    expect((await go(`${desk.console.origin}/v1/session`)).response.status).toBe(401)
  })

  test('is ended by the browser alone that began it, once', async () => {
    const ann = browser()
    ann.hold()
    const { url } = await ann.signIn('ann')
    expect(url).toContain('/sign-in/openid/callback?code=')
    // the address of her way back, in somebody else's browser, begun or not
    const mallory = browser()
    expect((await mallory.go(url)).response.status).toBe(403)
    mallory.hold()
    await mallory.go(`${desk.console.origin}/sign-in/openid`)
    mallory.letGo()
    expect((await mallory.go(url)).response.status).toBe(403)
    ann.letGo()
    expect((await ann.go(url)).url).toBe(`${desk.console.origin}/`)
    // the provider takes a code once
    expect((await ann.go(url)).response.status).toBe(403)
  })
})
