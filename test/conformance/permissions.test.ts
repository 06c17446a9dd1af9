import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import type { CloudUnderTest } from '#test/support/permissions/cloud.ts'
import { allows, type Names, type SeenCall } from '#test/support/permissions/match.ts'
import { onAws } from '#test/support/permissions/on-aws.ts'
import { onAzure } from '#test/support/permissions/on-azure.ts'
import { onGcp } from '#test/support/permissions/on-gcp.ts'
import { DIMENSION, FEDERATION } from '#test/federate/support/federation.ts'
import { CONTRACT, DATASET, runPrincipals, servedBy } from '#test/support/permissions/pipeline.ts'
import { PRINCIPALS, type Cloud, type Entry, type Principal } from '../../infra/permissions/entry.ts'
import { renderPermissions } from '../../infra/permissions/render.ts'
import { STATEMENT } from '../../infra/permissions/statement.ts'

const INSTALLATIONS: readonly {
  readonly name: string
  readonly cloud: Cloud
  readonly start: (stack: AsyncDisposableStack) => Promise<CloudUnderTest>
}[] = [
  { name: 'AWS', cloud: 'aws', start: onAws },
  { name: 'Azure, Blob Storage', cloud: 'azure', start: (stack) => onAzure(stack, 'blob') },
  { name: 'Azure, Data Lake Storage', cloud: 'azure', start: (stack) => onAzure(stack, 'adls') },
  { name: 'Google Cloud', cloud: 'gcp', start: onGcp },
]

/** An empty catalog, to be copied: making one takes longer than everything else. */
let catalog: string
beforeAll(async () => {
  catalog = await mkdtemp(join(tmpdir(), 'credence-catalog-'))
  const opened = await openCatalog(await openPglite(catalog), { actor: 'test' })
  await opened.close()
})
afterAll(() => rm(catalog, { recursive: true, force: true }))

describe.each(INSTALLATIONS)('the least-privilege statement on $name', ({ cloud, start }) => {
  const stack = new AsyncDisposableStack()
  let under: CloudUnderTest
  let seen: ReadonlyMap<Principal, readonly SeenCall[]>

  beforeAll(async () => {
    under = await start(stack)
    const folder = await mkdtemp(join(tmpdir(), 'credence-permissions-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    for (const [name, value] of Object.entries(under.env)) vi.stubEnv(name, value)
    const printed = [process.stdout, process.stderr].map((to) => vi.spyOn(to, 'write').mockReturnValue(true))
    try {
      seen = await runPrincipals(await install(folder, under))
    } finally {
      for (const spy of printed) spy.mockRestore()
      vi.unstubAllEnvs()
    }
  })
  afterAll(() => stack.disposeAsync())

  const stated = (principal: Principal) =>
    STATEMENT.filter((entry) => entry.cloud === cloud && entry.principal === principal)
  const everybody = Object.keys(PRINCIPALS) as Principal[]
  const allowsAny = (entry: Entry, call: SeenCall) =>
    namesFor(entry.principal, under.names).some((names) => allows(entry, call, names))

  test.each(everybody)('allows every call of %s', (principal) => {
    const refused = (seen.get(principal) ?? []).filter(
      (call) => !stated(principal).some((entry) => allowsAny(entry, call)),
    )
    expect([...new Set(refused.map((call) => JSON.stringify(call)))]).toEqual([])
  })

  test.each(everybody)('allows %s nothing that it does not use', (principal) => {
    const calls = seen.get(principal) ?? []
    const unused = stated(principal).filter(
      (entry) => entry.unproved === undefined && !calls.some((call) => allowsAny(entry, call)),
    )
    expect(
      unused.map(({ action, resource, option = 'always', why }) => `${action} ${resource} (${option}) ${why}`),
    ).toEqual([])
  })
})

test('a call outside its zone, its dataset, its condition or its principal is not allowed', () => {
  const names = { bucket: 'b', prefix: 'p/', dataset: 'mail', kmsKeyArn: 'arn:key' }
  const can = (principal: Principal, action: string, resource: string, context: Record<string, string> = {}) =>
    STATEMENT.some((entry) => {
      const concerns = entry.principal === principal && entry.action === action && entry.option === undefined
      return concerns && allows(entry, { action, resource, context }, names)
    })
  const absent = { 's3:if-none-match': '*', 's3:ObjectCreationOperation': 'true' }
  expect(can('encrypt', 's3:PutObject', 'arn:aws:s3:::b/p/clean/mail/w', absent)).toBe(true)
  expect(can('encrypt', 's3:PutObject', 'arn:aws:s3:::b/p/clean/mail/w', {})).toBe(false)
  expect(can('encrypt', 's3:PutObject', 'arn:aws:s3:::b/p/clean/other/w', absent)).toBe(false)
  expect(can('encrypt', 's3:PutObject', 'arn:aws:s3:::b/clean/mail/w', absent)).toBe(false)
  expect(can('scan', 's3:PutObject', 'arn:aws:s3:::b/p/clean/mail/w', absent)).toBe(false)
  expect(can('scan', 'kms:Decrypt', 'arn:key', { 'kms:EncryptionContext:dataset': 'mail' })).toBe(true)
  expect(can('scan', 'kms:Decrypt', 'arn:key', { 'kms:EncryptionContext:dataset': '_signing' })).toBe(false)
  expect(can('scan', 'kms:Decrypt', 'arn:key')).toBe(false)
})

test('the statement keeps duties apart', () => {
  const who = (matches: (entry: Entry) => boolean) =>
    [...new Set(STATEMENT.filter(matches).map(({ principal }) => principal))].sort()
  const writes = ({ action }: Entry) =>
    /:Put(?!ObjectRetention)|:Delete|\/(write|delete)$|objects\.(create|delete)$/.test(action)
  const on = (zone: string) => (entry: Entry) => entry.resource.includes(`{prefix}${zone}/`)
  expect(who((entry) => writes(entry) && on('manifests')(entry))).toEqual([
    'console',
    'encrypt',
    'federate',
    'operator',
    'sweep',
  ])
  expect(who((entry) => writes(entry) && on('clean')(entry))).toEqual([
    'console',
    'encrypt',
    'federate',
    'operator',
    'sweep',
  ])
  expect(who(on('keys/_signing'))).toEqual([
    'console',
    'encrypt',
    'exporter',
    'federate',
    'operator',
    'reviewer',
    'sweep',
  ])
  expect(who((entry) => on('clean')(entry) && entry.principal !== 'operator')).toEqual([
    'console',
    'encrypt',
    'exporter',
    'federate',
    'sweep',
  ])
  expect(who((entry) => on('quarantine')(entry) && entry.option === undefined)).toEqual([
    'console',
    'encrypt',
    'reviewer',
    'sweep',
  ])
  for (const principal of ['exporter', 'reviewer'])
    expect(STATEMENT.filter((entry) => entry.principal === principal && writes(entry))).toEqual([])
  // the console reads what was admitted, and writes at all, only where that is asked for
  const asked = STATEMENT.filter((entry) => {
    return entry.principal === 'console' && (on('clean')(entry) || writes(entry))
  })
  expect(new Set(asked.map(({ option }) => option))).toEqual(new Set(['neighbours', 'releases']))
  // no key is made, rotated or ended by who answers browsers, and none but its own by who answers clients
  const keyWork = ({ action }: Entry) =>
    /Encrypt|RotateKey|wrap\/action|sign\/action|rotate|update|destroy/.test(action)
  const ofUnwrap = ({ action }: Entry) => /Decrypt|unwrap\/action/.test(action)
  expect(who((entry) => keyWork(entry) && !ofUnwrap(entry))).toEqual(['encrypt', 'federate', 'ingest', 'operator'])
  // what is committed is overwritten by nobody, and deleted by re-encryption alone
  const committed = (entry: Entry) => /\{prefix\}(clean|quarantine|deadletter|scores|manifests)\//.test(entry.resource)
  const removes = STATEMENT.filter(
    (entry) => committed(entry) && /:Delete|\/delete$|objects\.delete$/.test(entry.action),
  )
  expect([...new Set(removes.map(({ option }) => option))]).toEqual(['reencrypt'])
  // a key goes by its wraps: nobody deletes a record, but Google Cloud counts its replacement as a deletion
  const drops = (entry: Entry) => on('keys')(entry) && /:Delete|\/delete$|objects\.delete$/.test(entry.action)
  expect(who(drops)).toEqual(['operator'])
  expect(who((entry) => drops(entry) && entry.cloud !== 'gcp')).toEqual([])
})

test('the documentation says what the statement says', async () => {
  const page = await readFile(new URL('../../docs/permissions.md', import.meta.url), 'utf8')
  expect(page === renderPermissions(), 'run node infra/permissions/write-docs.ts').toBe(true)
})

/** An entry for each that the identity serves. */
function namesFor(principal: Principal, names: Names): Names[] {
  return servedBy(principal).map((dataset) => ({ ...names, dataset }))
}

async function install(folder: string, { config, source, dataset = '', books, tear, also, names }: CloudUnderTest) {
  await cp(catalog, join(folder, 'data', 'catalog'), { recursive: true })
  await writeFile(join(folder, 'mail.contract.yaml'), CONTRACT)
  await writeFile(join(folder, 'model.f64'), new Uint8Array(8 * DIMENSION))
  const path = join(folder, 'credence.yaml')
  await writeFile(
    path,
    `version: 1
data: ./data
emulator: true
workers: 2
${config}
datasets:
  ${DATASET}:
    source: ${source}
    contract: ./mail.contract.yaml
    window: { records: 60, seconds: 60 }
    ${dataset}
federations:
  ${FEDERATION}: { model: ./model.f64, rounds: 1, gatherSeconds: 0.2, listen: { port: 0 } }
`,
  )
  // what was made ready is no call of a principal's
  const ready = books.map((book) => book().length)
  const seen: SeenCall[] = []
  return {
    folder,
    config: path,
    tear,
    also: async (principal: Principal) => also?.(principal, names),
    calls() {
      for (const [i, book] of books.entries()) {
        const calls = book()
        seen.push(...calls.slice(ready[i]))
        ready[i] = calls.length
      }
      return seen
    },
  }
}
