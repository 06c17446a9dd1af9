import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { signCall } from '#services/federate/http/call.ts'
import { createDesk } from '#services/federate/http/desk.ts'
import { serveDesk, type DeskServer } from '#services/federate/http/server.ts'
import { httpTransport, type ClientTls } from '#services/federate/http/transport.ts'
import { publicKeyOf } from '#services/federate/secure/primitives.ts'
import { needs } from '#test/support/needs.ts'
import { identityOf } from './support/federation.ts'

const missing = spawnSync('openssl', ['version']).error === undefined ? null : 'there is no openssl: install it'
const { skip, why } = needs(missing)

describe.skipIf(skip)(`an aggregator that asks for certificates${why}`, () => {
  let folder: string
  let server: DeskServer
  const path = (name: string) => join(folder, name)
  const read = (name: string) => readFileSync(path(name), 'utf8')
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' })

  const authority = (name: string) => {
    const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    openssl(
      'req',
      '-x509',
      ...fresh,
      '-keyout',
      path(`${name}.key`),
      '-out',
      path(`${name}.pem`),
      '-subj',
      `/CN=${name}`,
    )
  }
  const issue = (by: string, name: string) => {
    const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
    const from = ['-CA', path(`${by}.pem`), '-CAkey', path(`${by}.key`), '-addext', 'subjectAltName=IP:127.0.0.1']
    const to = ['-keyout', path(`${by}-${name}.key`), '-out', path(`${by}-${name}.pem`), '-subj', `/CN=${name}`]
    openssl('req', '-x509', ...fresh, ...from, ...to)
  }

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'federate-tls-'))
    for (const name of ['ca', 'other']) authority(name)
    for (const name of ['host', 'site-0', 'site-1']) issue('ca', name)
    issue('other', 'site-0')
    server = await serveDesk({
      host: '127.0.0.1',
      port: 0,
      tls: { certificate: read('ca-host.pem'), key: read('ca-host.key'), clients: read('ca.pem') },
      desk: createDesk(Date.now),
      session: '0'.repeat(64),
      mode: 'masked',
      keyOf: (name) => publicKeyOf('ed25519', identityOf(name).publicKey),
      model: async () => new Uint8Array(8),
      outcome: async () => null,
      mostBytes: 1000,
    })
  })
  afterAll(async () => {
    await server[Symbol.asyncDispose]()
    rmSync(folder, { recursive: true })
  })

  const call = async (name: string, tls: ClientTls) => {
    const about = { method: 'GET', path: '/v1/model' } as const
    const authorization = signCall(name, identityOf(name), { ...about, at: Date.now() })
    const { signal } = new AbortController()
    return httpTransport(`https://127.0.0.1:${server.port}`, tls)({ ...about, authorization, signal })
  }
  const certificateOf = (by: string, name: string) => ({
    certificate: read(`${by}-${name}.pem`),
    key: read(`${by}-${name}.key`),
  })

  test('answers the client that shows its own, and no other', async () => {
    const known = { authority: read('ca.pem') }
    expect((await call('site-0', { ...known, ...certificateOf('ca', 'site-0') })).status).toBe(200)
    expect((await call('site-0', { ...known, ...certificateOf('ca', 'site-1') })).status).toBe(403)
    await expect(call('site-0', { ...known, ...certificateOf('other', 'site-0') })).rejects.toMatchObject({
      code: 'unavailable',
    })
    await expect(call('site-0', known)).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('is not believed by a client that knows another authority', async () => {
    const tls = { authority: read('other.pem'), ...certificateOf('ca', 'site-0') }
    await expect(call('site-0', tls)).rejects.toMatchObject({ code: 'unavailable' })
  })
})
