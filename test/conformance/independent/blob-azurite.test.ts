import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { BlobServiceClient, StorageSharedKeyCredential } from '@azure/storage-blob'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { EMULATED_ACCOUNT, EMULATED_KEY } from '#emulators/adls/actions.ts'
import { makeTestTls } from '#emulators/tls.ts'

const CREDENCE = fileURLToPath(new URL('../../../cli/credence.js', import.meta.url))
const AZURITE = createRequire(import.meta.url).resolve('azurite/dist/src/blob/main.js')
const RECORDS = 60

/** As docs/operations.md has it: TLS, tokens, and a configuration; no client of ours is told anything else. */
describe('Blob Storage by Azurite, which others wrote, from a configuration', () => {
  const stack = new AsyncDisposableStack()
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'credence-azurite-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const tls = makeTestTls()
    for (const [name, text] of Object.entries(tls)) await writeFile(join(folder, `${name}.pem`), text)
    const endpoint = `${await startAzurite()}/${EMULATED_ACCOUNT}`
    const account = new StorageSharedKeyCredential(EMULATED_ACCOUNT, EMULATED_KEY)
    const trusting: object = { tlsOptions: { ca: tls.ca } } // which the SDK hands on, and its types do not name
    await new BlobServiceClient(endpoint, account, trusting).getContainerClient('training').create()
    const rows = Array.from({ length: RECORDS }, (_, i) => JSON.stringify({ text: `mail ${i} of ${i % 7}` }))
    await writeFile(join(folder, 'mail.jsonl'), rows.join('\n'))
    await writeFile(
      join(folder, 'mail.contract.yaml'),
      'version: 1\nfeatures: { kind: text, field: text }\nschema: { type: object, properties: { text: { type: string } } }\n',
    )
    await writeFile(
      join(folder, 'credence.yaml'),
      `version: 1\nemulator: true\nstore: { blob: { url: "${endpoint}", container: training } }\n` +
        'datasets: { mail: { source: ./mail.jsonl, contract: ./mail.contract.yaml } }\n',
    )
  })
  afterAll(() => stack.disposeAsync())

  /** Where it answers. */
  async function startAzurite(): Promise<string> {
    const flags = ['--blobPort', '0', '--inMemoryPersistence', '--disableTelemetry', '--skipApiVersionCheck']
    const secure = ['--oauth', 'basic', '--cert', 'cert.pem', '--key', 'key.pem']
    const child = spawn(process.execPath, [AZURITE, ...flags, ...secure], {
      cwd: folder,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const ended = once(child, 'exit')
    stack.defer(async () => {
      child.kill('SIGKILL')
      await ended
    })
    for await (const line of createInterface({ input: child.stdout })) {
      const found = /listens on (https:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
      if (found === undefined) continue
      child.stdout.resume()
      return found
    }
    throw new Error(`azurite ended with ${child.exitCode} before it listened`)
  }

  function credence(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') }
    return new Promise((resolve) => {
      execFile(process.execPath, [CREDENCE, ...args], { cwd: folder, env }, (error, stdout, stderr) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, stdout, stderr }),
      )
    })
  }

  it('is reached and found in order, but for what it has not', async () => {
    const { stdout } = await credence('check')
    expect(stdout).toContain('identity: app credence (object emulator)')
    expect(stdout).toContain('container training is private')
    expect(stdout).toContain('0 failures')
  })

  it('takes the whole way: a run, its verification, an export', async () => {
    const run = await credence('run', '--no-report', '--fail-on', 'failure')
    expect(run).toMatchObject({ code: 0, stdout: expect.stringMatching(/mail\s+60\s+=/) as string })
    expect(await credence('verify')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('mail: whole') as string,
    })
    expect((await credence('export', '--dataset', 'mail', '--out', 'clean.jsonl')).code).toBe(0)
    const clean = (await readFile(join(folder, 'clean.jsonl'), 'utf8')).trim().split('\n')
    expect(clean.length).toBeGreaterThan(RECORDS / 2)
  })

  it('says what is wrong where its certificate is not trusted', async () => {
    await writeFile(join(folder, 'ca.pem'), makeTestTls().ca)
    const { code, stdout, stderr } = await credence('check')
    expect(code).not.toBe(0)
    expect(stdout + stderr).toMatch(/certificate/)
  })
})
