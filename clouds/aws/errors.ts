import { AppError, type ErrorCode } from '#core/errors.ts'

/** The failed call, for the message. */
export interface AwsCall {
  /** The permission that the call needs: `s3:PutObject`. */
  readonly action: string
  /** The resource: `s3://bucket/key`. */
  readonly resource: string
}

/** Our code for a service's code, whatever the status. */
const CODES: { readonly [awsCode: string]: ErrorCode } = {
  AccessDenied: 'denied',
  AccountProblem: 'denied',
  AllAccessDisabled: 'denied',
  AuthFailure: 'denied',
  CredentialsProviderError: 'denied',
  ExpiredToken: 'denied',
  ExpiredTokenException: 'denied',
  InvalidAccessKeyId: 'denied',
  InvalidClientTokenId: 'denied',
  InvalidToken: 'denied',
  SignatureDoesNotMatch: 'denied',
  TokenProviderError: 'denied',
  TokenRefreshRequired: 'denied',

  NoSuchKey: 'not_found',
  NotFound: 'not_found',
  NoSuchVersion: 'not_found',

  PreconditionFailed: 'conflict',

  SlowDown: 'throttled',
  Throttling: 'throttled',
  ThrottlingException: 'throttled',
  ThrottledException: 'throttled',
  RequestLimitExceeded: 'throttled',
  RequestThrottled: 'throttled',
  RequestThrottledException: 'throttled',
  TooManyRequestsException: 'throttled',
  BandwidthLimitExceeded: 'throttled',
  'KMS.ThrottlingException': 'throttled',
  'KMS.LimitExceededException': 'throttled',

  // S3 documents each of these as transient, despite the statuses 400 and 409
  ConditionalRequestConflict: 'unavailable',
  OperationAborted: 'unavailable',
  RequestTimeout: 'unavailable',
  IncompleteBody: 'unavailable',
  BadDigest: 'unavailable', // the received bytes differ from the sent ones
  XAmzContentSHA256Mismatch: 'unavailable',
  NoSuchUpload: 'unavailable', // somebody else aborted the upload: it starts again
  'KMS.KMSInternalException': 'unavailable',
  'KMS.KeyUnavailableException': 'unavailable',
  'KMS.DependencyTimeoutException': 'unavailable',

  NoSuchBucket: 'invalid', // never `not_found`, which would mean that the object does not exist
  PermanentRedirect: 'invalid',
  AuthorizationHeaderMalformed: 'invalid',
  IllegalLocationConstraintException: 'invalid',
  RequestTimeTooSkewed: 'invalid',
  InvalidObjectState: 'invalid',
}

/** What to do, for codes with only one remedy. */
const REMEDIES: { readonly [awsCode: string]: string } = {
  CredentialsProviderError: 'no AWS credentials were found: attach a role, or log in',
  TokenProviderError: 'the AWS session is over: log in again',
  ExpiredToken: 'the AWS session is over: renew it',
  ExpiredTokenException: 'the AWS session is over: renew it',
  InvalidAccessKeyId: 'the access key is not known to AWS, or was deleted',
  SignatureDoesNotMatch: 'the secret access key does not belong to the access key id',
  NoSuchBucket: 'there is no such bucket',
  PermanentRedirect: 'the bucket is in another region: set the region',
  AuthorizationHeaderMalformed: 'the bucket is in another region: set the region',
  RequestTimeTooSkewed: 'the clock of this machine is off: set it',
  InvalidObjectState: 'the object is archived: restore it, and keep archiving rules off this prefix',
}

const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_PREMATURE_CLOSE',
  'TimeoutError',
  'AbortError',
  'ABORT_ERR',
])

/** The properties of an AWS client's error besides its message; the SDK's types promise fewer. */
interface Failure {
  readonly name?: unknown
  readonly Code?: unknown
  readonly code?: unknown
  readonly message?: unknown
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> }
}

/**
 * Maps an error of an AWS client (S3, STS) to an `AppError`. Its reason is the service's own code in snake case; its message
 * names what was refused, to whom if the service says so, and what to do.
 */
export function awsError(error: unknown, call: AwsCall): AppError {
  if (error instanceof AppError) return error
  const failure = (typeof error === 'object' && error !== null ? error : {}) as Failure
  const name = nameOf(failure)
  const { code, says } = judge(name, failure, call)
  const asked = `${call.action} on ${call.resource}`
  const request = failure.$metadata?.requestId
  const message = `${asked}: ${says}${request === undefined ? '' : ` (request ${request})`}`
  return new AppError(code, message, { cause: withoutRequest(error, name), reason: snakeCase(name) })
}

/** The client's error without the request attached to it, whose headers contain the session's token. */
function withoutRequest(error: unknown, name: string): Error {
  const { message, stack } = error instanceof Error ? error : new Error(String(error))
  const lean = new Error(message)
  lean.name = name
  if (stack !== undefined) lean.stack = stack
  return lean
}

/** The code of the service, or of the connection. */
function nameOf({ name, Code, code, $metadata }: Failure): string {
  for (const candidate of [code, Code, name]) {
    if (typeof candidate === 'string' && !['Error', 'Unknown', 'UnknownError', ''].includes(candidate)) return candidate
  }
  return $metadata?.httpStatusCode === undefined ? 'unknown' : `Http${$metadata.httpStatusCode}`
}

function judge(name: string, failure: Failure, call: AwsCall): { readonly code: ErrorCode; readonly says: string } {
  const status = failure.$metadata?.httpStatusCode ?? 0
  const text = typeof failure.message === 'string' ? failure.message : ''
  const remedy = REMEDIES[name]
  if (UNREACHABLE.has(name)) return { code: 'unavailable', says: `no answer (${name})` }
  const tls = tlsFault(name)
  if (tls !== null) return { code: 'invalid', says: `${tls} (${name}): is the endpoint the right one?` }
  if (text === 'Region is missing') return { code: 'invalid', says: 'no region: set the region of the bucket' }
  const region = failure.$response?.headers?.['x-amz-bucket-region']
  if (status === 301 && region !== undefined)
    return { code: 'invalid', says: `the bucket is in ${region}: set the region` }
  const code = CODES[name] ?? byPrefix(name) ?? byStatus(status)
  if (remedy !== undefined) return { code, says: remedy }
  if (code === 'denied') return { code, says: refusal(name, text, call) }
  return { code, says: `${name}${status === 0 ? '' : ` (${status})`}` }
}

/** KMS faults that S3 passes on are final unless listed above: the key is disabled or gone, or this identity may not use it. */
function byPrefix(name: string): ErrorCode | undefined {
  return name.startsWith('KMS.') ? 'denied' : undefined
}

function byStatus(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'denied'
  if (status === 404) return 'not_found'
  if (status === 412) return 'conflict'
  if (status === 429) return 'throttled'
  if (status === 408 || status === 409 || (status >= 500 && status !== 501)) return 'unavailable'
  return status >= 300 ? 'invalid' : 'internal'
}

/**
 * Who was refused what. AWS writes `User: <arn> is not authorized to perform: <action> on resource: …`. The action may differ
 * from the called one: writing under a KMS key needs `kms:GenerateDataKey`.
 */
function refusal(name: string, text: string, call: AwsCall): string {
  if (name.startsWith('KMS.')) return `the KMS key cannot be used (${name.slice('KMS.'.length)})`
  const [, identity] = /User: (arn:\S+) is not authorized/.exec(text) ?? []
  const [, action = call.action, on] =
    /not authorized to perform: ([\w-]+:\w+)(?: on resource: "?([^\s"]+))?/.exec(text) ?? []
  const who = identity === undefined ? 'the identity in use' : identity
  const where = on === undefined || action === call.action ? '' : ` on ${on}`
  const why = /explicit deny/.test(text) ? 'is explicitly denied' : 'lacks'
  const absent =
    call.action === 's3:GetObject'
      ? '; without s3:ListBucket (free of conditions on the prefix) S3 answers so for absent objects too'
      : ''
  return `${who} ${why} ${action}${where}: grant it in its policy, and in the bucket's or key's${absent}`
}

function tlsFault(name: string): string | null {
  if (/^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|ERR_TLS_CERT_)/.test(name))
    return "the server's certificate does not verify"
  return /^(EPROTO$|ERR_SSL_|ERR_TLS_)/.test(name) ? 'the server does not speak TLS 1.2 or newer' : null
}

function snakeCase(name: string): string {
  return name
    .replace(/[^A-Za-z0-9]+/g, '_')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
}
