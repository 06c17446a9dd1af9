import { Pool, type PoolClient } from 'pg'
import { parseIntoClientConfig } from 'pg-connection-string'
import { AppError } from '#core/errors.ts'
import { losesConnection, mapSqlError } from './sql-errors.ts'
import type { Sql, SqlValue } from './sql.ts'

export interface PostgresOptions {
  /** `postgresql://user@host/database`; it may contain the password. */
  readonly url: string
  /** Called for each new connection, so that a token or a password may change; the URL then contains none. */
  readonly password?: (() => Promise<string>) | undefined
  readonly connections?: number
  readonly times?: Partial<PostgresTimes>
}

/** All in milliseconds. */
export interface PostgresTimes {
  /** The longest wait for a new connection, or for one of the pool. */
  readonly connect: number
  /**
   * A transaction that its process leaves idle for this long is rolled back: the process is paused or gone, and others need its
   * locks.
   */
  readonly idleInTransaction: number
  /** The longest wait of a statement for a lock: longer than `idleInTransaction`, to outlast a paused holder. */
  readonly lock: number
  /** The longest time that the server works on a statement. */
  readonly statement: number
  /** The longest wait for an answer before its connection is given up: longer than `statement`, whose error says more. */
  readonly answer: number
}

const TIMES: PostgresTimes = {
  connect: 10_000,
  idleInTransaction: 10_000,
  lock: 15_000,
  statement: 30_000,
  answer: 35_000,
}
/** The longest time that a timer supports. */
const NEVER = 2 ** 31 - 1

/**
 * A pool of connections to PostgreSQL 15 or later, shared by every process of the installation. Time limits are settings of the
 * session, sent at its start: a pooler in between must pass them on, or ignore them.
 */
export function openPostgres({ url, password, connections = 8, times: given }: PostgresOptions): Sql {
  const times = { ...TIMES, ...given }
  const pool = new Pool({
    // a complete URL would take precedence with its own password, even an empty one
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
  // When a connection is lost, older ones may lead to the same silent server, or to one that is no longer the primary.
  let generation = 0
  const madeIn = new WeakMap<PoolClient, number>()
  // A broken idle connection is replaced at the next request.
  pool.on('error', () => {})
  pool.on('connect', (client) => {
    // A broken connection in use needs nothing either: its current or next query fails.
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

  /** Runs `work` on a connection of its own, which returns to the pool unless it was lost. */
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

/**
 * Wraps `password` so that its failure closes the connection. The driver calls it on that connection, which would otherwise stay
 * half open, in the server too.
 */
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

/**
 * Makes a refused password retryable: after a change the server knows the new one first, and the source of passwords has it
 * later.
 */
function mayBeStale(error: unknown): unknown {
  if (!(error instanceof AppError) || error.reason !== 'sql_28P01') return error
  const message = 'catalog: the password is refused: it was changed, or is the wrong one'
  return new AppError('unavailable', message, { cause: error, reason: 'password' })
}

/** Removes a connection from the pool for good, without waiting for the answer of a server that may never come. */
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
