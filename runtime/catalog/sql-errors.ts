import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'

/** By SQLSTATE, or by its first two characters, which are its class (PostgreSQL documentation, appendix A). */
const CODES: Readonly<Record<string, ErrorCode>> = {
  '08': 'unavailable', // connection exception
  '23505': 'conflict', // unique violation
  '23503': 'conflict', // foreign key violation
  '25006': 'unavailable', // read-only, as a primary becomes that was demoted
  '25P02': 'unavailable', // the transaction failed before
  '25P03': 'unavailable', // the transaction was idle for too long
  '28': 'denied',
  '3D000': 'invalid', // no such database
  '42501': 'denied',
  '40': 'unavailable', // serialization failure, deadlock: the transaction may be tried again
  '53': 'throttled', // too many connections, out of memory
  '53100': 'unavailable', // disk full
  '55000': 'unavailable', // the database refuses connections for now
  '55P03': 'unavailable', // lock not available
  '57': 'unavailable', // shutdown, crash, not yet started, a statement that took too long
  '58': 'unavailable', // disk trouble below the database
  XX001: 'corrupt',
  XX002: 'corrupt',
}

/** What to do about the errors that an operator meets while connecting, by SQLSTATE or by Node's code. */
const ADVICE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens at the host and port of catalog.postgres: start PostgreSQL, or correct the address',
  ENOTFOUND: 'nothing knows the host name in catalog.postgres: correct the address, or the resolver',
  EAI_AGAIN: 'the resolver of host names does not answer',
  ETIMEDOUT: 'PostgreSQL does not answer: check the route and the firewall',
  ECONNRESET: 'the connection was ended from the other side',
  '28P01': 'PostgreSQL refuses the user or the password of catalog.postgres: correct them',
  '28000': 'PostgreSQL refuses the user of catalog.postgres: create it, or admit it in pg_hba.conf from here',
  '3D000': 'PostgreSQL has no database of the name in catalog.postgres: create it, or correct the address',
  '42501': 'the user lacks a right; docs/permissions.md has the rights of each service',
  '53100': 'the disk is full, free some space',
  '53300': 'PostgreSQL has no connection left: raise max_connections, or run fewer processes',
  '57P03': 'PostgreSQL is starting or stopping',
}

const CERTIFICATES = /CERT|CRL|SIGNATURE|^ERR_TLS_|^INVALID_(?:CA|PURPOSE)$|^HOSTNAME_MISMATCH$/
/** Errors of sockets, name look-up and TLS. */
const NETWORK = /^(?:E[A-Z]{3,}|EAI_[A-Z]+|ERR_(?:SOCKET|SSL)_\w+)$/
/**
 * Errors after which a connection is useless: it was lost, was ended by the server, or leads to a server that accepts no writes.
 */
const LOST = /^(?:connection|sql_(?:08...|25006|25P03|57P..))$/

/**
 * Maps what a driver threw to an `AppError`. The driver's own error is not kept as the cause: its detail, its parameters and
 * sometimes its message quote values.
 */
export function mapSqlError(error: unknown): AppError {
  if (isAppError(error)) return error
  const { code, constraint, message } = (error ?? {}) as { code?: unknown; constraint?: unknown; message?: unknown }
  if (typeof code === 'string' && CERTIFICATES.test(code)) {
    const what = `catalog: the server's certificate does not verify (${code}): use the host name that it is for, `
    const fix = 'name the certificate of its authority with sslrootcert= in the address, or renew it'
    return new AppError('invalid', what + fix, { reason: 'certificate' })
  }
  if (typeof message === 'string' && message.includes('does not support SSL')) {
    const what = 'catalog: the server answers without TLS: set `ssl = on` there (behind a pooler, on the pooler), '
    const fix = 'or emulator: true at the top of the configuration for a test'
    return new AppError('invalid', what + fix, { reason: 'tls' })
  }
  const advice = typeof code === 'string' && Object.hasOwn(ADVICE, code) ? `: ${ADVICE[code]}` : ''
  if (code === 'EACCES' || code === 'EPERM') return new AppError('denied', `catalog: ${code}`)
  if (typeof code === 'string' && NETWORK.test(code)) {
    return new AppError('unavailable', `catalog: ${code}${advice}`, { reason: 'connection' })
  }
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    // Class 42 concerns our own statement, so its message helps and quotes no value.
    const detail = code.startsWith('42') ? message : constraint
    const where = `${typeof detail === 'string' ? ` (${detail})` : ''}${advice}`
    return new AppError(CODES[code] ?? CODES[code.slice(0, 2)] ?? 'internal', `catalog: SQLSTATE ${code}${where}`, {
      reason: `sql_${code}`,
    })
  }
  // Without a SQLSTATE the connection failed, and the driver's message contains no values.
  if (typeof message === 'string' && /connection|timeout|closed|terminated/i.test(message)) {
    return new AppError('unavailable', 'catalog: the connection failed', { reason: 'connection' })
  }
  return new AppError('internal', 'catalog: the driver failed', { cause: error })
}

/** Whether the connection of this error (of `mapSqlError`) must not be used again. */
export function losesConnection(error: unknown): boolean {
  return isAppError(error) && LOST.test(error.reason ?? '')
}
