import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openConfiguredCatalog } from '#app/open/catalog.ts'
import { parseConfig } from '#app/config/load.ts'
import { openPostgres } from '#runtime/catalog/postgres.ts'
import type { Sql } from '#runtime/catalog/sql.ts'
import { named, needs } from '#test/support/needs.ts'

const { value: url, missing } = named('CREDENCE_TEST_POSTGRES', 'postgres://superuser@host/database')
const { skip, why } = needs(missing)

describe.skipIf(skip)(`signing in to PostgreSQL${why}`, () => {
  const name = `credence_signing_in_${process.pid}`
  const secret = () => randomBytes(16).toString('base64url')
  let admin: Sql
  let address: URL
  let access = ''
  const opened: Sql[] = []

  /** The server's own file of who signs in by what; it takes effect at once. */
  const writeAccess = async (text: string) => {
    const made = "select lo_from_bytea(0, convert_to($1, 'UTF8'))::text as oid"
    const [file] = await admin.query<{ oid: string }>(made, [text])
    await admin.query(`select lo_export(${file?.oid}, current_setting('hba_file'))`)
    await admin.query(`select lo_unlink(${file?.oid})`)
    await admin.query('select pg_reload_conf()')
  }
  const change = (password: string) => admin.query(`alter role ${name} password '${password}'`)
  const open = (password: () => Promise<string>, connections = 1) => {
    const sql = openPostgres({ url: address.href, password, connections })
    opened.push(sql)
    return sql
  }
  const whoAmI = async (sql: Sql) => (await sql.query<{ me: string }>('select current_user as me'))[0]?.me
  const drop = (sql: Sql) => sql.query('select pg_terminate_backend(pg_backend_pid())').catch(() => {})

  beforeAll(async () => {
    admin = openPostgres({ url, connections: 1 })
    address = new URL(url)
    address.username = name
    address.pathname = `/${name}`
    await admin.query(`create role ${name} login`)
    await admin.query(`create database ${name} owner ${name}`)
    const [file] = await admin.query<{ text: string }>("select pg_read_file(current_setting('hba_file')) as text")
    access = file?.text ?? ''
    await writeAccess(`host ${name} ${name} all scram-sha-256\n${access}`)
  })
  afterAll(async () => {
    await Promise.all(opened.map((sql) => sql.close()))
    await writeAccess(access)
    await admin.query(`drop database ${name} with (force)`)
    await admin.query(`drop role ${name}`)
    await admin.close()
  })

  test('asks for the password as each connection is made', async () => {
    let current = secret()
    let asked = 0
    await change(current)
    const sql = open(() => {
      asked++
      return Promise.resolve(current)
    })
    expect(await whoAmI(sql)).toBe(name)
    expect(await whoAmI(sql)).toBe(name)
    expect(asked).toBe(1)
    current = secret()
    await change(current)
    await drop(sql)
    expect(await whoAmI(sql)).toBe(name)
    expect(asked).toBe(2)
  })

  test('waits for a password that the server knows already', async () => {
    let current = secret()
    await change(current)
    const sql = open(() => Promise.resolve(current))
    await whoAmI(sql)
    const next = secret()
    await change(next)
    await drop(sql)
    await expect(whoAmI(sql)).rejects.toMatchObject({ code: 'unavailable', reason: 'password' })
    current = next
    expect(await whoAmI(sql)).toBe(name)
  })

  test('says what the giver of passwords says', async () => {
    const sql = open(() => Promise.reject(new Error('no identity')))
    await expect(whoAmI(sql)).rejects.toMatchObject({ code: 'internal' })
  })

  test('reads a file anew, without a restart, and migrates', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'credence-signing-in-'))
    try {
      const file = join(folder, 'password')
      const first = secret()
      await change(first)
      await writeFile(file, `${first}\n`)
      const text = `version: 1\nemulator: true\ncatalog: { postgres: '${address.href}', passwordFile: ./password }\ndatasets: { d: { source: ./in, contract: ./c.yaml } }\n`
      const config = parseConfig(text, join(folder, 'credence.yaml'), {})
      await using held = await openConfiguredCatalog(config, { actor: 'test', command: 'test' })
      await held.catalog.audit.append('test', 'before', 'rotation')
      const second = secret()
      await change(second)
      await writeFile(file, second)
      await admin.query('select pg_terminate_backend(pid) from pg_stat_activity where usename = $1', [name])
      await held.catalog.audit.append('test', 'after', 'rotation').catch(() => {})
      await held.catalog.audit.append('test', 'after', 'rotation')
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})
