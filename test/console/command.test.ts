import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Json } from '../support/console/desk.ts'

const COMMAND = fileURLToPath(new URL('../../cli/credence.js', import.meta.url))

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'credence-console-'))
  await mkdir(join(folder, 'notes'))
  const notes = Array.from({ length: 5 }, (_, i) => JSON.stringify({ text: `note ${i}` }))
  await writeFile(join(folder, 'notes', 'day.jsonl'), `${notes.join('\n')}\n`)
  await writeFile(
    join(folder, 'contract.yaml'),
    'version: 1\nfeatures: { kind: text, field: text }\nschema: { type: object, properties: { text: { type: string } } }\n',
  )
  await writeFile(
    join(folder, 'credence.yaml'),
    'version: 1\ndata: ./data\nworkers: 1\ndatasets:\n  notes: { source: ./notes, contract: ./contract.yaml }\n',
  )
})
afterAll(() => rm(folder, { recursive: true, force: true }))

test('credence console --run prints a link, follows the pipeline of its own process, and ends when it is told to', async () => {
  const child = spawn(process.execPath, [COMMAND, 'console', '--run', '-c', join(folder, 'credence.yaml')], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = once(child, 'exit')
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const [link] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    ended.then(() => Promise.reject(new Error(said))),
  ])) as [string]
  expect(link).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/sign-in\?code=[\w-]{43}$/)
  const entered = await fetch(link, { redirect: 'manual' })
  const [cookie = ''] = (entered.headers.get('set-cookie') ?? '').split(';')
  const { origin } = new URL(link)
  const get = async (path: string) => (await fetch(origin + path, { headers: { cookie } })).json() as Promise<Json>
  expect((await get('/v1/session')).permissions).toContain('record.decide')
  for (;;) {
    const { count, items } = await get('/v1/records')
    if (count === 0) {
      await new Promise((resolve) => setTimeout(resolve, 50))
      continue
    }
    expect([count, items[0].risk]).toEqual([5, null])
    break
  }
  // the folder is this console's alone
  const other = spawn(process.execPath, [COMMAND, 'quarantine', 'list', '-c', join(folder, 'credence.yaml')])
  let refused = ''
  other.stderr.on('data', (chunk: Buffer) => (refused += chunk.toString()))
  await once(other, 'exit')
  expect(refused).toContain('credence console')
  child.kill('SIGTERM')
  expect(await ended).toEqual([143, null])
})
