import { AppError, type ErrorCode } from '#core/errors.ts'

/** The failed call: a permission and a resource. */
export interface KinesisCall {
  /** `kinesis:GetRecords` */
  readonly action: string
  /** The ARN or name of a stream or consumer, with the shard if there is one. */
  readonly resource: string
}

interface Meaning {
  readonly code: ErrorCode
  readonly reason: string
  readonly says: (call: KinesisCall, detail: string) => string
}

/** The reason of an error that means: get a new iterator. */
export const EXPIRED_ITERATOR = 'expired_iterator'

const throttled: Meaning = {
  code: 'throttled',
  reason: 'throttled',
  says: ({ action, resource }) => `${resource}: the limits of ${action} are used up; add shards or readers' intervals`,
}
/** A stream may have 20 consumers, and waiting does not change that. */
const tooManyConsumers: Meaning = {
  code: 'denied',
  reason: 'consumer_limit',
  says: ({ resource }, detail) =>
    `${resource} cannot be registered, for its stream has all the consumers it may: take one away, or set mode: polling${detail}`,
}
const notFound: Meaning = {
  code: 'not_found',
  reason: 'not_found',
  says: ({ action, resource }, detail) =>
    `${resource} is not there (${action}); check name, account and region${detail}`,
}
const refused: Meaning = {
  code: 'denied',
  reason: 'permission',
  says: ({ action, resource }, detail) =>
    `${action} on ${resource} was refused; allow it to the identity in use${detail}`,
}
const unknownIdentity: Meaning = {
  code: 'denied',
  reason: 'credentials',
  says: ({ action, resource }, detail) =>
    `${action} on ${resource} was refused, for the credentials are missing, wrong or expired; renew them${detail}`,
}
const keyUnusable: Meaning = {
  code: 'denied',
  reason: 'stream_key',
  says: ({ action, resource }, detail) =>
    `${action} on ${resource} was refused, for the key of the stream cannot be used; enable it, or allow kms:Decrypt${detail}`,
}
const inUse: Meaning = {
  code: 'unavailable',
  reason: 'in_use',
  says: ({ action, resource }) => `${resource} is being changed or used by another reader; ${action} has to wait`,
}
const invalid: Meaning = {
  code: 'invalid',
  reason: 'invalid_call',
  says: ({ action, resource }, detail) => `${action} on ${resource} is not valid${detail}`,
}
const expiredIterator: Meaning = { ...invalid, reason: EXPIRED_ITERATOR }
const untrusted: Meaning = {
  code: 'invalid',
  reason: 'untrusted_certificate',
  says: ({ action, resource }, detail) =>
    `${action} on ${resource}: the endpoint's certificate is not trusted; check the endpoint, or NODE_EXTRA_CA_CERTS${detail}`,
}
const noRegion: Meaning = {
  code: 'invalid',
  reason: 'no_region',
  says: ({ resource }) => `the region of ${resource} is not known; configure it, or name the stream by its ARN`,
}
const unavailable: Meaning = {
  code: 'unavailable',
  reason: 'unavailable',
  says: ({ action, resource }, detail) => `${resource} does not answer ${action}; is the endpoint reachable?${detail}`,
}

/** Errors by the names that the service and the SDK use. */
const NAMES: readonly (readonly [Meaning, string])[] = [
  [throttled, 'ProvisionedThroughputExceededException LimitExceededException KMSThrottlingException'],
  [throttled, 'ThrottlingException Throttling RequestLimitExceeded TooManyRequestsException'],
  [notFound, 'ResourceNotFoundException'],
  [refused, 'AccessDeniedException AccessDenied NotAuthorized OptInRequired'],
  [unknownIdentity, 'UnrecognizedClientException InvalidClientTokenId InvalidSignatureException SignatureDoesNotMatch'],
  [unknownIdentity, 'MissingAuthenticationTokenException MissingAuthenticationToken IncompleteSignatureException'],
  [unknownIdentity, 'IncompleteSignature RequestExpired ExpiredTokenException ExpiredToken'],
  [unknownIdentity, 'CredentialsProviderError TokenProviderError'],
  [keyUnusable, 'KMSAccessDeniedException KMSDisabledException KMSInvalidStateException KMSNotFoundException'],
  [keyUnusable, 'KMSOptInRequired'],
  [inUse, 'ResourceInUseException'],
  [invalid, 'InvalidArgumentException ValidationException SerializationException UnknownOperationException'],
  [expiredIterator, 'ExpiredIteratorException'],
  [unavailable, 'InternalFailureException InternalFailure ServiceUnavailable ServiceUnavailableException'],
  [unavailable, 'TimeoutError RequestTimeout RequestTimeoutException'],
]
const BY_NAME = new Map(NAMES.flatMap(([meaning, names]) => names.split(' ').map((name) => [name, meaning] as const)))

// An expired certificate, a host name that it does not contain, or an issuer that is not trusted.
const UNTRUSTED = /CERT|SELF[_-]SIGNED|ALTNAME|UNABLE_TO_VERIFY|unable to verify|self-signed|certificate/
const NETWORK =
  /^(ECONN|ETIMEDOUT|EPIPE|EAI_AGAIN|ENOTFOUND|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ERR_HTTP2|ERR_STREAM_PREMATURE|ERR_SSL|EPROTO)/

/** Maps an SDK error to an `AppError`; an `AppError` is returned as it is. Messages name the call and the service's answer. */
export function kinesisError(error: unknown, call: KinesisCall): AppError {
  if (error instanceof AppError) return error
  const { code, reason, says } = meaningOf(error, call)
  const said = error instanceof Error && saysMore(error) ? ` (${firstLine(error.message)})` : ''
  return new AppError(code, says(call, said), { cause: withoutResponse(error), reason })
}

/** Removes the whole exchange, including credentials, which the SDK attaches to its errors. */
function withoutResponse(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  const { name, message, stack } = error
  return Object.assign(new Error(firstLine(message)), { name, ...(stack === undefined ? {} : { stack }) })
}

function meaningOf(error: unknown, { action }: KinesisCall): Meaning {
  if (!(error instanceof Error)) return defect
  if (error.name === 'LimitExceededException' && action === 'kinesis:RegisterStreamConsumer') return tooManyConsumers
  const known = BY_NAME.get(error.name)
  if (known) return known
  if (error.message.startsWith('Region is missing')) return noRegion
  const { code = '', $metadata } = error as Error & { code?: unknown; $metadata?: { httpStatusCode?: number } }
  if (UNTRUSTED.test(String(code)) || (String(code).startsWith('ERR_HTTP2') && UNTRUSTED.test(error.message))) {
    return untrusted
  }
  if (
    NETWORK.test(String(code)) ||
    /HTTP\/2 (session|stream|request)|socket hang up|aborted|closed/.test(error.message)
  ) {
    return unavailable
  }
  const status = $metadata?.httpStatusCode
  if (status === undefined) return defect
  if (status === 429) return throttled
  if (status === 401 || status === 403) return refused
  return status >= 500 ? unavailable : status >= 400 ? invalid : unavailable
}

const defect: Meaning = {
  code: 'internal',
  reason: 'unexpected',
  says: ({ action, resource }, detail) => `${action} on ${resource} failed unexpectedly${detail}`,
}

/** Whether the service's own message says who, what and why. */
function saysMore(error: Error): boolean {
  return error.message !== '' && error.message !== 'UnknownError'
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!.slice(0, 300)
}
