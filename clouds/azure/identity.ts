import type { TokenCredential } from '@azure/identity'

/** A credential that records whose tokens it issues, so that messages and `credence check` can name the identity. */
export interface NotedCredential extends TokenCredential {
  /** `user ada@example.com (object 1b2c…)`, `app 5d6e… (object 1b2c…)`; null until a token said so. */
  describe(): string | null
}

export function noteIdentity(credential: TokenCredential): NotedCredential {
  let described: string | null = null
  return {
    async getToken(scopes, options) {
      const token = await credential.getToken(scopes, options)
      if (token !== null) described = describeToken(token.token) ?? described
      return token
    },
    describe: () => described,
  }
}

const PLAIN = /^[\x21-\x7e]{1,200}$/

/**
 * The identity that an access token was issued to, by its claims (RFC 7519); the service verifies these, this function does not.
 * Null if it has no such claims.
 */
export function describeToken(token: string): string | null {
  const claims = claimsOf(token)
  const text = (...names: readonly string[]) =>
    names.map((name) => claims[name]).find((value): value is string => typeof value === 'string' && PLAIN.test(value))
  const user = text('upn', 'preferred_username', 'unique_name')
  const app = text('appid', 'azp')
  const object = text('oid')
  const who = user !== undefined ? `user ${user}` : app !== undefined ? `app ${app}` : null
  if (object === undefined) return who
  return who === null ? `object ${object}` : `${who} (object ${object})`
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {} // an opaque token contains no claims
  }
}
