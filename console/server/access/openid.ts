import { AppError, isAppError } from '#core/errors.ts'
import { PACKAGES } from '#app/open/packages.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { Grant } from '#console/api/roles.ts'
import type { LinkBearer } from './links.ts'
import { SESSION_SECONDS } from './who.ts'

export interface OpenIdOptions {
  /** `https://…`; http where an emulator is allowed. */
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret?: string | undefined
  /** The claim that says what somebody is: one value, or a list. */
  readonly claim: string
  /** What each value of the claim may do. */
  readonly roles: Readonly<Record<string, readonly Grant[]>>
  /** What is dangerous asks for one of these classes of authentication, which then counts for so many minutes. */
  readonly stepUp?: { readonly acr: readonly string[]; readonly minutes: number } | undefined
  readonly emulator: boolean
}

export interface OpenId {
  /** Sends the browser to the provider; `before` is the session that it has, and `strong` asks for a second factor anew (RFC 9470). */
  begin(before: string | null, strong?: boolean): Promise<Response>
  /** Whom the provider sent back, and the session that they had before. Throws `denied` (`sign_in`, `no_role`), `unavailable` where it does not answer. */
  finish(request: Request): Promise<SignedIn>
  /** The header that takes the cookie of the way away. */
  readonly forget: string
}

/** Whom a provider knows, and when it asked them, where it says so. */
export interface SignedIn extends LinkBearer {
  readonly strongUntil: Date | null
  readonly askedAt: Date | null
  readonly before: string | null
}

export const BEGIN = '/sign-in/openid'
export const CALLBACK = '/sign-in/openid/callback'
const SCOPE = 'openid profile email'

/**
 * Sign-in by OpenID Connect Core 1.0: the code flow, with PKCE (RFC 7636), state and nonce. The browser carries them in a cookie
 * that it sends back to this address alone: nobody is signed in by a way that somebody else began.
 */
export async function createOpenId(origin: string, options: OpenIdOptions): Promise<OpenId> {
  const client = await withPackages(PACKAGES.openid, () => import('openid-client'))
  const { issuer, clientId, clientSecret, emulator, stepUp } = options
  const authentication = clientSecret === undefined ? client.None() : client.ClientSecretPost(clientSecret)
  const insecure = emulator ? { execute: [client.allowInsecureRequests] } : {}
  let found: ReturnType<typeof client.discovery> | undefined
  // asked for when somebody signs in: the console starts, and serves who is signed in, while the provider is away
  const provider = async () => {
    found ??= client.discovery(new URL(issuer), clientId, undefined, authentication, insecure)
    try {
      return await found
    } catch (cause) {
      found = undefined
      throw new AppError('unavailable', `the provider ${issuer} does not answer`, { cause, reason: 'sign_in' })
    }
  }
  const isHttps = origin.startsWith('https:')
  const name = isHttps ? '__Secure-credence-openid' : 'credence-openid'
  // it comes back from another site, with which a strict cookie would stay behind
  const attributes = `Path=/sign-in/openid; HttpOnly; SameSite=Lax${isHttps ? '; Secure' : ''}`
  const redirect = `${origin}${CALLBACK}`
  return {
    async begin(before, strong = false) {
      const config = await provider()
      const verifier = client.randomPKCECodeVerifier()
      const [state, nonce] = [client.randomState(), client.randomNonce()]
      const url = client.buildAuthorizationUrl(config, {
        redirect_uri: redirect,
        scope: SCOPE,
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state,
        nonce,
        // whoever was asked longer ago than a session lasts is asked anew
        max_age: String(SESSION_SECONDS),
        ...(strong && stepUp !== undefined && { acr_values: stepUp.acr.join(' '), max_age: '0' }),
      })
      const cookie = `${name}=${[state, nonce, verifier, before ?? ''].join('.')}; ${attributes}; Max-Age=600`
      return new Response(null, {
        status: 303,
        headers: { location: url.href, 'set-cookie': cookie, 'cache-control': 'no-store' },
      })
    },

    async finish(request) {
      const config = await provider()
      const { state, nonce, verifier, before } = wayIn(request, name)
      const came = new URL(request.url)
      try {
        const tokens = await client.authorizationCodeGrant(config, new URL(`${redirect}${came.search}`), {
          pkceCodeVerifier: verifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (claims === undefined) throw refused()
        // most providers keep what is not asked for by name out of the token of the code flow (OpenID Connect Core, 5.4)
        const lacks = claims[options.claim] === undefined || claims['email'] === undefined
        const asks = lacks && config.serverMetadata().userinfo_endpoint !== undefined
        const info = asks ? await client.fetchUserInfo(config, tokens.access_token, claims.sub) : {}
        return {
          ...bearerOf({ ...info, ...claims }, options),
          strongUntil: strongUntil(claims, stepUp),
          askedAt: askedAt(claims),
          before,
        }
      } catch (error) {
        // what a provider says may be anything: it is not told on
        throw isAppError(error) ? error : refused(error)
      }
    },

    forget: `${name}=; ${attributes}; Max-Age=0`,
  }
}

function wayIn(request: Request, name: string) {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  const values = pairs
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1).split('.'))
  const [[state = '', nonce = '', verifier = '', before = ''] = []] = values
  if (values.length !== 1 || verifier === '') throw refused()
  return { state, nonce, verifier, before: before === '' ? null : before }
}

/** Null where the provider does not say. Throws `denied` (`sign_in`) where it asked longer ago than a session lasts, whatever it was told. */
function askedAt({ auth_time: at }: Readonly<Record<string, unknown>>): Date | null {
  if (typeof at !== 'number') return null
  if (at * 1000 < Date.now() - SESSION_SECONDS * 1000)
    throw new AppError(
      'denied',
      'the provider asked who you are more than 12 hours ago: sign out there, and in again',
      {
        reason: 'sign_in',
      },
    )
  return new Date(at * 1000)
}

/** Until when what the provider asked for counts: from when it did, which a token may say long after. */
function strongUntil(claims: Readonly<Record<string, unknown>>, stepUp: OpenIdOptions['stepUp']): Date | null {
  const { acr, auth_time: at } = claims
  if (stepUp === undefined || typeof acr !== 'string' || !stepUp.acr.includes(acr)) return null
  return typeof at === 'number' ? new Date((at + stepUp.minutes * 60) * 1000) : null
}

/** Throws `denied` (`no_role`) for who is nothing here. */
function bearerOf(claims: Readonly<Record<string, unknown>>, { claim, roles }: OpenIdOptions): LinkBearer {
  const said = claims[claim]
  const values = (Array.isArray(said) ? said : [said]).filter((value) => typeof value === 'string')
  const grants = values.flatMap((value) => (Object.hasOwn(roles, value) ? (roles[value] ?? []) : []))
  const { email, email_verified: verified, sub } = claims
  // an address that nobody verified is whatever its bearer wrote
  const person = verified === true && typeof email === 'string' && email !== '' ? email : `openid:${String(sub)}`
  if (grants.length === 0) {
    throw new AppError('denied', `your ${claim} gives you no role here: ask whoever keeps console.openid.roles`, {
      reason: 'no_role',
    })
  }
  return { person: person.slice(0, 200), grants }
}

function refused(cause?: unknown): AppError {
  return new AppError('denied', 'the provider did not sign you in, or this is not the browser that began: try again', {
    cause,
    reason: 'sign_in',
  })
}
