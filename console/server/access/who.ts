import { AppError } from '#core/errors.ts'
import type { AccessCatalog, SessionRow } from '#runtime/catalog/console/access.ts'
import type { ConsoleCatalog } from '#runtime/catalog/console/console-catalog.ts'
import type { Grant, Role } from '#console/api/roles.ts'
import type { CertifiedClient, Clients, Peer } from './certificates.ts'
import { csrfOf, hashOf, isSame, newId, newSecret } from './secrets.ts'

/** Whoever asks. */
export interface Who {
  /** As the audit log names them. */
  readonly person: string
  readonly via: 'link' | 'openid' | 'token' | 'certificate'
  /** With what was granted for a while. */
  readonly grants: readonly Grant[]
  /** Of the session; null for a program. */
  readonly session: string | null
  readonly csrf: string | null
  readonly expiresAt: Date
  /** A second factor counts until then. */
  readonly strongUntil: Date | null
}

const HOURS = 3600
export const SESSION_SECONDS = 12 * HOURS
export const IDLE_SECONDS = HOURS

export interface Visitors {
  /** Null for who is not signed in; `peer` is who showed a certificate. */
  of(request: Request, address: string, peer: Peer | null): Promise<Who | null>
  /** The session of the browser's cookie; null for who has none that is open. */
  sessionOf(request: Request, address: string): Promise<string | null>
  /** Signs in; the header that sets the cookie. */
  start(
    who: Pick<SessionRow, 'person' | 'via' | 'strongUntil'> & {
      readonly grants: readonly Grant[]
      /** When a provider asked who they are; what a session may last counts from then. */
      readonly askedAt?: Date | null
    },
    request: Request,
    address: string,
  ): Promise<string>
  /** The header that takes the cookie away. */
  readonly forget: string
}

/** Who is signed in, by cookie or by token; a token stands for itself, and no cookie counts beside it. */
export function createVisitors(
  { access, elevations }: Pick<ConsoleCatalog, 'access' | 'elevations'>,
  { isHttps, clients = {} }: { readonly isHttps: boolean; readonly clients?: Clients | undefined },
): Visitors {
  // `__Host-` is taken by browsers over https alone: no other host, and no page under another path, can set it
  const name = isHttps ? '__Host-credence' : 'credence'
  const attributes = `Path=/; HttpOnly; SameSite=Strict${isHttps ? '; Secure' : ''}`
  const openSession = async (request: Request, address: string) => {
    const cookie = cookieOf(request, name)
    const session = cookie === null ? null : await access.session(hashOf(cookie), IDLE_SECONDS, address)
    return cookie === null || session === null ? null : { cookie, session }
  }
  return {
    async of(request, address, peer) {
      // a certificate stands for itself, as a token does
      if (peer !== null) return certified(clients, peer)
      const authorization = request.headers.get('authorization')
      if (authorization !== null) return await byToken(access, authorization)
      const found = await openSession(request, address)
      if (found === null) return null
      const { cookie, session } = found
      const { person, via, expiresAt, strongUntil } = session
      const given = JSON.parse(session.grants) as Grant[]
      const lent = await elevations.granted(person)
      const grants = [...given, ...lent.map(({ role, datasets }) => ({ role: role as Role, datasets }))]
      return { person, via, grants, session: session.id, csrf: csrfOf(cookie), expiresAt, strongUntil }
    },
    async sessionOf(request, address) {
      return (await openSession(request, address))?.session.id ?? null
    },
    async start({ person, via, grants, strongUntil, askedAt = null }, request, address) {
      const ago = askedAt === null ? 0 : Math.max(0, Date.now() - askedAt.getTime())
      const seconds = Math.max(1, SESSION_SECONDS - Math.round(ago / 1000))
      const cookie = newSecret()
      const agent = (request.headers.get('user-agent') ?? '').slice(0, 300)
      await access.startSession({
        id: newId(),
        secret: hashOf(cookie),
        person,
        via,
        grants: JSON.stringify(grants),
        address,
        agent,
        strongUntil,
        seconds,
      })
      return `${name}=${cookie}; ${attributes}; Max-Age=${seconds}`
    },
    forget: `${name}=; ${attributes}; Max-Age=0`,
  }
}

/** Whose certificate it is: its subject has to be all that is said of one, and no more. */
function certified(clients: Clients, { subject, validTo }: Peer): Who | null {
  const found = Object.entries(clients).filter(([, client]) => isAlike(client.subject, subject))
  const [[name, client] = []] = found
  if (name === undefined || client === undefined || found.length > 1) return null
  const { grants } = client
  const person = `client:${name}`
  return { person, via: 'certificate', grants, session: null, csrf: null, expiresAt: validTo, strongUntil: null }
}

function isAlike(wanted: CertifiedClient['subject'], subject: Peer['subject']): boolean {
  const names = Object.keys(wanted)
  return (
    names.length > 0 &&
    names.length === Object.keys(subject).length &&
    names.every((name) => Object.hasOwn(subject, name) && subject[name] === wanted[name])
  )
}

async function byToken(access: AccessCatalog, authorization: string): Promise<Who | null> {
  const [, secret] = /^Bearer ([A-Za-z0-9_-]{20,200})$/i.exec(authorization) ?? []
  const token = secret === undefined ? null : await access.token(hashOf(secret))
  if (token === null) return null
  const grants = JSON.parse(token.grants) as Grant[]
  const { name, expiresAt } = token
  return { person: `token:${name}`, via: 'token', grants, session: null, csrf: null, expiresAt, strongUntil: null }
}

function cookieOf(request: Request, name: string): string | null {
  const pairs = (request.headers.get('cookie') ?? '').split(';').map((pair) => pair.trim())
  const found = pairs.filter((pair) => pair.startsWith(`${name}=`))
  // two of a name: one of them was planted, and nobody can tell which
  return found.length === 1 ? (found[0]?.slice(name.length + 1) ?? null) : null
}

/**
 * Throws `denied` (`csrf`) for a change that a page of another site may have sent: a session's token has to be there, and where
 * the browser says from where the request comes, it has to be from here.
 */
export function checkSameSite(request: Request, { csrf, via }: Who, origins: ReadonlySet<string>): void {
  if (via === 'token') return // who sends a token in a header was not made to by a page
  const origin = request.headers.get('origin')
  const site = request.headers.get('sec-fetch-site')
  const isForeign = (origin !== null && !origins.has(origin)) || (site !== null && site !== 'same-origin')
  const token = request.headers.get('x-csrf-token')
  // a browser shows a certificate to whatever page asks, and says from where it is asked
  const hasToken = via === 'certificate' || (token !== null && csrf !== null && isSame(token, csrf))
  if (isForeign || !hasToken) {
    throw new AppError('denied', 'the request lacks the X-CSRF-Token of its session, or comes from another site', {
      reason: 'csrf',
    })
  }
}
