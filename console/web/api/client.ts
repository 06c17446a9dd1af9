import type { z } from 'zod'
import type { Problem } from '#console/api/common.ts'
import type { ROUTES } from '#console/api/routes.ts'

type Routes = typeof ROUTES
/** A route as it is called: `GET /v1/records/{record}`. */
export type Address = { [O in keyof Routes]: `${Routes[O]['method']} ${Routes[O]['path']}` }[keyof Routes]
type RouteAt<A extends Address> = {
  [O in keyof Routes]: A extends `${Routes[O]['method']} ${Routes[O]['path']}` ? Routes[O] : never
}[keyof Routes]
type Part<A extends Address, Name extends string> =
  RouteAt<A> extends { readonly [key in Name]: infer Schema extends z.ZodType } ? z.input<Schema> : undefined
/** What a route answers; null where it has no body. */
export type AnswerOf<A extends Address> = RouteAt<A>['answer'] extends infer Schema extends z.ZodType
  ? z.output<Schema>
  : null

export interface Asked<A extends Address> {
  readonly params?: Part<A, 'params'>
  readonly query?: Part<A, 'query'>
  readonly body?: Part<A, 'body'>
  /** The `etag` of what was shown. */
  readonly ifMatch?: string
  readonly signal?: AbortSignal
}

/** An answer that is no success, as the server told it. */
export class Refusal extends Error {
  readonly problem: Problem
  constructor(problem: Problem) {
    super(problem.detail)
    this.problem = problem
  }
}

/** What the window hears when the server knows the session no longer. */
export const SIGNED_OUT = 'credence:signed-out'

/** The token that goes with every change; set by whoever shows the session. */
let csrf = ''
export function carryToken(token: string | null): void {
  csrf = token ?? ''
}

/**
 * What the server answers at this address. A `Refusal` has the server's problem; `unreachable` (status 0) is one where no server answered.
 * A change carries a key of its own and is sent again with it where no answer came: what had reached the server is no second change there.
 */
export async function call<A extends Address>(
  address: A,
  { params, query, body, ifMatch, signal }: Asked<A> = {},
): Promise<AnswerOf<A>> {
  const [method = 'GET', template = ''] = address.split(' ')
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((params as Record<string, unknown> | undefined)?.[name])),
  )
  const search = new URLSearchParams()
  // what a query is made of is words and numbers, in every route
  const asked: Readonly<Record<string, string | number | undefined>> = query ?? {}
  for (const [name, value] of Object.entries(asked))
    if (value !== undefined && value !== '') search.set(name, String(value))
  const headers = new Headers()
  // not in the address, which a proxy would log with the names that are asked for
  if (search.size > 0) headers.set('credence-query', search.toString())
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (ifMatch !== undefined) headers.set('if-match', `"${ifMatch}"`)
  if (method !== 'GET') {
    headers.set('x-csrf-token', csrf)
    headers.set('idempotency-key', crypto.randomUUID())
  }
  const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }), ...(signal && { signal }) }
  const response = await answered(path, init)
  if (response.ok) return response.status === 204 ? (null as AnswerOf<A>) : ((await response.json()) as AnswerOf<A>)
  throw await refusalOf(response)
}

/** Where an attachment of a held record is to be had. */
export function attachmentHref(record: string, at: number): string {
  return `/v1/records/${record}/attachments/${at}`
}

/** The bytes of an attachment. */
export async function attachmentOf(record: string, at: number, signal: AbortSignal): Promise<ArrayBuffer> {
  const response = await answered(attachmentHref(record, at), { method: 'GET', signal })
  if (response.ok) return response.arrayBuffer()
  throw await refusalOf(response)
}

async function refusalOf(response: Response): Promise<Refusal> {
  const problem = ((await response.json().catch(() => null)) as Problem | null) ?? unreachable(response.status)
  if (problem.reason === 'not_signed_in') dispatchEvent(new Event(SIGNED_OUT))
  return new Refusal(problem)
}

/** Milliseconds until a change is sent again that no answer came to. */
const PAUSES = [300, 1500]

async function answered(address: string, init: RequestInit): Promise<Response> {
  for (const pause of init.method === 'GET' ? [null] : [...PAUSES, null]) {
    try {
      return await fetch(address, init)
    } catch (error) {
      if (init.signal?.aborted === true) throw error
      if (pause !== null) await new Promise((resolve) => setTimeout(resolve, pause))
    }
  }
  throw new Refusal(unreachable())
}

function unreachable(status = 0): Problem {
  const detail = 'The console does not answer. What you did last may not have reached it.'
  return { type: 'about:blank', title: 'unavailable', status, detail, code: 'unavailable', reason: null }
}

export type Session = AnswerOf<'GET /v1/session'>
export type HeldRecord = AnswerOf<'GET /v1/records/{record}'>
export type Opened = AnswerOf<'GET /v1/records/{record}/sample'>
export type Sample = Opened['sample']
export type Explanation = AnswerOf<'GET /v1/records/{record}/explanation'>
export type History = AnswerOf<'GET /v1/records/{record}/history'>
export type Campaign = AnswerOf<'GET /v1/campaigns'>['items'][number]
export type CampaignInFull = AnswerOf<'GET /v1/datasets/{dataset}/campaigns/{campaign}'>
export type Review = History['reviews'][number]
export type Bulk = AnswerOf<'GET /v1/bulk/{bulk}'>
export type BulkPreview = AnswerOf<'POST /v1/bulk/preview'>
