import { RestError } from '@azure/storage-blob'
import { AppError, type ErrorCode } from '#core/errors.ts'

const DATA = 'Microsoft.Storage/storageAccounts/blobServices/containers'

/** The data actions of Azure role-based access control that the stores use, by our names for them. */
export const AZURE_ACTIONS = {
  readContainer: `${DATA}/read`,
  read: `${DATA}/blobs/read`,
  write: `${DATA}/blobs/write`,
  delete: `${DATA}/blobs/delete`,
} as const

export type AzureAction = keyof typeof AZURE_ACTIONS

export interface AzureCall {
  /** `creating`, `reading`: stands before the path in a message. */
  readonly doing: string
  readonly action: AzureAction
  readonly path: string | null
  readonly account: string
  readonly container: string
  readonly identity: string | null
}

/** Our codes for the service's codes; codes that are missing here follow from the status. */
const BY_CODE: Readonly<Record<string, ErrorCode>> = {
  BlobAlreadyExists: 'conflict',
  PathAlreadyExists: 'conflict',
  UnauthorizedBlobOverwrite: 'conflict', // an identity that may only add gets this code for an existing path
  ConditionNotMet: 'conflict',
  TargetConditionNotMet: 'conflict',
  LeaseIdMissing: 'conflict',
  LeaseAlreadyPresent: 'conflict',
  PathConflict: 'conflict',
  ResourceTypeMismatch: 'conflict',
  SnapshotsPresent: 'conflict',
  BlobNotFound: 'not_found',
  PathNotFound: 'not_found',
  SourcePathNotFound: 'not_found',
  ContainerNotFound: 'invalid', // the configuration names a container that does not exist, unlike an object that does not exist
  FilesystemNotFound: 'invalid',
  ContainerDisabled: 'invalid',
  ContainerBeingDeleted: 'unavailable',
  FilesystemBeingDeleted: 'unavailable',
  AccountBeingCreated: 'unavailable',
  BlobArchived: 'invalid',
  BlobBeingRehydrated: 'unavailable',
  BlobImmutableDueToPolicy: 'denied',
  ServerBusy: 'throttled',
  TooManyRequests: 'throttled',
  OperationTimedOut: 'unavailable',
  InternalError: 'unavailable',
  Md5Mismatch: 'unavailable', // damaged in transit: nothing was written, and the next attempt sends it again
  Crc64Mismatch: 'unavailable',
  IncompleteBody: 'unavailable',
}

const ADVICE: Readonly<Record<string, string>> = {
  AuthorizationPermissionMismatch: 'give it the role "Storage Blob Data Contributor" on this container',
  AuthorizationFailure: "let this network through the account's firewall, or use its private endpoint",
  AuthenticationFailed: 'check the credential, and the clock of this machine',
  InvalidAuthenticationInfo: 'check the tenant and the audience of the credential',
  NoAuthenticationInformation: 'give the store a credential',
  KeyBasedAuthenticationNotPermitted: 'the account refuses account keys: use an identity',
  InsufficientAccountPermissions: 'give it the role "Storage Blob Data Contributor" on this container',
  AccountIsDisabled: 'the account is disabled: see its subscription',
  ContainerNotFound: 'create it, or correct the configuration',
  FilesystemNotFound: 'create it, or correct the configuration',
  BlobImmutableDueToPolicy: 'an immutability policy holds it until its date',
  BlobArchived: 'move it from the archive tier to hot or cool, and wait for it',
  SnapshotsPresent: 'it has snapshots, which are not ours to remove',
  LeaseIdMissing: 'somebody holds a lease on it: break the lease',
}

/**
 * Converts what an Azure SDK threw to an `AppError`. Its code says whether to retry, `reason` is the service's own code, and the
 * message names action, path, container, account and identity. An `AppError` is returned as it is. See "Status and error codes"
 * of the Blob service and of Data Lake Storage.
 */
export function azureError(error: unknown, call: AzureCall): AppError {
  if (error instanceof AppError) return error
  const where = `${call.doing} ${call.path === null ? '' : `${call.path} in `}container ${call.container} of account ${call.account}`
  if (isCredentialError(error)) return credentialError(error, where)
  const named = error instanceof RestError ? codeOf(error) : null
  const status = error instanceof RestError ? error.statusCode : undefined
  const code = named !== null && named in BY_CODE ? (BY_CODE[named] ?? 'internal') : byStatus(error, status)
  const said = named ?? (status === undefined ? networkReason(error) : `status ${status}`)
  const advice = isUntrusted(error)
    ? 'its certificate is not to be trusted: set `ca` for a private authority'
    : ADVICE[named ?? '']
  const refused =
    code === 'denied' && status !== undefined
      ? `: ${call.identity ?? 'the identity in use'} is refused ${AZURE_ACTIONS[call.action]}`
      : ''
  return new AppError(code, `${where}: ${said}${refused}${advice === undefined ? '' : `; ${advice}`}`, {
    cause: error,
    reason: named ?? undefined,
  })
}

/** The service's own code (`BlobNotFound`); answers to HEAD carry it only in a header. */
export function codeOf(error: RestError): string | null {
  const details = error.details as { errorCode?: unknown; code?: unknown } | undefined
  const candidates = [error.response?.headers.get('x-ms-error-code'), details?.errorCode, details?.code, error.code]
  for (const candidate of candidates) {
    if (typeof candidate === 'string' && /^[A-Z](?=.*[a-z])[A-Za-z0-9]+$/.test(candidate)) return candidate
  }
  return null
}

export function isAzureCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof AppError && error.reason !== undefined && codes.includes(error.reason)
}

function byStatus(error: unknown, status: number | undefined): ErrorCode {
  if (status === undefined) return isUntrusted(error) ? 'denied' : isNetworkError(error) ? 'unavailable' : 'internal'
  if (status === 401 || status === 403) return 'denied'
  if (status === 404 || status === 410) return 'not_found'
  if (status === 304 || status === 409 || status === 412) return 'conflict'
  if (status === 429 || status === 503) return 'throttled'
  if (status === 408 || status >= 500) return 'unavailable'
  return status >= 400 ? 'invalid' : 'unavailable' // this service does not answer with any other status
}

function isNetworkError(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error instanceof RestError || error.name === 'AbortError' || error.name === 'TimeoutError') return true
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /^(?:E[A-Z]+|ERR_STREAM_\w+)$/.test(code)
}

/** Whether the server could not prove its identity: a retry would not help. */
function isUntrusted(error: unknown): boolean {
  const { code } = error as { code?: unknown }
  return typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO_|ERR_TLS_|ERR_SSL_/.test(code)
}

function networkReason(error: unknown): string {
  if (!(error instanceof Error)) return 'no answer'
  if (error.name === 'AbortError' || error.name === 'TimeoutError') return 'no answer in time'
  const { code } = error as { code?: unknown }
  return typeof code === 'string' ? code : error.name
}

function isCredentialError(error: unknown): error is Error {
  return (
    error instanceof Error &&
    /^(?:CredentialUnavailableError|AuthenticationError|AggregateAuthenticationError|AuthenticationRequiredError)$/.test(
      error.name,
    )
  )
}

function credentialError(error: Error, where: string): AppError {
  const { statusCode } = error as { statusCode?: unknown }
  const passing = typeof statusCode === 'number' && (statusCode >= 500 || statusCode === 429)
  const advice = 'sign in (az login), or give the process a managed or workload identity'
  return passing
    ? new AppError('unavailable', `${where}: the identity service answers ${statusCode}`, { cause: error })
    : new AppError('denied', `${where}: no token to be had (${error.name}); ${advice}`, {
        cause: error,
        reason: 'no_token',
      })
}
