import type { AppError } from '#core/errors.ts'
import { keyError, networkRefusal, type KeyCall, type Refusal } from '../errors.ts'

/** AWS KMS API reference, "Common Errors" and the errors of each action. Only throttling and 5xx are worth a retry. */
const REFUSALS: Readonly<Record<string, Refusal>> = {
  AccessDeniedException: 'access_denied',
  AccessDenied: 'access_denied',
  NotAuthorized: 'access_denied',
  OptInRequired: 'access_denied',
  InvalidGrantTokenException: 'access_denied',
  UnrecognizedClientException: 'credentials',
  InvalidClientTokenId: 'credentials',
  MissingAuthenticationToken: 'credentials',
  MissingAuthenticationTokenException: 'credentials',
  IncompleteSignature: 'credentials',
  InvalidSignatureException: 'credentials',
  ExpiredToken: 'credentials',
  ExpiredTokenException: 'credentials',
  RequestExpired: 'credentials',
  CredentialsProviderError: 'credentials',
  TokenProviderError: 'credentials',
  DisabledException: 'key_disabled',
  NotFoundException: 'key_destroyed',
  IncorrectKeyException: 'unknown_key',
  InvalidCiphertextException: 'wrong_context',
  LimitExceededException: 'rotation_limit',
  ConflictException: 'rotation_in_progress',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  RequestLimitExceeded: 'throttled',
  TooManyRequestsException: 'throttled',
  KMSInternalException: 'unavailable',
  DependencyTimeoutException: 'unavailable',
  KeyUnavailableException: 'unavailable',
  InternalFailure: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ValidationException: 'bad_request',
  ValidationError: 'bad_request',
  InvalidArnException: 'bad_request',
  InvalidKeyUsageException: 'bad_request',
  UnsupportedOperationException: 'bad_request',
}

export function awsKmsError(error: unknown, call: KeyCall): AppError {
  const name = error instanceof Error ? error.name : ''
  const message = error instanceof Error ? error.message : ''
  const refusal = refusalOf(error, name, message)
  // "User: <arn> is not authorized to perform: <action> on resource: <arn> because …"
  const [, identity, permission] = /User: (\S+) is not authorized to perform: (kms:\w+)/.exec(message) ?? []
  return keyError(refusal, call, { cause: error, identity, permission, says: name === '' ? undefined : name })
}

function refusalOf(error: unknown, name: string, message: string): Refusal {
  if (name === 'KMSInvalidStateException') {
    if (/pending deletion/i.test(message)) return 'key_pending_deletion'
    return /is disabled/i.test(message) ? 'key_disabled' : 'key_state'
  }
  const known = REFUSALS[name]
  if (known !== undefined) return known
  const network = networkRefusal(error)
  if (network !== null) return network
  const status = statusOf(error)
  // an HTML page instead of JSON
  if (status === 501 || (name === 'SyntaxError' && status > 0 && status < 500 && status !== 429))
    return 'wrong_endpoint'
  if (status === 429) return 'throttled'
  return status >= 500 ? 'unavailable' : 'unexpected'
}

function statusOf(error: unknown): number {
  if (!(error instanceof Error) || !('$metadata' in error)) return 0
  const metadata = error.$metadata as { readonly httpStatusCode?: number } | undefined
  return metadata?.httpStatusCode ?? 0
}
