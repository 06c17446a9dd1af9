import type { AppError } from '#core/errors.ts'
import { keyError, networkRefusal, type KeyCall, type Refusal } from '../errors.ts'

/** https://grpc.io/docs/guides/status-codes/ */
const REFUSALS: Readonly<Record<number, readonly [string, Refusal]>> = {
  1: ['CANCELLED', 'unavailable'],
  2: ['UNKNOWN', 'unavailable'],
  3: ['INVALID_ARGUMENT', 'bad_request'],
  4: ['DEADLINE_EXCEEDED', 'unavailable'],
  5: ['NOT_FOUND', 'key_destroyed'],
  7: ['PERMISSION_DENIED', 'access_denied'],
  8: ['RESOURCE_EXHAUSTED', 'throttled'],
  9: ['FAILED_PRECONDITION', 'key_state'],
  10: ['ABORTED', 'unavailable'],
  13: ['INTERNAL', 'unavailable'],
  14: ['UNAVAILABLE', 'unavailable'],
  16: ['UNAUTHENTICATED', 'credentials'],
}

const STATES: Readonly<Record<string, Refusal>> = {
  DISABLED: 'key_disabled',
  DESTROY_SCHEDULED: 'key_pending_deletion',
  DESTROYED: 'key_destroyed',
}

const CREDENTIALS = /Could not load the default credentials|invalid_grant|invalid_client|unauthorized_client/
const CERTIFICATE = /certificate|self.signed|CERT_|ERR_TLS/i

const PERMISSION_DENIED = 7

export function isDenied(error: unknown): boolean {
  return codeOf(error) === PERMISSION_DENIED
}

/** Errors of Cloud KMS over gRPC. It names the permission that was missing, not who lacked it: that is for the caller. */
export function gcpKmsError(error: unknown, call: KeyCall, identity?: string): AppError {
  const code = codeOf(error)
  const message = error instanceof Error ? error.message : ''
  const [says, general] = REFUSALS[code] ?? [undefined, undefined]
  const permission = /Permission '([\w.]+)' denied/.exec(message)?.[1]
  const refusal = special(code, message) ?? general ?? networkRefusal(error) ?? 'unexpected'
  return keyError(refusal, call, { cause: error, identity, permission, says })
}

function codeOf(error: unknown): number {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' ? error.code : 0
}

/** What a status code leaves open. */
function special(code: number, message: string): Refusal | undefined {
  if (CREDENTIALS.test(message)) return 'credentials'
  if (code === 3 && /checksum/i.test(message)) return 'checksum'
  if (code === 3 && /verify that 'name' refers to the correct/i.test(message)) return 'unknown_key'
  if (code === 3 && /Decryption failed|ciphertext/i.test(message)) return 'wrong_context'
  if (code === 9) return STATES[/current state is: (\w+)/.exec(message)?.[1] ?? '']
  if (code === 14 && CERTIFICATE.test(message)) return 'tls'
  return undefined
}
