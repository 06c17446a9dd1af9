import { AppError, type ErrorCode } from '#core/errors.ts'

/** The failed call. */
export interface EventHubsCall {
  /** `listen` (Microsoft.EventHub/namespaces/messages/receive/action), `look up`, … */
  readonly action: string
  /** `hub orders of example.servicebus.windows.net`, with the partition where there is one. */
  readonly resource: string
  /** The identity of the credentials, if known. */
  readonly identity?: string | null
  /** Whether the reading has a fence: a disconnection then means that another reader took over. */
  readonly isFenced?: boolean
}

interface Meaning {
  readonly code: ErrorCode
  readonly reason: string
  readonly says: (call: EventHubsCall, detail: string) => string
}

const refused: Meaning = {
  code: 'denied',
  reason: 'permission',
  says: ({ action, resource, identity }, detail) =>
    `${identity ?? 'the identity in use'} may not ${action} on ${resource}: give it the role Azure Event Hubs Data Receiver, or a key with the claim Listen${detail}`,
}
const unknownIdentity: Meaning = {
  code: 'denied',
  reason: 'credentials',
  says: ({ action, resource }, detail) =>
    `no token to ${action} on ${resource}: check the credentials or the managed identity${detail}`,
}
const disabled: Meaning = {
  code: 'denied',
  reason: 'disabled',
  says: ({ resource }, detail) => `${resource} is disabled: enable it in the portal${detail}`,
}
const busy: Meaning = {
  code: 'throttled',
  reason: 'throttled',
  says: ({ action, resource }, detail) =>
    `${resource} is throttled (${action}): add throughput units or let the namespace inflate${detail}`,
}
const quota: Meaning = {
  code: 'throttled',
  reason: 'quota',
  says: ({ action, resource }, detail) =>
    `a quota of ${resource} is used up (${action}): close other readers, or take a consumer group of its own${detail}`,
}
const notFound: Meaning = {
  code: 'not_found',
  reason: 'not_found',
  says: ({ action, resource }, detail) =>
    `${resource} is not there (${action}): check the names of namespace, hub and consumer group${detail}`,
}
const noPartition: Meaning = {
  code: 'not_found',
  reason: 'no_partition',
  says: ({ resource }, detail) => `${resource} is not there: the hub has fewer partitions${detail}`,
}
const takenOver: Meaning = {
  code: 'conflict',
  reason: 'lease_lost',
  says: ({ resource }, detail) => `another reader took over ${resource}${detail}`,
}
const inUse: Meaning = {
  code: 'conflict',
  reason: 'in_use',
  says: ({ resource }, detail) =>
    `${resource} has a reader that lets no other in: stop it, or take a consumer group of its own${detail}`,
}
const ahead: Meaning = {
  code: 'conflict',
  reason: 'position_ahead',
  says: ({ resource }, detail) =>
    `${resource} ends before the position that was read last: if the hub was made anew or failed over, give the source a new name${detail}`,
}
const invalid: Meaning = {
  code: 'invalid',
  reason: 'invalid_call',
  says: ({ action, resource }, detail) => `${resource} does not accept this way to ${action}${detail}`,
}
const untrusted: Meaning = {
  code: 'invalid',
  reason: 'untrusted_certificate',
  says: ({ resource }, detail) =>
    `${resource} has a certificate that is not trusted: check the namespace, or NODE_EXTRA_CA_CERTS${detail}`,
}
const unavailable: Meaning = {
  code: 'unavailable',
  reason: 'unavailable',
  says: ({ action, resource }, detail) =>
    `${resource} does not answer (${action}): is the namespace reachable?${detail}`,
}

const MEANINGS: ReadonlyMap<string, Meaning> = new Map([
  ...named(refused, 'UnauthorizedError', 'PublisherRevokedError'),
  ...named(unknownIdentity, 'AuthenticationError', 'AggregateAuthenticationError', 'CredentialUnavailableError'),
  ...named(unknownIdentity, 'AuthenticationRequiredError', 'AuthenticationRequired'),
  ...named(disabled, 'MessagingEntityDisabledError'),
  ...named(busy, 'ServerBusyError'),
  ...named(quota, 'QuotaExceededError'),
  ...named(notFound, 'MessagingEntityNotFoundError', 'ResourceDeletedError'),
  ...named(noPartition, 'ArgumentOutOfRangeError'),
  ...named(takenOver, 'ReceiverDisconnectedError'),
  ...named(invalid, 'ArgumentError', 'InvalidOperationError', 'InvalidFieldError', 'NotImplementedError'),
  ...named(invalid, 'MessageTooLargeError', 'PreconditionFailedError', 'DecodeError'),
  ...named(untrusted, 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'CERT_HAS_EXPIRED'),
  ...named(untrusted, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'CERT_REVOKED'),
  ...named(untrusted, 'UNABLE_TO_GET_ISSUER_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'),
])

/**
 * Maps an error of the SDK by its code (`MessagingError.code`: the name of the AMQP condition, or the system's). Unknown errors
 * become `unavailable`, because the SDK reports broken connections in many ways.
 */
export function eventHubsError(error: unknown, call: EventHubsCall): AppError {
  if (error instanceof AppError) return error
  if (error instanceof TypeError || error instanceof RangeError) {
    return new AppError('internal', `${call.action} on ${call.resource} failed`, { cause: error })
  }
  const shown = firstMeant(error)
  const meaning = meaningOf(shown, call) ?? unavailable
  const { code, reason, says } = meaning
  return new AppError(code, says(call, detailOf(shown)), { cause: error, reason })
}

interface Shown {
  readonly code?: unknown
  readonly name?: unknown
  readonly message?: unknown
}

/** The first informative error of several simultaneous attempts (for example to several addresses). */
function firstMeant(error: unknown): Shown {
  if (!(error instanceof AggregateError)) return error ?? {}
  const errors = error.errors as unknown[]
  const [first] = errors
  return firstMeant(errors.find((one) => meaningOf(one as Shown, null) !== null) ?? first)
}

function meaningOf({ code, name, message }: Shown, call: EventHubsCall | null): Meaning | null {
  if (code === 'ArgumentError' && /last (?:sequence number|offset) in the system/i.test(String(message))) return ahead
  const meaning = MEANINGS.get(String(code)) ?? MEANINGS.get(String(name)) ?? null
  return meaning === takenOver && call?.isFenced === false ? inUse : meaning
}

/** The service's own message, which names entities and a tracking id. */
function detailOf({ message }: Shown): string {
  const text = (typeof message === 'string' ? message : '').replaceAll(/[^\x20-\x7e]+/g, ' ').trim()
  return text === '' ? '' : ` (${text.slice(0, 300)})`
}

function named(meaning: Meaning, ...names: readonly string[]): [string, Meaning][] {
  return names.map((name) => [name, meaning])
}
