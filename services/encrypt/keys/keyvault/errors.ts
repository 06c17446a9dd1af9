import type { AppError } from '#core/errors.ts'
import { keyError, networkRefusal, type KeyCall, type Refusal } from '../errors.ts'

interface VaultFailure {
  readonly status: number
  /** `Forbidden`, `KeyNotFound`, …; the inner code is finer: `ForbiddenByRbac`, `KeyDisabled`. */
  readonly code: string
  readonly message: string
  /** The answer is an HTML page, as a proxy sends it. */
  readonly isPage: boolean
}

/** Key Vault REST errors: the status, the code, and the inner code where there is one. */
export function keyVaultError(error: unknown, call: KeyCall): AppError {
  const failure = failureOf(error)
  const { code, message } = failure
  // "Caller: appid=…;oid=…;iss=…", "Action: '…'"; with access policies: "application 'appid=…' does not have keys get permission"
  const identity = /(?:Caller: |application ')((?:name=[^;]*;)?appid=[^;\s']+(?:;oid=[^;\s']+)?)/.exec(message)?.[1]
  const permission = /Action: '([^']+)'/.exec(message)?.[1]
  return keyError(refusalOf(error, failure, call), call, {
    cause: error,
    identity,
    permission,
    says: code === '' ? undefined : code,
  })
}

function refusalOf(error: unknown, { status, code, message, isPage }: VaultFailure, { permission }: KeyCall): Refusal {
  if (error instanceof Error && /^(Authentication|CredentialUnavailable|AggregateAuth)/.test(error.name))
    return 'credentials'
  if (status === 501 || (isPage && status < 500 && status !== 429)) return 'wrong_endpoint'
  switch (status) {
    case 0:
      return networkRefusal(error) ?? ofValidity(code, message) ?? 'unexpected'
    case 400:
      return /\/unwrap\//.test(permission) ? 'wrap_altered' : 'bad_request'
    case 401:
      return 'credentials'
    case 403:
      return ofValidity(code, message) ?? 'access_denied'
    case 404:
      return 'key_destroyed' // deleted softly or for good, or never there: the vault does not say which
    case 409:
      return 'key_pending_deletion'
    case 429:
      return 'throttled'
    default:
      return status === 408 || status >= 500 ? 'unavailable' : 'unexpected'
  }
}

/** What the key refuses to everybody. With status 0 the SDK refused it before it called the vault. */
function ofValidity(code: string, message: string): Refusal | null {
  if (code === 'KeyDisabled' || /disabled key/i.test(message)) return 'key_disabled'
  if (code === 'KeyExpired' || /expired key|^Key \S+ expired at /i.test(message)) return 'key_expired'
  if (code === 'KeyNotYetValid' || /not yet valid|^Key \S+ can't be used before /i.test(message))
    return 'key_not_yet_valid'
  if (code === 'KeyOperationForbidden' || /is not (permitted|supported) on (this )?key/i.test(message))
    return 'key_operation'
  return null
}

function failureOf(error: unknown): VaultFailure {
  if (!(error instanceof Error)) return { status: 0, code: '', message: '', isPage: false }
  const status = 'statusCode' in error && typeof error.statusCode === 'number' ? error.statusCode : 0
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return { status, code: innerCode(error) ?? code, message: error.message, isPage: /^\s*</.test(bodyOf(error)) }
}

function innerCode(error: Error): string | undefined {
  const details = 'details' in error ? (error.details as { error?: Inner } | undefined) : undefined
  return innerOf(details?.error) ?? innerOf(parse(bodyOf(error))?.error)
}

function bodyOf(error: Error): string {
  if (!('response' in error)) return ''
  return (error.response as { bodyAsText?: string | null } | undefined)?.bodyAsText ?? ''
}

interface Inner {
  readonly innererror?: { readonly code?: string }
  readonly innerError?: { readonly code?: string }
}

function innerOf(error: Inner | undefined): string | undefined {
  return error?.innererror?.code ?? error?.innerError?.code
}

function parse(body: string): { error?: Inner } | undefined {
  try {
    return JSON.parse(body) as { error?: Inner }
  } catch {
    return undefined
  }
}
