import { createHmac, timingSafeEqual } from 'node:crypto'

export type Right = 'listen' | 'send'

/** A shared access policy of the namespace. */
export interface AccessKey {
  readonly name: string
  readonly key: string
  readonly rights: readonly Right[]
}

interface Claim {
  /** The path that it is for and everything below, in lower case. */
  readonly path: string
  readonly rights: readonly Right[]
  readonly expiresMs: number
}

/** Who may do what: shared access keys, and the roles of identities. */
export interface Policy {
  readonly keys: readonly AccessKey[]
  /** Signs the tokens that the emulator issues itself (HS256). */
  readonly tokenSecret: string
  rightsOf(identity: string): readonly Right[]
}

export const TOKEN_AUDIENCE = 'https://eventhubs.azure.net'

/** What one connection has shown so far (claims-based security: tokens put to `$cbs`). */
export class Claims {
  readonly #policy: Policy
  readonly #claims: Claim[] = []

  constructor(policy: Policy) {
    this.#policy = policy
  }

  /** Null when the token is accepted, or why it is not. */
  put(token: string, type: string, audience: string): string | null {
    const found = type === 'jwt' ? this.#openJwt(token) : this.#openSas(token, audience)
    if (typeof found === 'string') return found
    this.#claims.push({ path: pathOf(audience).replace(/\/\$management$/, ''), ...found })
    return null
  }

  allows(right: Right, entityPath: string): boolean {
    const path = entityPath.toLowerCase()
    return this.#claims.some(
      (claim) =>
        claim.rights.includes(right) &&
        claim.expiresMs > Date.now() &&
        (claim.path === '' || path === claim.path || path.startsWith(`${claim.path}/`)),
    )
  }

  #openSas(token: string, audience: string): Omit<Claim, 'path'> | string {
    const fields = new Map(
      token
        .replace(/^SharedAccessSignature /, '')
        .split('&')
        .map((part) => [part.slice(0, part.indexOf('=')), part.slice(part.indexOf('=') + 1)]),
    )
    const [sr = '', sig = '', se = '', skn = ''] = ['sr', 'sig', 'se', 'skn'].map((name) => fields.get(name))
    const key = this.#policy.keys.find(({ name }) => name === decodeURIComponent(skn))
    if (!key) return `InvalidSignature: The key name '${skn}' is unknown.`
    const expected = createHmac('sha256', key.key).update(`${sr}\n${se}`).digest()
    const given = Buffer.from(decodeURIComponent(sig), 'base64')
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
      return 'InvalidSignature: The token has an invalid signature.'
    }
    if (Number(se) * 1000 <= Date.now()) return `ExpiredToken: The token is expired.`
    const scope = pathOf(decodeURIComponent(sr))
    if (!`${pathOf(audience)}/`.startsWith(scope === '' ? '' : `${scope}/`)) {
      return 'InvalidAudience: The authorization is for another resource.'
    }
    return { rights: key.rights, expiresMs: Number(se) * 1000 }
  }

  #openJwt(token: string): Omit<Claim, 'path'> | string {
    const [head = '', body = '', signature = ''] = token.split('.')
    if (signature !== signJwt(`${head}.${body}`, this.#policy.tokenSecret)) {
      return 'InvalidSignature: The token has an invalid signature.'
    }
    const claims = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as TokenClaims
    if (claims.aud !== TOKEN_AUDIENCE) return `InvalidAudience: The token is for '${claims.aud}'.`
    if (claims.exp * 1000 <= Date.now()) return 'ExpiredToken: The token is expired.'
    return { rights: this.#policy.rightsOf(claims.oid), expiresMs: claims.exp * 1000 }
  }
}

interface TokenClaims {
  readonly aud: string
  readonly exp: number
  readonly oid: string
}

/** A token as the identity platform would issue it for Event Hubs, good for an hour. */
export function issueJwt(oid: string, secret: string): { readonly token: string; readonly expiresOnTimestamp: number } {
  const exp = Math.floor(Date.now() / 1000) + 3600
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const claims = { aud: TOKEN_AUDIENCE, exp, oid, appid: oid, tid: 'emulated-tenant' }
  const text = `${encode({ alg: 'HS256', typ: 'JWT' })}.${encode(claims)}`
  return { token: `${text}.${signJwt(text, secret)}`, expiresOnTimestamp: exp * 1000 }
}

function signJwt(text: string, secret: string): string {
  return createHmac('sha256', secret).update(text).digest('base64url')
}

/** `sb://host/hub/…` without what names the namespace. */
function pathOf(audience: string): string {
  return audience
    .replace(/^[a-z]+:\/\/[^/]*\/?/i, '')
    .replace(/\/$/, '')
    .toLowerCase()
}
