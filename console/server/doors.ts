import { AppError, reportOf } from '#core/errors.ts'
import type { SigningSystem } from '#app/system.ts'
import type { LinkBearer, Links } from './access/links.ts'
import { BEGIN, CALLBACK, type OpenId } from './access/openid.ts'
import type { Visitors } from './access/who.ts'
import type { AppOptions } from './app.ts'

type Door = AppOptions['doors'][string]

/** Where people come in: by a link that this process printed, or by a provider. Who is refused is told in the log. */
export function createDoors(
  { catalog, events }: Pick<SigningSystem, 'catalog' | 'events'>,
  visitors: Visitors,
  links: Links,
  openid: OpenId | null,
): Readonly<Record<string, Door>> {
  /** A session of its own for who signs in; the one that they had in this browser before is over. */
  const signIn = async (bearer: Parameters<Visitors['start']>[0], before: string | null, ...from: Parameters<Door>) => {
    const cookie = await visitors.start(bearer, ...from)
    if (before !== null) await catalog.console.access.endSession(before, bearer.person, bearer.person)
    return new Headers([
      ['location', '/'],
      ['cache-control', 'no-store'],
      ['set-cookie', cookie],
    ])
  }
  const told =
    (open: Door): Door =>
    async (request, address) => {
      try {
        return await open(request, address)
      } catch (error) {
        const { code, reason } = reportOf(error)
        events.emit('sign_in.refused', { address, code, reason })
        throw error
      }
    }
  const byLink: Door = async (request, address) => {
    const bearer: LinkBearer | null = links.take(new URL(request.url).searchParams.get('code') ?? '')
    if (bearer === null)
      throw new AppError('denied', 'this link was used, or is too old: ask the console for another one', {
        reason: 'link_used',
      })
    const before = await visitors.sessionOf(request, address)
    const headers = await signIn({ ...bearer, via: 'link', strongUntil: null }, before, request, address)
    return new Response(null, { status: 303, headers })
  }
  if (openid === null) return { '/sign-in': told(byLink) }
  return {
    '/sign-in': told(byLink),
    [BEGIN]: told(async (request, address) => {
      const strong = new URL(request.url).searchParams.has('strong')
      return openid.begin(await visitors.sessionOf(request, address), strong)
    }),
    [CALLBACK]: told(async (request, address) => {
      const { before, ...bearer } = await openid.finish(request)
      const headers = await signIn({ ...bearer, via: 'openid' }, before, request, address)
      headers.append('set-cookie', openid.forget)
      return new Response(null, { status: 303, headers })
    }),
  }
}
