import type { IncomingMessage, ServerResponse } from 'node:http'
import { fault } from '../secure/faults.ts'

/** Seconds for which a browser may cache the answer to its preflight request. */
const MAX_AGE = 600

/**
 * Lets a page of a configured origin read the answers to its calls (the Fetch standard, "CORS protocol"). `asks` marks a
 * preflight request, with which a browser asks whether the page may call. An origin proves nothing, and no cookie is sent: each
 * call is signed like any other. Throws `unknown_origin` for a page of another origin.
 */
export function admitPage(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  origins: readonly string[],
): 'asks' | 'calls' {
  const { origin } = headers
  if (origin === undefined) return 'calls'
  if (!origins.includes(origin)) throw fault('unknown_origin', 'a call from a page that this federation does not name')
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('vary', 'origin')
  if (method !== 'OPTIONS') return 'calls'
  response.setHeader('access-control-allow-methods', 'GET, POST')
  response.setHeader('access-control-allow-headers', 'authorization, content-type')
  response.setHeader('access-control-max-age', MAX_AGE)
  return 'asks'
}
