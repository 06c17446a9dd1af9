import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { openCatalog } from '#runtime/catalog/create-catalog.ts'
import { openPostgres } from '#runtime/catalog/postgres.ts'
import type { Sql } from '#runtime/catalog/sql.ts'
import { named, needs } from '#test/support/needs.ts'
import { PRINCIPALS } from '../../../infra/permissions/entry.ts'
import { terraformMissing } from '../../../infra/terraform/tests/terraform.ts'

/**
 * The SQL that Terraform prints for an administrator of the catalog, run by one who is no superuser: what each service may do
 * afterwards, and may not. What the clouds make themselves (users, functions, roles of their own) is made here before.
 */
const { value: url, missing } = named('CREDENCE_TEST_POSTGRES', 'postgres://superuser@host/database')
const { skip, why } = needs(missing, terraformMissing())

const MODULES = fileURLToPath(new URL('../../../infra/terraform/modules/', import.meta.url))
const SERVICES = Object.keys(PRINCIPALS)
const name = `credence_roles_${process.pid}`

interface CloudCase {
  readonly user: (service: string) => string
  readonly before: string
}

const CLOUDS: Readonly<Record<string, CloudCase>> = {
  aws: {
    user: (service) => `${name}-${service}`,
    before: `create role rds_iam; grant rds_iam to ${name} with admin option;`,
  },
  azure: {
    user: (service) => `${name}-${service}`,
    before: `create function pgaadauth_create_principal(who text, is_admin boolean, is_mfa boolean) returns text language plpgsql
      security definer as $$ begin execute format('create role %I login', who); return who; end $$;`,
  },
  gcp: {
    user: (service) => `${name}-${service}@sample.iam`,
    before: SERVICES.map((service) => `create role "${name}-${service}@sample.iam" login;`).join('\n'),
  },
}

/** A template as Terraform fills it in. */
function filledIn(cloud: string, { user }: CloudCase): string {
  const users = SERVICES.filter((service) => service !== 'operator').map(user)
  const given = JSON.stringify({ owner: user('operator'), users, database: name })
  const expression = `base64encode(templatefile("${MODULES}${cloud}/roles.sql.tftpl", jsondecode(${JSON.stringify(given)})))`
  const { stdout, stderr, status } = spawnSync('terraform', ['console'], { input: expression, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return Buffer.from(stdout.trim().replaceAll('"', ''), 'base64').toString()
}

describe.skipIf(skip)(`the catalog's roles${why}`, () => {
  let superuser: Sql
  const opened: Sql[] = []
  const as = (user: string): Sql => {
    const address = new URL(url)
    Object.assign(address, { pathname: `/${name}`, username: encodeURIComponent(user), password: 'secret' })
    const sql = openPostgres({ url: address.href, connections: 1 })
    opened.push(sql)
    return sql
  }
  const script = (sql: Sql, text: string) => sql.transaction((tx) => tx.script(text))
  const codeOf = (work: Promise<unknown>) =>
    work.then(
      () => 'allowed',
      (error: { readonly reason?: string; readonly code?: string }) => error.reason ?? error.code,
    )

  beforeAll(async () => {
    superuser = openPostgres({ url, connections: 1 })
    await superuser.query(`create role ${name} login createrole createdb password 'secret'`)
  })
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((sql) => sql.close()))
    await superuser.query(`drop database if exists ${name} with (force)`)
    const roles = await superuser.query<{ role: string }>(
      "select rolname as role from pg_roles where rolname like $1 or rolname in ('rds_iam', 'credence_owner', 'credence_service')",
      [`${name}-%`],
    )
    for (const { role } of roles) await superuser.query(`drop role "${role}"`)
  })
  afterAll(async () => {
    await superuser.query(`drop role ${name}`)
    await superuser.close()
  })

  /** Everything that the cloud makes, and the file, twice: by an administrator as the cloud has one. */
  async function prepare(cloud: string): Promise<CloudCase> {
    const one = CLOUDS[cloud]!
    await superuser.query(`create database ${name} owner ${name}`)
    const address = new URL(url)
    address.pathname = `/${name}`
    const there = openPostgres({ url: address.href, connections: 1 })
    opened.push(there)
    await script(there, one.before)
    const text = filledIn(cloud, one).replaceAll(/^\\connect .*$/gm, '')
    const admin = as(name)
    for (let times = 0; times < 2; times++) await script(admin, text)
    for (const service of SERVICES) await superuser.query(`alter role "${one.user(service)}" password 'secret'`)
    return one
  }

  test.each(Object.keys(CLOUDS))(
    '%s: the operator migrates, services use the tables and change none',
    async (cloud) => {
      const { user } = await prepare(cloud)
      const catalog = await openCatalog(as(user('operator')), { actor: 'operator' })
      await catalog.audit.append('test', 'made', 'by the operator')
      const owners = await as(name).query<{ owner: string }>(
        "select distinct tableowner as owner from pg_tables where schemaname = 'public'",
      )
      expect(owners).toEqual([{ owner: 'credence_owner' }])

      for (const service of SERVICES.filter((one) => one !== 'operator')) {
        const sql = as(user(service))
        const own = await openCatalog(sql, { actor: service })
        await own.audit.append('test', 'used', service)
        const forbidden = [
          'drop table audit',
          'truncate audit',
          'alter table audit disable trigger all',
          'create table mine (a int)',
          'set role credence_owner',
          `grant credence_owner to "${user(service)}"`,
          `alter role "${user('operator')}" password 'theirs'`,
        ]
        for (const statement of forbidden)
          expect(await codeOf(sql.query(statement)), `${service}: ${statement}`).toBe('sql_42501')
      }
    },
  )

  test('gcp: what an administrator may not set of the operator, the operator sets of itself', async () => {
    const { user } = await prepare('gcp')
    await superuser.query(`alter role "${user('operator')}" reset role`)
    const operator = as(user('operator'))
    await operator.query('alter role current_user set role credence_owner')
    const [after] = await as(user('operator')).query<{ me: string }>('select current_user as me')
    expect(after).toEqual({ me: 'credence_owner' })
  })
})
