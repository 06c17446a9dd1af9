import type { IncomingMessage, ServerResponse } from 'node:http'
import { fault } from '../secure/faults.ts'

/** Seconds that a browser need not ask again. */
const MAX_AGE = 600

/**
 * Lets a page of a named origin read what a call is answered (the Fetch standard, "CORS protocol"), and answers a browser that asks first whether the page may
 * call: `asks`. A page proves nothing by its origin and sends no cookie: each call is signed as any other. Throws `unknown_origin` for any other page.
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
