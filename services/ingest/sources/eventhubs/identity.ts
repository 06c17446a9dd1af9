/**
 * Who an access token was issued to, by its claims (RFC 7519), which the service verifies and this does not:
 * `app 5d6e… (object 1b2c…)`. Null when it says nothing.
 */
export function describeToken(token: string): string | null {
  const claims = claimsOf(token)
  const text = (...names: readonly string[]) =>
    names.map((name) => claims[name]).find((value): value is string => typeof value === 'string' && PLAIN.test(value))
  const [user, app, object] = [text('upn', 'preferred_username'), text('appid', 'azp'), text('oid')]
  const who = user !== undefined ? `user ${user}` : app !== undefined ? `app ${app}` : null
  if (object === undefined) return who
  return who === null ? `object ${object}` : `${who} (object ${object})`
}

const PLAIN = /^[\x21-\x7e]{1,200}$/

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8'))
    return typeof parsed === 'object' && parsed !== null ? (parsed as Record<string, unknown>) : {}
  } catch {
    return {} // an opaque token says nothing
  }
}
