import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../verify.ts'
import { verifyExportedLog } from '#app/operations/audit.ts'
import { openDesk, type Desk, type Visitor } from '#test/support/console/desk.ts'

// What an auditor downloads is opened by Python's own zipfile, and verified by the program in it, which knows nothing of Credence.

const run = promisify(execFile)
const PYTHON = process.env['CREDENCE_TEST_PYTHON']
let desk: Desk
let auditor: Visitor
let archive: Uint8Array
let folder: string

beforeAll(async () => {
  desk = await openDesk()
  const ann = await desk.person('ann', 'reviewer')
  const [first, second] = (await ann.get('/v1/records?q=dataset:mail')).body.items
  for (const [row, action] of [
    [first, 'reject'],
    [second, 'release'],
  ] as const) {
    const decision = { action, reason: `„seen“ \u2028 "id":"${row.record}"` }
    const made = await ann.send('POST', `/v1/records/${row.key}/decisions`, decision, { 'if-match': `"${row.etag}"` })
    expect(made.status).toBe(201)
  }
  // the link of a release follows it
  for (;;) {
    const { items } = (await ann.get('/v1/records?q=standing:released')).body
    if (items.length === 1) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  auditor = await desk.person('otto', 'auditor')
  const response = await fetch(`${desk.console.origin}/v1/audit/evidence`, { headers: { cookie: auditor.cookie } })
  expect(response.headers.get('content-type')).toBe('application/zip')
  archive = await response.bytes()
  folder = await mkdtemp(path.join(tmpdir(), 'credence-evidence-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true, force: true })
  await desk[Symbol.asyncDispose]()
})

test('whose roles are over some datasets is refused: the log is of all', async () => {
  const limited = await desk.person('olga', { role: 'auditor', datasets: ['mail'] })
  expect(await limited.get('/v1/audit/evidence')).toMatchObject({ status: 403, body: { reason: 'not_permitted' } })
})

describe.skipIf(PYTHON === undefined && process.env['CI'] === undefined)(
  'evidence (needs CREDENCE_TEST_PYTHON)',
  () => {
    const python = (...args: string[]) => run(PYTHON ?? 'python3', args, { cwd: folder })
    const check = (...args: string[]) => python('verify.py', ...args).catch((error: { stderr: string }) => error)

    beforeAll(async () => {
      await writeFile(path.join(folder, 'evidence.zip'), archive)
      await python('-m', 'zipfile', '-t', 'evidence.zip')
      await python('-m', 'zipfile', '-e', 'evidence.zip', '.')
    })
    const read = (name: string) => readFile(path.join(folder, name), 'utf8')
    /** Alters a file, verifies, and puts it back. */
    async function altered(name: string, by: (text: string) => string) {
      const before = await read(name)
      expect(by(before)).not.toBe(before)
      await writeFile(path.join(folder, name), by(before))
      const { stderr } = await check()
      await writeFile(path.join(folder, name), before)
      return stderr
    }

    test('says what it is, who took it, and what it found', async () => {
      const readme = await read('README.md')
      expect(readme).toContain('by `otto`. Credence verified all of it then, and found nothing wrong')
      expect(JSON.parse(await read('found.json'))).toMatchObject({
        by: 'otto',
        problems: [],
        datasets: ['mail', 'notes'],
      })
      const decisions = (await read('decisions.jsonl')).trim().split('\n')
      expect(decisions.map((line) => JSON.parse(JSON.parse(line).signed))).toMatchObject([
        { action: 'reject', actor: 'ann' },
        { action: 'release', actor: 'ann' },
      ])
    })

    test('verifies by the command that it says', async () => {
      const [, command = ''] = /^ {4}python3 (verify.py [0-9a-f]{64})$/m.exec(await read('README.md')) ?? []
      const { stdout } = await python(...command.split(' '))
      expect(stdout).toContain('2 decisions, each signed, and in the log as it is here')
      expect(stdout).toMatch(/chains\/mail\.jsonl: [3-9] links/)
      expect(stdout).toContain('All of it is as it was signed.')
      expect((await check('0'.repeat(64))).stderr).toContain('signing-keys.pem is another')
    })

    test('verifies by Credence, too', async () => {
      const key = await read('signing-keys.pem')
      const log = (await read('audit.jsonl')).split('\n')
      expect((await verifyExportedLog(ReadableStream.from(log), key)).problems).toEqual([])
      const links = (await read('chains/mail.jsonl')).trim().split('\n')
      const bytes = new Map(
        links.map((line) => [JSON.parse(line).path, Buffer.from(JSON.parse(line).envelope, 'base64')]),
      )
      const found = await verify('mail', {
        read: (at) => Promise.resolve(bytes.get(at) ?? null),
        publicKey: key,
        objects: false,
      })
      expect(found.links).toBe(links.length)
    })

    test.each<[string, string, (text: string) => string, RegExp]>([
      [
        'an edited entry',
        'audit.jsonl',
        (text) => text.replace('"actor":"ann"', '"actor":"bob"'),
        /entry \d+ of audit/,
      ],
      ['a log cut short', 'audit.jsonl', (text) => text.replace(/[^\n]*\n$/, ''), /ends before its head/],
      [
        'a checkpoint of another time',
        'audit.jsonl',
        (text) => text.replace(/"at":"2/, '"at":"3'),
        /checkpoint at entry/,
      ],
      ['an altered decision', 'decisions.jsonl', (text) => text.replace('ann', 'bob'), /decision .* is not signed/],
      ['a link left out', 'chains/mail.jsonl', (text) => text.replace(/^.*\n/, ''), /does not follow/],
      ['a chain that is gone', 'chains/notes.jsonl', () => '', /chains\/notes/],
      ['a chain cut short', 'chains/mail.jsonl', (text) => text.replace(/[^\n]*\n$/, ''), /lacks the link/],
    ])('%s is found', async (_, name, by, says) => {
      expect(await altered(name, by)).toMatch(says)
    })
  },
)
