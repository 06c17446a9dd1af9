import { AppError, type ErrorCode } from '#core/errors.ts'
import { localFault, NO_CREDENTIALS_REMEDY, oneLine, refusedAccount } from './faults.ts'
import { grpcStatus } from './grpc.ts'

/** The properties of errors of Google's SDKs: JSON APIs have HTTP statuses and reasons, gRPC has its own codes. */
interface VendorError {
  readonly code?: number | string
  readonly status?: number
  readonly type?: string
  readonly message?: string
  readonly errors?: readonly { readonly reason?: string; readonly message?: string }[]
  readonly response?: { readonly status?: number; readonly statusCode?: number; readonly data?: unknown }
}

const STATUSES: { readonly [status: number]: ErrorCode } = {
  400: 'invalid',
  401: 'denied',
  403: 'denied',
  404: 'not_found',
  408: 'unavailable',
  409: 'conflict',
  410: 'unavailable', // an upload session that has ended: start again
  412: 'conflict',
  413: 'invalid',
  429: 'throttled',
}

const THROTTLED_REASONS = /^(rateLimitExceeded|userRateLimitExceeded|quotaExceeded|jobRateLimitExceeded)$/

/** The `AppError` for a failed call of a JSON API (Cloud Storage, BigQuery's REST); `what` names the action. */
export function restError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error
  const vendor = asVendorError(error)
  const status = httpStatus(vendor)
  const told = tellingOf(vendor)
  const known = localError(vendor, what, error)
  if (status === undefined && known !== undefined) return known
  const reason = told.reason ?? (status === undefined ? 'unknown' : `http_${status}`)
  const options = { cause: error, reason }
  if (localFault(vendor.message ?? '') === 'no_credentials') return noCredentials(what, error)
  if (status === undefined) return new AppError('internal', `${what}: failed`, options)
  if (THROTTLED_REASONS.test(reason))
    return new AppError('throttled', `${what}: asked to slow down (${reason})`, options)
  const code = status >= 500 ? 'unavailable' : (STATUSES[status] ?? 'invalid')
  return describe(code, what, told.message, options)
}

/** The `AppError` for a failed gRPC call (BigQuery's Storage Write API). */
export function grpcError(error: unknown, what: string): AppError {
  if (error instanceof AppError) return error
  const vendor = asVendorError(error)
  const fault = localFault(vendor.message ?? '')
  if (fault === 'no_credentials') return noCredentials(what, error)
  if (typeof vendor.code !== 'number') return localError(vendor, what, error) ?? internal(what, error)
  // a refused certificate is reported as UNAVAILABLE
  if (fault === 'untrusted') return untrusted(what, error)
  const options = { cause: error, reason: `grpc_${vendor.code}` }
  return describe(grpcStatus(vendor.code)?.code ?? 'internal', what, oneLine(vendor.message), options)
}

/** The HTTP status of a JSON API's error, if any. */
export function statusOf(error: unknown): number | undefined {
  return httpStatus(asVendorError(error))
}

function describe(
  code: ErrorCode,
  what: string,
  message: string,
  options: { readonly cause: unknown; readonly reason: string },
): AppError {
  if (/KMS|CryptoKey/i.test(message) && (code === 'invalid' || code === 'denied')) {
    const text = `${what}: the key cannot be used: ${message}; enable it, or let the service agent use it`
    return new AppError('denied', text, { ...options, reason: 'kms_key_unusable' })
  }
  if (code === 'denied') return refusal(what, message, options)
  if (code === 'throttled') return new AppError(code, `${what}: asked to slow down (${options.reason})`, options)
  if (code === 'invalid') return new AppError(code, `${what}: ${message || options.reason}`, options)
  return new AppError(code, `${what}: ${options.reason}`, options)
}

/** A message that names who was refused what, as far as the service says. */
function refusal(
  what: string,
  message: string,
  options: { readonly cause: unknown; readonly reason: string },
): AppError {
  const permission = /\b(?:storage|bigquery|cloudkms)\.\w+\.\w+\b/.exec(message)?.[0]
  const who = refusedAccount(message)
  const text =
    permission === undefined
      ? `${what}: refused: ${message || options.reason}`
      : `${what}: ${who} lacks ${permission}: grant a role that has it`
  return new AppError('denied', text, options)
}

/** The `AppError` for a failure on this side of the connection, if it was one. */
function localError(vendor: VendorError, what: string, cause: unknown): AppError | undefined {
  const code = [vendor.code, vendor.type, vendor.message].filter((part) => typeof part === 'string').join(' ')
  const fault = localFault(code)
  if (fault === 'no_credentials') return noCredentials(what, cause)
  if (fault === 'untrusted') return untrusted(what, cause)
  if (fault === null) return undefined
  const reason = typeof vendor.code === 'string' ? vendor.code.toLowerCase() : 'connection'
  return new AppError('unavailable', `${what}: the connection failed (${reason})`, { cause, reason })
}

function untrusted(what: string, cause: unknown): AppError {
  return new AppError('invalid', `${what}: the endpoint's certificate is not trusted`, {
    cause,
    reason: 'tls_untrusted',
  })
}

function noCredentials(what: string, cause: unknown): AppError {
  return new AppError('denied', `${what}: ${NO_CREDENTIALS_REMEDY}`, { cause, reason: 'no_credentials' })
}

function internal(what: string, cause: unknown): AppError {
  return new AppError('internal', `${what}: failed`, { cause, reason: 'unknown' })
}

function asVendorError(error: unknown): VendorError {
  return typeof error === 'object' && error !== null ? error : {}
}

function httpStatus(vendor: VendorError): number | undefined {
  const candidates = [vendor.code, vendor.status, vendor.response?.status, vendor.response?.statusCode]
  return candidates.map(Number).find((status) => Number.isInteger(status) && status >= 300 && status < 600)
}

/** The service's reason and message, wherever the SDK has put them. */
function tellingOf(vendor: VendorError): { readonly reason: string | undefined; readonly message: string } {
  const body = parsed(vendor.response?.data) ?? parsed(vendor.message)
  const errors = vendor.errors ?? []
  const nested = (errors[0] ?? {}) as { error?: VendorError }
  const inner = body?.error ?? nested.error
  const first = inner?.errors?.[0] ?? errors[0]
  return { reason: first?.reason, message: oneLine(inner?.message ?? first?.message ?? vendor.message) }
}

function parsed(body: unknown): { readonly error?: VendorError } | undefined {
  if (typeof body === 'object' && body !== null) return body
  if (typeof body !== 'string' || !body.startsWith('{')) return undefined
  try {
    return JSON.parse(body) as { error?: VendorError }
  } catch {
    return undefined
  }
}
