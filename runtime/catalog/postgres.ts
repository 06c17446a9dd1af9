import { Pool, type PoolClient } from 'pg'
import { mapSqlError } from './sql-errors.ts'
import type { Queryable, Sql, SqlValue } from './sql.ts'

export interface PostgresOptions {
  /** `postgresql://user@host/database`; the password may come with it. */
  readonly url: string
  readonly connections?: number
  readonly connectTimeoutMs?: number
}

/** A pool of connections to PostgreSQL 15 or later, shared by every process of the installation. */
export function openPostgres({ url, connections = 8, connectTimeoutMs = 10_000 }: PostgresOptions): Sql {
  const pool = new Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: connectTimeoutMs,
    application_name: 'credence',
  })
  // An idle connection that breaks is replaced by the next one that is asked for.
  pool.on('error', () => {})
  // So does one in use: the query that runs on it, or the next, fails by itself.
  pool.on('connect', (client) => client.on('error', () => {}))
  let closed: Promise<void> | undefined
  return {
    query: queryOn(pool),
    async transaction(work) {
      const client = await guarded(() => pool.connect())
      let broken = false
      try {
        await guarded(() => client.query('begin isolation level read committed'))
        const result = await work({
          query: queryOn(client),
          async script(text) {
            await guarded(() => client.query(text))
          },
        })
        await guarded(() => client.query('commit'))
        return result
      } catch (error) {
        await client.query('rollback').catch(() => (broken = true))
        throw error
      } finally {
        client.release(broken)
      }
    },
    close() {
      closed ??= guarded(() => pool.end())
      return closed
    },
  }
}

function queryOn(target: Pool | PoolClient): Queryable['query'] {
  return async <Row extends object>(text: string, values: readonly SqlValue[] = []) =>
    (await guarded(() => target.query<Row>(text, [...values]))).rows
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw mapSqlError(error)
  }
}
