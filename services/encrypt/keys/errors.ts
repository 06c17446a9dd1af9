import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import type { KeyContext } from '../keyring.ts'

/** What a call to a key service was about, for the one line that a person reads if it fails. */
export interface KeyCall {
  /** `AWS KMS`, `Key Vault`, `Cloud KMS`. */
  readonly service: string
  /** The key's full id. */
  readonly key: string
  /** The permission that the call needs, as the service names it. */
  readonly permission: string
}

/** Everything that a key service can refuse, under one name for all services. */
export type Refusal =
  | 'access_denied'
  | 'credentials'
  | 'key_disabled'
  | 'key_pending_deletion'
  | 'key_destroyed'
  | 'key_state'
  | 'key_expired'
  | 'key_not_yet_valid'
  | 'key_operation'
  | 'unknown_key'
  | 'wrong_context'
  | 'wrap_altered'
  | 'checksum'
  | 'rotation_limit'
  | 'rotation_in_progress'
  | 'tls'
  | 'throttled'
  | 'unavailable'
  | 'bad_request'
  | 'wrong_endpoint'
  | 'unexpected'

const CODES: Readonly<Record<Refusal, ErrorCode>> = {
  access_denied: 'denied',
  credentials: 'denied',
  key_disabled: 'denied',
  key_pending_deletion: 'denied',
  key_destroyed: 'not_found',
  key_state: 'denied',
  key_expired: 'denied',
  key_not_yet_valid: 'denied',
  key_operation: 'denied',
  unknown_key: 'not_found',
  wrong_context: 'corrupt',
  wrap_altered: 'corrupt',
  checksum: 'unavailable', // the bytes were damaged in transit: the next attempt may succeed
  rotation_limit: 'denied',
  rotation_in_progress: 'unavailable',
  tls: 'denied',
  throttled: 'throttled',
  unavailable: 'unavailable',
  bad_request: 'invalid',
  wrong_endpoint: 'invalid',
  unexpected: 'internal',
}

export interface RefusalDetails {
  readonly cause?: unknown
  /** Who was refused, if the service says so. */
  readonly identity?: string | undefined
  /** The permission that the service names, if any. */
  readonly permission?: string | undefined
  /** The service's own code for it. */
  readonly says?: string | undefined
}

/**
 * The error in one line: which key, which identity, which permission, and what to do. Never contains a key, a wrap or a token.
 */
export function keyError(refusal: Refusal, call: KeyCall, details: RefusalDetails = {}): AppError {
  const says = details.says === undefined ? '' : ` (${details.says})`
  const message = `${sentence(refusal, call, details)}${says}`
  return new AppError(CODES[refusal], message, {
    reason: refusal,
    cause: details.cause,
  })
}

function sentence(refusal: Refusal, { service, key, permission: asked }: KeyCall, details: RefusalDetails): string {
  const { identity = 'this identity', permission = asked } = details
  const during = `${permission} on ${key}`
  switch (refusal) {
    case 'access_denied':
      return `${service} refuses ${during} to ${identity}: grant it that permission on the key`
    case 'credentials':
      return `${service} does not accept the credentials for ${during}: renew them, or give others`
    case 'key_disabled':
      return `${key} is disabled in ${service}, so ${permission} fails for everybody: enable it again`
    case 'key_pending_deletion':
      return `${key} is scheduled for deletion in ${service}, so ${permission} fails: cancel that while there is time`
    case 'key_destroyed':
      return `${service} has no ${key}, or no longer: check the name, the account and the place it is in (${permission})`
    case 'key_state':
      return `${key} is in a state in which ${service} refuses ${permission}: look at the key there`
    case 'key_expired':
      return `${key} has expired in ${service}, so ${permission} fails for everybody: set a later end, or rotate it`
    case 'key_not_yet_valid':
      return `${key} is not valid yet in ${service}, so ${permission} fails for everybody: set an earlier start`
    case 'key_operation':
      return `${key} does not allow ${permission} to anybody in ${service}: add that operation to the key`
    case 'unknown_key':
      return `this was wrapped under another key than ${key} of ${service}: name that one among the former keys`
    case 'wrong_context':
      return `a wrap does not open under ${key} of ${service}: it was altered, or belongs to another record`
    case 'wrap_altered':
      return `a wrap does not open under ${key} of ${service}: it was altered`
    case 'checksum':
      return `what ${service} received or answered for ${during} was damaged on the way: try again`
    case 'rotation_limit':
      return `${service} rotates ${key} no further: make a new key, name this one a former key, and rewrap`
    case 'rotation_in_progress':
      return `${service} is still rotating ${key}: rewrap when it is done`
    case 'tls':
      return `${service} shows a certificate that is not trusted, so nothing was sent for ${during}: check the endpoint`
    case 'throttled':
      return `${service} asks to slow down for ${during}: try again later`
    case 'unavailable':
      return `${service} does not answer ${during}: try again`
    case 'bad_request':
      return `${service} does not understand ${during}: check the key's id and its kind`
    case 'wrong_endpoint':
      return `what answers ${during} is not ${service}: check the endpoint, and what stands before it`
    case 'unexpected':
      return `${service} failed in an unexpected way for ${during}`
  }
}

const TLS_CODES = /^(ERR_SSL_|ERR_TLS_|CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_(VERIFY|GET_ISSUER)|HOSTNAME_MISMATCH)/
const NETWORK_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_|EHOST|ENET|EPROTO|ERR_STREAM|ERR_HTTP2|REQUEST_SEND_ERROR)/

/** Why a call got no answer at all; null if it got one. */
export function networkRefusal(error: unknown): 'tls' | 'unavailable' | null {
  let found: 'unavailable' | null = null
  for (let at = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth++) {
    const code = 'code' in at && typeof at.code === 'string' ? at.code : ''
    if (TLS_CODES.test(code)) return 'tls'
    if (NETWORK_CODES.test(code) || at.name === 'TimeoutError' || at.name === 'AbortError') found = 'unavailable'
  }
  return found
}

/** Runs a call to a key service and maps what it throws to our errors. */
export async function calling<T>(work: () => Promise<T>, map: (error: unknown) => AppError): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw isAppError(error) ? error : map(error)
  }
}

/** What every wrap is bound to, besides its key. */
export function boundContext({ dataset, kid, said }: KeyContext): Record<string, string> {
  if (said === undefined) return { format: 'credence-key/1', dataset, kid }
  const { epoch, created, state } = said
  return { format: 'credence-key/2', dataset, kid, epoch: String(epoch), created, state }
}
