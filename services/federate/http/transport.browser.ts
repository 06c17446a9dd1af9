import { AppError } from '#core/errors.ts'
import type { ClientTls, Transport } from './transport.ts'

export type { ClientTls, Transport }

/**
 * Calls from a page to an aggregator whose configuration names the page's origin. The browser decides which certificates to
 * trust, and a page has no certificate of its own. Throws `invalid` for an address of another form, and if `tls` has
 * certificates.
 */
export function httpTransport(url: string, tls: ClientTls = {}): Transport {
  const base = URL.parse(url)
  if (base === null || !['http:', 'https:'].includes(base.protocol)) {
    throw new AppError('invalid', 'the address of an aggregator begins with https://')
  }
  if (Object.values(tls).some((given) => given !== undefined)) {
    throw new AppError('invalid', 'a page shows the certificates that its browser has: give none here')
  }
  return async ({ method, path, authorization, body, signal }) => {
    try {
      const response = await fetch(new URL(path, base), {
        method,
        headers: { authorization },
        signal,
        cache: 'no-store',
        credentials: 'omit',
        redirect: 'error',
        referrerPolicy: 'no-referrer',
        ...(body !== undefined && { body: new Blob([new Uint8Array(body)]) }),
      })
      return { status: response.status, body: new Uint8Array(await response.arrayBuffer()) }
    } catch (cause) {
      signal.throwIfAborted()
      throw new AppError('unavailable', `the aggregator at ${base.host} does not answer`, { cause })
    }
  }
}
