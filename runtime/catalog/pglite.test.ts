import { spawn } from 'node:child_process'
import { once } from 'node:events'
import fs, { mkdtempSync, rmSync } from 'node:fs'
import { cp, mkdir, readdir, rm, truncate, writeFile } from 'node:fs/promises'
import { syncBuiltinESMExports } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
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
  const kept = mkdtempSync(join(tmpdir(), 'credence-kept-'))
  const open = async () => openCatalog(await openPglite(folder), { actor: 'test' })

  beforeAll(async () => {
    // A run of the tests copies the database that it made first (test/support/made-database.js); here one is made.
    vi.stubEnv('CREDENCE_TEST_KEPT', kept)
    // What a process leaves that was killed while it made the folder.
    await mkdir(`${folder}.half`)
    await writeFile(join(`${folder}.half`, 'PG_VERSION'), '')
    await (await open()).close()
  })
  afterAll(() => {
    vi.unstubAllEnvs()
    for (const made of [parent, kept]) rmSync(made, { recursive: true })
  })

  test('is made whole or not at all', () => {
    expect(fs.readdirSync(parent)).toEqual(['catalog'])
  })

  test('is made once for a run of the tests, and copied from then on', async () => {
    const made = async (path: string) => {
      const sql = await openPglite(path)
      const [control] = await sql.query<{ id: string }>('select system_identifier::text as id from pg_control_system()')
      await sql.close()
      return control?.id
    }
    const copy = join(kept, 'copy')
    expect(await made(copy)).toBe(await made(folder))
    const sql = await openPglite(copy)
    expect(await migrate(sql)).not.toEqual([])
    await sql.close()
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

  test('says that its files are damaged, and lets the process end', async () => {
    await cp(folder, `${folder}.damaged`, { recursive: true })
    await truncate(join(`${folder}.damaged`, 'global', 'pg_control'), 100)
    const opening = `await import(${module('./pglite.ts')}).then(({ openPglite }) => openPglite(process.argv[1])).catch(console.log)`
    const child = spawn(process.execPath, ['--input-type=module', '-e', opening, `${folder}.damaged`])
    let said = ''
    child.stdout.on('data', (chunk: Buffer) => void (said += chunk.toString()))
    await once(child, 'exit')
    expect(said).toContain("reason: 'catalog_damaged'")
    expect(said).toContain('its files are damaged. Put a copy of the folder back')
  })

  test('makes no empty database over one whose files were lost in part', async () => {
    const lost = join(parent, 'lost')
    await cp(folder, lost, { recursive: true })
    await rm(join(lost, 'PG_VERSION'))
    const before = await readdir(lost, { recursive: true })
    await expect(openPglite(lost)).rejects.toMatchObject({ code: 'corrupt', reason: 'catalog_damaged' })
    expect(await readdir(lost, { recursive: true })).toEqual(before)
    await rm(lost, { recursive: true })
  })

  test('kills the process that makes a database where it does not end, and leaves nothing of it', async () => {
    const options = process.env['NODE_OPTIONS']
    process.env['NODE_OPTIONS'] = '--import data:text/javascript,await(new(Promise)(()=>setInterval(()=>{},1000)))'
    try {
      const never = join(parent, 'never', 'catalog')
      await expect(openPglite(never, 1000)).rejects.toMatchObject({ code: 'unavailable', reason: 'catalog_silent' })
      expect(await readdir(join(parent, 'never'))).toEqual([])
    } finally {
      if (options === undefined) delete process.env['NODE_OPTIONS']
      else process.env['NODE_OPTIONS'] = options
    }
  })

  test('says that the disk is full where that is why PostgreSQL ends', async () => {
    const found = fs.promises.statfs
    fs.promises.statfs = (async () => ({ bavail: 0, bsize: 4096 })) as unknown as typeof found
    syncBuiltinESMExports()
    try {
      await expect(openPglite(`${folder}.damaged`)).rejects.toMatchObject({ code: 'unavailable', reason: 'disk_full' })
    } finally {
      fs.promises.statfs = found
      syncBuiltinESMExports()
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
