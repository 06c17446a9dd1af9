import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { CloudUnderTest } from '#test/permissions/cloud.ts'
import { allows, type SeenCall } from '#test/permissions/match.ts'
import { onAws } from '#test/permissions/on-aws.ts'
import { onAzure } from '#test/permissions/on-azure.ts'
import { onGcp } from '#test/permissions/on-gcp.ts'
import { CONTRACT, DATASET, runPrincipals } from '#test/permissions/pipeline.ts'
import { PRINCIPALS, type Cloud, type Principal } from '../../infra/permissions/entry.ts'
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

describe.each(INSTALLATIONS)('the least-privilege statement on $name', ({ cloud, start }) => {
  const stack = new AsyncDisposableStack()
  let under: CloudUnderTest
  let seen: ReadonlyMap<Principal, readonly SeenCall[]>

  beforeAll(async () => {
    under = await start(stack)
    const folder = await mkdtemp(join(tmpdir(), 'credence-permissions-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    for (const [name, value] of Object.entries(under.env)) vi.stubEnv(name, value)
    const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
    try {
      seen = await runPrincipals(await install(folder, under))
    } finally {
      printed.mockRestore()
      vi.unstubAllEnvs()
    }
  }, 60_000)
  afterAll(() => stack.disposeAsync())

  const stated = (principal: Principal) =>
    STATEMENT.filter((entry) => entry.cloud === cloud && entry.principal === principal)
  const everybody = Object.keys(PRINCIPALS) as Principal[]

  test.each(everybody)('allows every call of %s', (principal) => {
    const refused = (seen.get(principal) ?? []).filter(
      (call) => !stated(principal).some((entry) => allows(entry, call, under.names)),
    )
    expect([...new Set(refused.map((call) => JSON.stringify(call)))]).toEqual([])
  })

  test.each(everybody)('allows %s nothing that it does not use', (principal) => {
    const calls = seen.get(principal) ?? []
    const unused = stated(principal).filter(
      (entry) => entry.unproved === undefined && !calls.some((call) => allows(entry, call, under.names)),
    )
    expect(
      unused.map(({ action, resource, option = 'always', why }) => `${action} ${resource} (${option}) ${why}`),
    ).toEqual([])
  })
})

async function install(folder: string, { config, source, dataset = '', books, tear, also, names }: CloudUnderTest) {
  await writeFile(join(folder, 'mail.contract.yaml'), CONTRACT)
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
