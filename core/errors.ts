/**
 * The one error type. Whether an operation is retried follows from the code alone:
 * `unavailable` and `throttled` are retried, every other code is final.
 */
export const ERROR_CODES = [
  'invalid', // the input, the configuration or the call is wrong; the message says what to do
  'not_found', // what was named does not exist
  'conflict', // somebody else wrote first, or holds what was asked for
  'denied', // the identity lacks a permission, or a key is disabled
  'unavailable', // a dependency does not answer; try again
  'throttled', // a dependency asks to slow down; try again later
  'corrupt', // stored bytes are not what was written: a digest, signature, tag or chain does not verify
  'internal', // a defect of this program
] as const

export type ErrorCode = (typeof ERROR_CODES)[number]

export interface AppErrorOptions {
  readonly cause?: unknown
  /** A finer, stable reason, such as `commitment_mismatch`; never data. */
  readonly reason?: string | undefined
}

/** The one error class. Messages name paths, ids, key ids and positions; never a payload, never key material. */
export class AppError extends Error {
  readonly code: ErrorCode
  readonly reason: string | undefined

  constructor(code: ErrorCode, message: string, options: AppErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'AppError'
    this.code = code
    this.reason = options.reason
  }
}

export function isAppError(error: unknown, code?: ErrorCode): error is AppError {
  return error instanceof AppError && (code === undefined || error.code === code)
}

export function isRetryable(error: unknown): boolean {
  return isAppError(error) && (error.code === 'unavailable' || error.code === 'throttled')
}

/** What may be reported of any error in an event, a metric or the catalog. */
export interface ErrorReport {
  readonly code: ErrorCode
  /** Empty if the error has no reason. */
  readonly reason: string
  /**
   * The message of an AppError, which never quotes a payload. The message of any other error is left out, as it may quote one.
   */
  readonly says: string
}

export function reportOf(error: unknown): ErrorReport {
  if (!isAppError(error)) return { code: 'internal', reason: '', says: 'an unexpected error' }
  return { code: error.code, reason: error.reason ?? '', says: error.message }
}
