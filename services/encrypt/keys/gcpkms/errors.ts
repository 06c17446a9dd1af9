import { localFault } from '#clouds/gcp/faults.ts'
import { grpcStatus } from '#clouds/gcp/grpc.ts'
import type { AppError } from '#core/errors.ts'
import { keyError, networkRefusal, type KeyCall, type Refusal } from '../errors.ts'

/** By the names of gRPC's statuses. Statuses that are missing here say nothing about a key. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  CANCELLED: 'unavailable',
  UNKNOWN: 'unavailable',
  INVALID_ARGUMENT: 'bad_request',
  DEADLINE_EXCEEDED: 'unavailable',
  NOT_FOUND: 'key_destroyed',
  PERMISSION_DENIED: 'access_denied',
  RESOURCE_EXHAUSTED: 'throttled',
  FAILED_PRECONDITION: 'key_state',
  ABORTED: 'unavailable',
  UNIMPLEMENTED: 'wrong_endpoint',
  INTERNAL: 'unavailable',
  UNAVAILABLE: 'unavailable',
  UNAUTHENTICATED: 'credentials',
}

const STATES: Readonly<Record<string, Refusal>> = {
  DISABLED: 'key_disabled',
  DESTROY_SCHEDULED: 'key_pending_deletion',
  DESTROYED: 'key_destroyed',
}

const CERTIFICATE = /certificate|self.signed|CERT_|ERR_TLS/i

export function isDenied(error: unknown): boolean {
  return statusOf(error) === 'PERMISSION_DENIED'
}

/** Maps errors of Cloud KMS over gRPC. It names the missing permission but not who lacked it, so the caller adds the identity. */
export function gcpKmsError(error: unknown, call: KeyCall, identity?: string): AppError {
  const status = statusOf(error)
  const message = error instanceof Error ? error.message : ''
  const general = status === undefined ? undefined : REFUSALS[status]
  const says = general === undefined ? undefined : status
  const permission = /Permission '([\w.]+)' denied/.exec(message)?.[1]
  const refusal = special(status, message) ?? general ?? networkRefusal(error) ?? 'unexpected'
  return keyError(refusal, call, { cause: error, identity, permission, says })
}

function statusOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? grpcStatus(error.code)?.name : undefined
}

/** Distinguishes cases for which Cloud KMS uses the same status. */
function special(status: string | undefined, message: string): Refusal | undefined {
  if (localFault(message) === 'no_credentials') return 'credentials'
  if (status === 'INVALID_ARGUMENT' && /checksum/i.test(message)) return 'checksum'
  if (status === 'INVALID_ARGUMENT' && /verify that 'name' refers to the correct/i.test(message)) return 'unknown_key'
  if (status === 'INVALID_ARGUMENT' && /Decryption failed|ciphertext/i.test(message)) return 'wrong_context'
  if (status === 'FAILED_PRECONDITION') return STATES[/current state is: (\w+)/.exec(message)?.[1] ?? '']
  if (status === 'UNAVAILABLE' && CERTIFICATE.test(message)) return 'tls'
  // gRPC reports an answer that was not gRPC in these words; 429 and 502 to 504 become UNAVAILABLE
  if ((status === 'UNKNOWN' || status === 'INTERNAL') && /Received HTTP status code/.test(message))
    return 'wrong_endpoint'
  return undefined
}
