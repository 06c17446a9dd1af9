import { execFileSync } from 'node:child_process'
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { supervised, type Victim } from './supervised.ts'

/** How to get what is missing; null where it is there. */
export function postgresMissing(): string | null {
  return binFolder() === null ? 'PostgreSQL is missing: apt-get install postgresql' : null
}

export interface PostgresVictim extends Victim {
  readonly url: string
}

/** A PostgreSQL of the test's own, in a folder, on a port. */
export function createPostgres(folder: string, port: number, log: string): PostgresVictim {
  const bin = binFolder()
  if (bin === null) throw new Error(postgresMissing() ?? '')
  const data = join(folder, 'data')
  const uid = process.getuid?.() === 0 ? Number(execFileSync('id', ['-u', 'postgres']).toString()) : undefined
  if (!existsSync(data)) {
    mkdirSync(data, { recursive: true })
    if (uid !== undefined) for (const path of [folder, data]) chownSync(path, uid, uid)
    const as = uid === undefined ? {} : { uid }
    execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'credence', '--auth=trust'], { ...as, stdio: 'ignore' })
  }
  const url = `postgres://credence@127.0.0.1:${port}/postgres`
  const postgres = supervised({
    name: 'postgres',
    command: join(bin, 'postgres'),
    args: ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
    log,
    ...(uid === undefined ? {} : { uid }),
    async isUp() {
      const client = new Client({ connectionString: url, connectionTimeoutMillis: 1000 })
      client.on('error', () => {})
      try {
        await client.connect()
        await client.query('select 1')
        return true
      } finally {
        await client.end().catch(() => {})
      }
    },
  })
  return { ...postgres, url }
}

function binFolder(): string | null {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return null
  const versions = readdirSync(root).filter((name) => existsSync(join(root, name, 'bin', 'postgres')))
  const newest = versions.sort((a, b) => Number(a) - Number(b)).at(-1)
  return newest === undefined ? null : join(root, newest, 'bin')
}
