import { Pool, type PoolClient } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { AppError } from '#core/errors.ts'
import { losesConnection, mapSqlError } from './sql-errors.ts'
import type { Sql, SqlValue } from './sql.ts'

export interface PostgresOptions {
  /** `postgresql://user@host/database`; the password may come with it. */
  readonly url: string
  /** Asked for each connection that is made, so that a token or a password may change; the address then holds none. */
  readonly password?: (() => Promise<string>) | undefined
  readonly connections?: number
  readonly times?: Partial<PostgresTimes>
}

/** All in milliseconds. */
export interface PostgresTimes {
  /** How long a connection may take to be made, or one of the pool to become free. */
  readonly connect: number
  /** A transaction that its process leaves alone for so long is undone: the process is paused or gone, and others need its locks. */
  readonly idleInTransaction: number
  /** How long a statement waits for a lock: longer than `idleInTransaction`, to outlast a holder that is paused. */
  readonly lock: number
  /** How long the server may work on a statement. */
  readonly statement: number
  /** How long an answer may take until its connection is given up: longer than `statement`, whose error says more. */
  readonly answer: number
}

const TIMES: PostgresTimes = {
  connect: 10_000,
  idleInTransaction: 10_000,
  lock: 15_000,
  statement: 30_000,
  answer: 35_000,
}
/** The longest that a timer can be set for. */
const NEVER = 2 ** 31 - 1

/**
 * A pool of connections to PostgreSQL 15 or later, shared by every process of the installation. Limits of time are settings of
 * the session, sent as it starts: a pooler in between has to pass them on, or to ignore them.
 */
export function openPostgres({ url, password, connections = 8, times: given }: PostgresOptions): Sql {
  const times = { ...TIMES, ...given }
  const pool = new Pool({
    // an address in whole would put its own password, even none, before the one that is asked for
    ...(password === undefined
      ? { connectionString: url }
      : { ...parseIntoClientConfig(url), password: closing(password) }),
    max: connections,
    application_name: 'credence',
    connectionTimeoutMillis: times.connect,
    idle_in_transaction_session_timeout: times.idleInTransaction,
    lock_timeout: times.lock,
    statement_timeout: times.statement,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
  })
  // Connections that were made before one was lost stood with it to a server that went silent, or is primary no more.
  let generation = 0
  const madeIn = new WeakMap<PoolClient, number>()
  // An idle connection that breaks is replaced by the next one that is asked for.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    // So does one in use: the query that runs on it, or the next, fails by itself.
    client.on('error', () => {})
    madeIn.set(client, generation)
  })
  const acquire = async (): Promise<PoolClient> => {
    for (;;) {
      const client = await guarded(() => pool.connect()).catch((error: unknown) => {
        throw password === undefined ? error : mayBeStale(error)
      })
      if (madeIn.get(client) === generation) return client
      drop(client)
    }
  }

  /** Runs `work` on a connection of its own, which goes back to the pool unless it was lost. */
  const connected = async <T>(work: (connection: Connection) => Promise<T>): Promise<T> => {
    const client = await acquire()
    const connection: Connection = {
      isLost: false,
      async send(text, values, answerMs = times.answer) {
        const query = { text, query_timeout: answerMs }
        try {
          return await guarded(() => client.query(query, values === undefined ? values : [...values]))
        } catch (error) {
          connection.isLost ||= losesConnection(error)
          throw error
        }
      },
    }
    try {
      return await work(connection)
    } finally {
      if (!connection.isLost) client.release()
      else {
        if (madeIn.get(client) === generation) generation++
        drop(client)
      }
    }
  }

  let closed: Promise<void> | undefined
  return {
    query: <Row extends object>(text: string, values?: readonly SqlValue[]) =>
      connected((connection) => queryOn<Row>(connection, text, values)),
    transaction: (work) =>
      connected(async (connection) => {
        try {
          await connection.send('begin isolation level read committed')
          const result = await work({
            query: <Row extends object>(text: string, values?: readonly SqlValue[]) =>
              queryOn<Row>(connection, text, values),
            async script(text) {
              await connection.send(text, undefined, NEVER)
            },
          })
          await connection.send('commit')
          return result
        } catch (error) {
          // a lost connection's transaction ends with it
          if (!connection.isLost) await connection.send('rollback').catch(() => (connection.isLost = true))
          throw error
        }
      }),
    close() {
      closed ??= guarded(() => pool.end())
      return closed
    },
  }
}

interface Connection {
  /** Whether it failed in a way that no later statement survives. */
  isLost: boolean
  send(text: string, values?: readonly SqlValue[], answerMs?: number): Promise<{ rows: unknown[] }>
}

async function queryOn<Row extends object>(connection: Connection, text: string, values: readonly SqlValue[] = []) {
  return (await connection.send(text, values)).rows as Row[]
}

/** The driver calls it on the connection that it is for, which would stay half made, in the server too, where there is none. */
function closing(password: () => Promise<string>): () => Promise<string> {
  return async function (this: unknown) {
    try {
      return await password()
    } catch (error) {
      ;(this as PoolClient).connection.stream.destroy()
      throw error
    }
  }
}

/** A password that changes is known to the server first: until whoever asks for it has the new one, it is only not there yet. */
function mayBeStale(error: unknown): unknown {
  if (!(error instanceof AppError) || error.reason !== 'sql_28P01') return error
  const message = 'catalog: the password is refused: it was changed, or is the wrong one'
  return new AppError('unavailable', message, { cause: error, reason: 'password' })
}

/** Takes a connection from the pool for good, without waiting for a server that may never answer its goodbye. */
function drop(client: PoolClient): void {
  client.release(true)
  client.connection.stream.destroy()
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw mapSqlError(error)
  }
}
