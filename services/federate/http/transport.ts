import { request as plain } from 'node:http'
import { request as secure } from 'node:https'
import { AppError } from '#core/errors.ts'

/** One call to the aggregator. Throws `unavailable` if it cannot be reached, and the reason of `signal` when that aborts. */
export type Transport = (call: {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly authorization: string
  readonly body?: Uint8Array | undefined
  readonly signal: AbortSignal
}) => Promise<{ readonly status: number; readonly body: Uint8Array }>

export interface ClientTls {
  /** PEM of the authority that must have issued the aggregator's certificate; if absent, the system's authorities. */
  readonly authority?: string | undefined
  /** PEM of the client's certificate, if the aggregator requires one. */
  readonly certificate?: string | undefined
  readonly key?: string | undefined
}

/** The longest answer in bytes; no answer of this protocol is longer. */
const MOST_BYTES = 2 ** 30

/**
 * Milliseconds without a byte after which a connection counts as dead: the aggregator answers a waiting call within twenty
 * seconds, if only with nothing.
 */
const SILENCE_MS = 60_000

/** Calls over HTTP or HTTPS to `https://host:port`. Throws `invalid` for an address of another form. */
export function httpTransport(
  url: string,
  { authority, certificate, key }: ClientTls = {},
  silenceMs = SILENCE_MS,
): Transport {
  const base = URL.parse(url)
  if (base === null || !['http:', 'https:'].includes(base.protocol)) {
    throw new AppError('invalid', 'the address of an aggregator begins with https://')
  }
  const tls = { ca: authority, cert: certificate, key, minVersion: 'TLSv1.3' } as const
  return ({ method, path, authorization, body, signal }) =>
    new Promise((resolve, reject) => {
      const failed = (cause: unknown) => {
        if (signal.aborted) reject(signal.reason as Error)
        else reject(new AppError('unavailable', `the aggregator at ${base.host} does not answer`, { cause }))
      }
      const headers = { authorization, 'content-length': body?.length ?? 0 }
      const options = { method, headers, signal }
      const target = new URL(path, base)
      const call = base.protocol === 'https:' ? secure(target, { ...options, ...tls }) : plain(target, options)
      call.once('error', failed)
      call.setTimeout(silenceMs, () => call.destroy(new Error('the connection is silent')))
      call.once('response', (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('data', (chunk: Buffer) => {
          length += chunk.length
          if (length > MOST_BYTES) call.destroy(new RangeError('too long'))
          else chunks.push(chunk)
        })
        response.once('error', failed)
        response.once('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }))
      })
      call.end(body)
    })
}
