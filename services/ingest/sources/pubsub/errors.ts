import { localFault, NO_CREDENTIALS_REMEDY, oneLine, refusedAccount } from '#clouds/gcp/faults.ts'
import { grpcStatus } from '#clouds/gcp/grpc.ts'
import { AppError, type ErrorCode } from '#core/errors.ts'

interface VendorError {
  readonly code?: unknown
  readonly message?: string
  readonly details?: string
  readonly reason?: string
}

const UNAUTHENTICATED = 16
const FAILED_PRECONDITION = 9
/** The failed call: the permission that it needs, and the resource. */
export interface Attempt {
  readonly permission: string
  /** The full name of a subscription or topic. */
  readonly resource: string
}

/** The `AppError` for an answer of Pub/Sub, its SDK or the network. */
export function pubsubError(error: unknown, { permission, resource }: Attempt): AppError {
  if (error instanceof AppError) return error
  const vendor: VendorError = typeof error === 'object' && error !== null ? error : {}
  const says = oneLine(vendor.details ?? vendor.message)
  const fail = (code: ErrorCode, message: string, reason: string) =>
    new AppError(code, `${resource}: ${message}`, { cause: error, reason })

  const fault = localFault(says)
  if (fault === 'no_credentials') return fail('denied', NO_CREDENTIALS_REMEDY, 'no_credentials')
  if (fault === 'untrusted') return fail('invalid', "the endpoint's certificate is not trusted", 'tls_untrusted')
  if (typeof vendor.code !== 'number') {
    if (localFault(`${String(vendor.code)} ${says}`) === null)
      return fail('internal', 'the Pub/Sub client failed', 'unknown')
    return fail('unavailable', 'the connection failed', 'connection')
  }
  const code = grpcStatus(vendor.code)?.code ?? 'internal'
  const reason = `grpc_${vendor.code}`
  if (vendor.code === UNAUTHENTICATED) {
    return fail('denied', 'Pub/Sub does not accept the credentials: renew them', 'unauthenticated')
  }
  if (vendor.code === FAILED_PRECONDITION && /KMS/i.test(says)) {
    const message = `its messages cannot be read under their key (${says}): enable the key, or let the Pub/Sub agent use it`
    return fail('denied', message, 'kms_key_unusable')
  }
  if (code === 'denied') {
    const message = `${refusedAccount(says)} lacks ${permission}: grant a role that has it (Pub/Sub says: ${says})`
    return fail('denied', message, vendor.reason ?? 'permission_denied')
  }
  if (code === 'not_found') return fail(code, 'does not exist: create it, or correct its name', reason)
  if (code === 'throttled') return fail(code, `a quota is used up, slow down or have it raised (${says})`, reason)
  if (code === 'unavailable') return fail(code, `Pub/Sub does not answer (${says})`, reason)
  return fail(code, says, reason)
}
