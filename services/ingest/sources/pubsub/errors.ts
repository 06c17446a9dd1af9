import { AppError, type ErrorCode } from '#core/errors.ts'

interface VendorError {
  readonly code?: unknown
  readonly message?: string
  readonly details?: string
  readonly reason?: string
}

/** https://grpc.io/docs/guides/status-codes/ */
const CODES: { readonly [code: number]: ErrorCode } = {
  1: 'unavailable', // CANCELLED
  2: 'unavailable', // UNKNOWN
  3: 'invalid', // INVALID_ARGUMENT
  4: 'unavailable', // DEADLINE_EXCEEDED
  5: 'not_found', // NOT_FOUND
  6: 'conflict', // ALREADY_EXISTS
  7: 'denied', // PERMISSION_DENIED
  8: 'throttled', // RESOURCE_EXHAUSTED
  9: 'invalid', // FAILED_PRECONDITION
  10: 'unavailable', // ABORTED
  11: 'invalid', // OUT_OF_RANGE
  12: 'invalid', // UNIMPLEMENTED
  13: 'unavailable', // INTERNAL
  14: 'unavailable', // UNAVAILABLE
  15: 'corrupt', // DATA_LOSS
  16: 'denied', // UNAUTHENTICATED
}

const UNAUTHENTICATED = 16
const FAILED_PRECONDITION = 9
const NO_CREDENTIALS =
  /Could not load the default credentials|Unable to read the credential file|invalid_grant|invalid_client|unauthorized_client/
const TLS =
  /CERT_|_CERT|SELF_SIGNED|self.signed certificate|UNABLE_TO_(VERIFY|GET)|unable to (verify|get)|wrong version number/
const SOCKET = /ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|socket hang up|network/

/** What was tried: the permission it takes, and on what. */
export interface Attempt {
  readonly permission: string
  /** The full name of a subscription or topic. */
  readonly resource: string
}

/** The `AppError` for what Pub/Sub, its SDK or the network answered. */
export function pubsubError(error: unknown, { permission, resource }: Attempt): AppError {
  if (error instanceof AppError) return error
  const vendor: VendorError = typeof error === 'object' && error !== null ? error : {}
  const says = oneLine(vendor.details ?? vendor.message)
  const fail = (code: ErrorCode, message: string, reason: string) =>
    new AppError(code, `${resource}: ${message}`, { cause: error, reason })

  if (NO_CREDENTIALS.test(says)) {
    const message = 'no usable Google credentials: run as a service account, or set GOOGLE_APPLICATION_CREDENTIALS'
    return fail('denied', message, 'no_credentials')
  }
  if (TLS.test(says)) return fail('invalid', 'the certificate of the endpoint is not trusted', 'tls_untrusted')
  if (typeof vendor.code !== 'number') {
    if (SOCKET.test(`${String(vendor.code)} ${says}`)) return fail('unavailable', 'the connection failed', 'connection')
    return fail('internal', 'the Pub/Sub client failed', 'unknown')
  }
  const code = CODES[vendor.code] ?? 'internal'
  const reason = `grpc_${vendor.code}`
  if (vendor.code === UNAUTHENTICATED) {
    return fail('denied', 'Pub/Sub does not accept the credentials: renew them', 'unauthenticated')
  }
  if (vendor.code === FAILED_PRECONDITION && /KMS/i.test(says)) {
    const message = `its messages cannot be read under their key (${says}): enable the key, or let the Pub/Sub agent use it`
    return fail('denied', message, 'kms_key_unusable')
  }
  if (code === 'denied') {
    const who = /[\w.+-]+@[\w.-]+\w/.exec(says)?.[0] ?? 'this identity'
    const message = `${who} lacks ${permission}: grant a role that has it (Pub/Sub says: ${says})`
    return fail('denied', message, vendor.reason ?? 'permission_denied')
  }
  if (code === 'not_found') return fail(code, 'does not exist: create it, or correct its name', reason)
  if (code === 'throttled') return fail(code, `a quota is used up, slow down or have it raised (${says})`, reason)
  if (code === 'unavailable') return fail(code, `Pub/Sub does not answer (${says})`, reason)
  return fail(code, says, reason)
}

function oneLine(text: string | undefined): string {
  return (text ?? '').replace(/\s+/g, ' ').trim().slice(0, 300)
}
