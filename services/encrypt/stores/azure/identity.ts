import type { TokenCredential } from '@azure/identity'
import { StorageSharedKeyCredential } from '@azure/storage-blob'

export type AzureCredential = TokenCredential | StorageSharedKeyCredential

/** Who requests are made as: learned from the tokens that pass by, to be named in messages and in `credence check`. */
export class AzureIdentity {
  /** The credential to hand to clients; one that notes the claims of each token. */
  readonly credential: AzureCredential
  #described: string | null = null

  constructor(credential: AzureCredential) {
    if (credential instanceof StorageSharedKeyCredential) {
      this.credential = credential
      this.#described = `the key of account ${credential.accountName}`
      return
    }
    this.credential = {
      getToken: async (scopes, options) => {
        const token = await credential.getToken(scopes, options)
        if (token !== null) this.#described = describeToken(token.token) ?? this.#described
        return token
      },
    }
  }

  /** `user ada@example.com (object 1b2c…)`, `app 5d6e… (object 1b2c…)`; null until a token was seen. */
  describe(): string | null {
    return this.#described
  }
}

/**
 * Reads who an access token was issued to from its claims (RFC 7519), without verifying it: the service does that.
 * Null when it carries no claims that say so.
 */
export function describeToken(token: string): string | null {
  const claims = claimsOf(token)
  const text = (name: string): string | null => {
    const value = claims[name]
    return typeof value === 'string' && /^[\x21-\x7e]{1,200}$/.test(value) ? value : null
  }
  const user = text('upn') ?? text('preferred_username') ?? text('unique_name')
  const app = text('appid') ?? text('azp')
  const object = text('oid')
  const who = user !== null ? `user ${user}` : app !== null ? `app ${app}` : null
  if (who === null) return object === null ? null : `object ${object}`
  return object === null ? who : `${who} (object ${object})`
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {} // an opaque token says nothing
  }
}
