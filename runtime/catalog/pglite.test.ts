import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { mkdtempSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openCatalog } from './create-catalog.ts'
import { migrate } from './migrations.ts'
import { openPglite } from './pglite.ts'

const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
const WRITER = `
  const { openPglite } = await import(${module('./pglite.ts')})
  const { openCatalog } = await import(${module('./create-catalog.ts')})
  const catalog = await openCatalog(await openPglite(process.argv[1]), { actor: 'test' })
  while (true) console.log((await catalog.audit.append('alice', 'note', 'subject')).seq)
`

describe('the embedded catalog', () => {
  const parent = mkdtempSync(join(tmpdir(), 'credence-catalog-'))
  const folder = join(parent, 'catalog')
  const open = async () => openCatalog(await openPglite(folder), { actor: 'test' })

  beforeAll(async () => {
    // What a process leaves that was killed while it made the folder.
    await mkdir(`${folder}.half`)
    await writeFile(join(`${folder}.half`, 'PG_VERSION'), '')
    await (await open()).close()
  })
  afterAll(() => rmSync(parent, { recursive: true }))

  test('is made whole or not at all', () => {
    expect(fs.readdirSync(parent)).toEqual(['catalog'])
  })

  test('is there again when its folder is reopened, and needs no migration', async () => {
    const first = await open()
    const entry = await first.audit.append('alice', 'note', 'subject')
    await first.close()
    await first.close()
    const sql = await openPglite(folder)
    expect(await migrate(sql)).toEqual([])
    const [row] = await sql.query<{ hash: string }>('select hash from audit_head')
    expect(row?.hash).toBe(entry.hash)
    await sql.close()
    await expect(sql.query('select 1')).rejects.toMatchObject({ code: 'unavailable' })
  })

  test('opens over the empty lock file of a process that was killed as it started', async () => {
    await writeFile(join(folder, 'postmaster.pid'), '')
    const catalog = await open()
    expect(await catalog.windows.list({})).toEqual([])
    await catalog.close()
  })

  test('has every commit on the disk before it resolves', async () => {
    const catalog = await open()
    const sync = fs.fsyncSync
    let synced = 0
    fs.fsyncSync = (fd) => {
      synced++
      sync(fd)
    }
    syncBuiltinESMExports()
    try {
      for (let commits = 1; commits <= 5; commits++) {
        await catalog.audit.append('alice', 'note', 'subject')
        expect(synced).toBeGreaterThanOrEqual(commits)
      }
    } finally {
      fs.fsyncSync = sync
      syncBuiltinESMExports()
      await catalog.close()
    }
  })

  test('keeps every commit that it acknowledged through SIGKILL', async () => {
    const child = spawn(process.execPath, ['--input-type=module', '-e', WRITER, folder])
    let acknowledged = 0
    child.stdout.on('data', (chunk: Buffer) => {
      acknowledged = Number(chunk.toString().trim().split('\n').at(-1))
      if (acknowledged >= 20) child.kill('SIGKILL')
    })
    await once(child, 'exit')
    const catalog = await open()
    expect((await catalog.audit.head()).seq).toBeGreaterThanOrEqual(acknowledged)
    await catalog.close()
  })
})
