const NO_CREDENTIALS =
  /Could not load the default credentials|Unable to read the credential file|invalid_grant|invalid_client|unauthorized_client/
const UNTRUSTED =
  /CERT_|_CERT|SELF_SIGNED|self.signed certificate|UNABLE_TO_(VERIFY|GET)|unable to (verify|get) .{0,20}certificate|wrong version number|ERR_TLS|ERR_SSL|EPROTO/
const DISCONNECTED =
  /ECONN|ETIMEDOUT|EPIPE|ENOTFOUND|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|PREMATURE_CLOSE|premature close|socket hang up|network|request-timeout|terminated|aborted/i

/** Why a call of Google's SDKs got no answer, by their codes and messages; null if it got one. */
export function localFault(text: string): 'no_credentials' | 'untrusted' | 'disconnected' | null {
  if (NO_CREDENTIALS.test(text)) return 'no_credentials'
  if (UNTRUSTED.test(text)) return 'untrusted'
  return DISCONNECTED.test(text) ? 'disconnected' : null
}

export const NO_CREDENTIALS_REMEDY =
  'no usable Google credentials: run as a service account, or set GOOGLE_APPLICATION_CREDENTIALS'

/** A service's message as one line of at most 300 characters. */
export function oneLine(message: string | undefined): string {
  return (message ?? '').replace(/\s+/g, ' ').trim().slice(0, 300)
}

/** The account that a refusal names, if any. */
export function refusedAccount(message: string): string {
  return /[\w.+-]+@[\w.-]+\w/.exec(message)?.[0] ?? 'this identity'
}
