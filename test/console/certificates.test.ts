import { execFileSync, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { Agent, request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDesk, type Desk, type Json } from '../support/console/desk.ts'
import { needs } from '../support/needs.ts'

const missing = spawnSync('openssl', ['version']).error === undefined ? null : 'there is no openssl: install it'
const { skip, why } = needs(missing)

describe.skipIf(skip)(`programs that sign in by a certificate${why}`, () => {
  let folder: string
  let desk: Desk
  const path = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore', cwd: folder })
  const FRESH = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const authority = (name: string) => {
    const to = ['-keyout', `${name}.key`, '-out', `${name}.pem`, '-subj', `/CN=${name}`]
    openssl('req', '-x509', ...FRESH, ...to, '-addext', 'keyUsage=critical,keyCertSign,cRLSign')
  }
  const issue = (by: string, name: string, subject: string, ...more: string[]) => {
    const from = ['-CA', `${by}.pem`, '-CAkey', `${by}.key`, '-addext', 'basicConstraints=critical,CA:false']
    openssl(
      'req',
      '-x509',
      ...FRESH,
      ...from,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.pem`,
      '-subj',
      subject,
      ...more,
    )
  }
  const revoke = (...names: string[]) => {
    for (const name of names) openssl('ca', '-config', 'ca.cnf', '-revoke', `${name}.pem`)
    openssl('ca', '-config', 'ca.cnf', '-gencrl', '-out', 'revoked.pem')
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'console-tls-'))
    for (const name of ['ca', 'other']) authority(name)
    issue('ca', 'host', '/CN=console', '-addext', 'subjectAltName=IP:127.0.0.1')
    issue('ca', 'nightly', '/O=Example/CN=nightly')
    issue('ca', 'leaked', '/O=Example/CN=leaked')
    // each is nearly somebody, and nobody
    issue('ca', 'longer', '/O=Example/OU=Else/CN=nightly')
    issue('ca', 'shorter', '/CN=nightly')
    issue('ca', 'twice', '/O=Example/CN=nightly/CN=nightly')
    issue('ca', 'server-only', '/O=Example/CN=nightly', '-addext', 'extendedKeyUsage=serverAuth')
    issue('other', 'foreign', '/O=Example/CN=nightly')
    writeFileSync(path('index.txt'), '')
    writeFileSync(
      path('ca.cnf'),
      `[ca]\ndefault_ca=x\n[x]\ndatabase=${path('index.txt')}\ncertificate=${path('ca.pem')}\nprivate_key=${path('ca.key')}\ndefault_md=sha256\ndefault_crl_days=1\nnew_certs_dir=${folder}\nrand_serial=yes\npolicy=p\n[p]\norganizationName=optional\ncommonName=supplied\n`,
    )
    openssl('req', '-new', ...FRESH, '-keyout', 'over.key', '-out', 'over.csr', '-subj', '/O=Example/CN=nightly')
    const past = ['-startdate', '20200101000000Z', '-enddate', '20200102000000Z']
    openssl('ca', '-config', 'ca.cnf', '-batch', '-notext', '-in', 'over.csr', '-out', 'over.pem', ...past)
    revoke()
    desk = await openDesk({
      mutualTls: {
        host: '127.0.0.1',
        port: 0,
        certificate: path('host.pem'),
        key: path('host.key'),
        authority: path('ca.pem'),
        revoked: path('revoked.pem'),
        lookMs: 20,
        clients: {
          nightly: {
            subject: { O: 'Example', CN: 'nightly' },
            grants: [{ role: 'reviewer', datasets: ['mail'] }],
          },
          leaked: { subject: { O: 'Example', CN: 'leaked' }, grants: [{ role: 'viewer', datasets: null }] },
        },
      },
    })
  })
  afterAll(async () => {
    await desk[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  interface Asked {
    readonly method?: string
    readonly body?: object
    readonly headers?: Record<string, string>
    readonly agent?: Agent
  }
  const agentOf = (name: string | null) =>
    new Agent({
      ca: readFileSync(path('ca.pem')),
      keepAlive: true,
      ...(name !== null && { cert: readFileSync(path(`${name}.pem`)), key: readFileSync(path(`${name}.key`)) }),
    })
  /** What is answered, or the code of what the connection ended with. */
  const as = (name: string | null, at = '/v1/session', { method = 'GET', body, headers, agent }: Asked = {}) =>
    new Promise<{ status: number | string; body: Json }>((resolve) => {
      const own = agent ?? agentOf(name)
      const asked = request(`${desk.console.mutualOrigin}${at}`, { agent: own, method, headers }, (response) => {
        let text = ''
        response.on('data', (chunk: Buffer) => (text += chunk.toString()))
        response.on('end', () => {
          if (agent === undefined) own.destroy()
          resolve({ status: response.statusCode ?? 0, body: text === '' ? null : JSON.parse(text) })
        })
      })
      asked.on('error', (error: NodeJS.ErrnoException) => resolve({ status: error.code ?? error.message, body: null }))
      asked.end(body === undefined ? undefined : JSON.stringify(body))
    })

  test('are who their subject says, with the roles of that one alone', async () => {
    expect((await as('nightly')).body).toMatchObject({ person: 'client:nightly', via: 'certificate', csrf: null })
    expect((await as('nightly', '/v1/datasets')).body.items).toMatchObject([{ dataset: 'mail' }])
    expect((await as('nightly', '/v1/keys')).body).toMatchObject({ status: 403, reason: 'not_permitted' })
    const [row] = (await as('nightly', '/v1/records?q=dataset:mail')).body.items
    const headers = { 'content-type': 'application/json', 'idempotency-key': randomUUID(), 'if-match': `"${row.etag}"` }
    const decide = { method: 'POST', body: { action: 'reject', reason: 'by rule' }, headers }
    const at = `/v1/records/${row.key}/decisions`
    // a browser that has a certificate shows it to whatever page asks
    for (const from of [{ origin: 'https://evil.example' }, { 'sec-fetch-site': 'cross-site' }])
      expect((await as('nightly', at, { ...decide, headers: { ...headers, ...from } })).body.reason).toBe('csrf')
    const made = await as('nightly', at, decide)
    expect(made).toMatchObject({ status: 201, body: { review: { actor: 'client:nightly' } } })
    expect((await as('nightly', at, decide)).body.review.id).toBe(made.body.review.id)
  })

  test.for(['longer', 'shorter', 'twice'])('are nobody with a subject that is nearly one: %s', async (name) => {
    expect((await as(name)).body).toMatchObject({ status: 401, reason: 'not_signed_in' })
  })

  test.for([null, 'over', 'server-only', 'foreign'])(
    'come to no answer with a certificate that does not hold: %s',
    async (name) => {
      const { status } = await as(name)
      expect(status).toEqual(expect.stringMatching(/^(?:ECONNRESET|EPIPE|ERR_SSL_|socket hang up)/))
    },
  )

  test('have nothing of a cookie or a token beside it, and people nothing of theirs', async () => {
    const admin = await desk.person('root', 'admin')
    const grants = [{ role: 'admin', datasets: null }]
    const { secret } = (await admin.send('POST', '/v1/tokens', { name: 'x', grants, days: 1 })).body
    for (const headers of [{ cookie: admin.cookie }, { authorization: `Bearer ${secret}` }]) {
      expect((await as('nightly', '/v1/tokens', { headers })).status).toBe(403)
      expect((await as('shorter', '/v1/session', { headers })).status).toBe(401)
    }
    // what a proxy would say of a certificate is believed by nobody
    const said = {
      'x-ssl-client-s-dn': 'O=Example,CN=nightly',
      'x-forwarded-client-cert': 'Subject="O=Example,CN=nightly"',
    }
    expect((await fetch(`${desk.console.origin}/v1/session`, { headers: said })).status).toBe(401)
  })

  test('are over at once where their certificate is revoked, on connections of before too', async () => {
    const agent = agentOf('leaked')
    expect((await as('leaked', '/v1/session', { agent })).body.person).toBe('client:leaked')
    revoke('leaked')
    await expect.poll(async () => (await as('leaked', '/v1/session', { agent })).status).toMatch(/^E|hang up/)
    agent.destroy()
    expect((await as('leaked')).status).toMatch(/^E|hang up/)
    expect((await as('nightly')).status).toBe(200)
    await desk.reopen({ mutualTls: undefined })
    expect(desk.console.mutualOrigin).toBeNull()
  })
})
