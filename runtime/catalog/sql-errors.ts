import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'

/** By SQLSTATE, or the first two characters of it: its class (PostgreSQL documentation, appendix A). */
const CODES: Readonly<Record<string, ErrorCode>> = {
  '08': 'unavailable', // connection exception
  '23505': 'conflict', // unique violation
  '23503': 'conflict', // foreign key violation
  '28': 'denied',
  '42501': 'denied',
  '40': 'unavailable', // serialization failure, deadlock: the transaction may be tried again
  '53': 'throttled', // too many connections, out of memory
  '53100': 'unavailable', // disk full
  '55000': 'unavailable', // the database refuses connections for now
  '55P03': 'unavailable', // lock not available
  '57': 'unavailable', // shutdown, crash, not yet started
  '58': 'unavailable', // disk trouble below the database
  XX001: 'corrupt',
  XX002: 'corrupt',
}

const NETWORK = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'ENOTFOUND', 'EHOSTUNREACH', 'EAI_AGAIN'])

/**
 * The `AppError` for what a driver threw. The driver's own error is not kept as the cause: its detail, its parameters
 * and sometimes its message quote values.
 */
export function mapSqlError(error: unknown): AppError {
  if (isAppError(error)) return error
  const { code, constraint, message } = (error ?? {}) as { code?: unknown; constraint?: unknown; message?: unknown }
  if (typeof code === 'string' && NETWORK.has(code)) return new AppError('unavailable', `catalog: ${code}`)
  if (typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code)) {
    // Class 42 is about our own statement, so its message helps and quotes no value.
    const detail = code.startsWith('42') ? message : constraint
    const where = typeof detail === 'string' ? ` (${detail})` : ''
    return new AppError(CODES[code] ?? CODES[code.slice(0, 2)] ?? 'internal', `catalog: SQLSTATE ${code}${where}`, {
      reason: `sql_${code}`,
    })
  }
  // Without a SQLSTATE it is the connection that failed, and the driver's words name no values.
  if (typeof message === 'string' && /connection|timeout|closed|terminated/i.test(message)) {
    return new AppError('unavailable', 'catalog: the connection failed')
  }
  return new AppError('internal', 'catalog: the driver failed', { cause: error })
}
