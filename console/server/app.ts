import { Hono, type Context } from 'hono'
import type { z } from 'zod'
import { AppError, isAppError, reportOf } from '#core/errors.ts'
import type { SigningSystem } from '#app/system.ts'
import type { Route } from '#console/api/route.ts'
import { permits } from '#console/api/roles.ts'
import { ROUTES, type Operation } from '#console/api/routes.ts'
import { peerOf } from './access/certificates.ts'
import { checkSameSite, type Visitors, type Who } from './access/who.ts'
import { idFrom } from './access/secrets.ts'
import type { AnswerOf, Call, Handlers } from './call.ts'
import { createBuckets, type Buckets } from './http/buckets.ts'
import { securityHeaders } from './http/headers.ts'
import type { Pages } from './http/pages.ts'
import { parsed, problemResponse } from './http/problems.ts'
import type { Live } from './live.ts'
import { createRefusals, type Refusals } from './refusals.ts'

export interface AppOptions {
  readonly system: SigningSystem
  readonly visitors: Visitors
  readonly live: Live
  readonly pages: Pages
  readonly handlers: Handlers
  /** Addresses that are ours, such as `http://127.0.0.1:8787`; what comes for any other host is refused. */
  readonly origins: ReadonlySet<string>
  readonly isHttps: boolean
  /** Whether what is dangerous takes a second factor of who signed in at the provider. */
  readonly asksTwice: boolean
  /** Further routes of GET, outside `/v1`: sign-in. */
  readonly doors: Readonly<Record<string, (request: Request, address: string) => Promise<Response>>>
  /** Told of errors that are no answer of ours. */
  readonly onDefect: (error: unknown) => void
  readonly limits?: { readonly person: Buckets; readonly stranger: Buckets } | undefined
}

/** The address of whoever is connected, as the socket has it. */
type Bindings = { incoming?: { socket: { remoteAddress?: string | undefined } } }
type Env = { Bindings: Bindings }

const MOST_BYTES = 1024 * 1024
/** What is heard out, and thrown away, so that the answer reaches who sends too much. */
const MOST_HEARD = 16 * MOST_BYTES

/** The console as a function from request to answer: every route of the table, the doors, and the pages for the rest. */
export function createApp(options: AppOptions): Hono<Env> {
  const { origins, isHttps, doors, pages, onDefect } = options
  const limits = options.limits ?? {
    person: createBuckets({ atOnce: 300, perSecond: 60 }),
    stranger: createBuckets({ atOnce: 30, perSecond: 1 }),
  }
  const refusals = createRefusals(options.system.catalog.audit, onDefect)
  const hosts = new Set([...origins].map((origin) => new URL(origin).host))
  const headers = securityHeaders(isHttps)
  const app = new Hono<Env>()

  app.use(async (context, next) => {
    if (!hosts.has(context.req.header('host') ?? '')) {
      // a name that somebody made resolve to this machine
      context.res = problemResponse(
        new AppError('denied', 'this host is not the console’s own', { reason: 'wrong_host' }),
      )
    } else await next()
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value)
  })
  app.onError((error) => {
    if (!isAppError(error) || reportOf(error).code === 'internal') onDefect(error)
    return problemResponse(error, isAppError(error, 'throttled') ? { 'retry-after': '1' } : undefined)
  })

  const paths = new Map<string, string[]>()
  for (const [operation, route] of Object.entries(ROUTES) as [Operation, Route][]) {
    const path = route.path.replace(/\{(\w+)\}/g, ':$1')
    paths.set(path, [...(paths.get(path) ?? []), route.method])
    app.on(route.method, path, (context) => answer(operation, route, context, { ...options, refusals }, limits))
  }
  for (const [path, methods] of paths) {
    app.all(path, () => {
      const error = new AppError('invalid', `this address takes ${methods.join(', ')}`, { reason: 'wrong_method' })
      return problemResponse(error, { allow: methods.join(', ') })
    })
  }
  for (const [path, open] of Object.entries(doors)) {
    app.get(path, (context) => {
      // whoever looks at a link before it is opened must not use it up
      if (context.req.method !== 'GET') return new Response(null, { status: 405, headers: { allow: 'GET' } })
      limits.stranger.take(addressOf(context))
      return open(context.req.raw, addressOf(context))
    })
  }
  const nothing = () => problemResponse(new AppError('not_found', 'there is nothing at this address'))
  app.all('/v1/*', nothing)
  app.get('*', async ({ req }) => (await pages.answer(req.path, req.header('accept-encoding'))) ?? nothing())
  app.notFound(nothing)
  return app
}

async function answer(
  operation: Operation,
  route: Route,
  context: Context<Env>,
  options: AppOptions & { readonly refusals: Refusals },
  limits: { readonly person: Buckets; readonly stranger: Buckets },
): Promise<Response> {
  const { visitors, refusals } = options
  const address = addressOf(context)
  const who = await visitors.of(context.req.raw, address, peerOf(context.env?.incoming?.socket))
  if (who === null) {
    limits.stranger.take(address)
    throw new AppError('denied', 'nobody is signed in: open the link that the console printed, or sign in', {
      reason: 'not_signed_in',
    })
  }
  limits.person.take(who.session ?? who.person)
  try {
    return await answerTo(who, operation, route, context, options)
  } catch (error) {
    await refusals.note(who, operation, error)
    throw error
  }
}

async function answerTo(
  who: Who,
  operation: Operation,
  route: Route,
  context: Context<Env>,
  { system, live, handlers, origins, asksTwice }: AppOptions,
): Promise<Response> {
  const request = context.req.raw
  const changes = route.method !== 'GET' && route.changes !== false
  if (route.method !== 'GET') checkSameSite(request, who, origins)
  checkPermitted(route, who)
  if (asksTwice) checkStrong(route, who)
  const params = inPart(route.params, context.req.param(), 'the address')
  const query = inPart(route.query, queryOf(context), 'the query')
  const body = inPart(route.body, route.body === undefined ? undefined : await bodyOf(request), 'the body')
  const headers = new Headers({ 'cache-control': 'no-store' })
  const call = {
    who,
    system: { ...system, actor: who.person },
    live,
    request,
    params,
    query,
    body,
    headers,
    ifMatch: route.ifMatch === true ? ifMatchOf(request) : '',
    id: changes ? idFrom(who.person, operation, keyOf(request)) : '',
  }
  // each handler takes the call of its own route, which this is
  const handler = handlers[operation] as unknown as (call: unknown) => Promise<AnswerOf<Operation>>
  return respond(route, await handler(call satisfies Call<never> | object), headers)
}

function respond(route: Route, answered: unknown, headers: Headers): Response {
  if (answered instanceof Response) {
    for (const [name, value] of headers) if (!answered.headers.has(name)) answered.headers.set(name, value)
    return answered
  }
  const { answer: schema } = route
  if (schema === null || typeof schema === 'string') return new Response(null, { status: 204, headers })
  // nothing leaves that the route does not say
  const result = schema.safeParse(answered)
  if (!result.success) throw new Error(`an answer is not what ${route.path} says: ${result.error.message}`)
  headers.set('content-type', 'application/json')
  const { etag } = result.data as { etag?: unknown }
  if (typeof etag === 'string') headers.set('etag', `"${etag}"`)
  return new Response(`${JSON.stringify(result.data)}\n`, { status: route.status ?? 200, headers })
}

function checkPermitted({ permission }: Route, who: Who): void {
  if (permission === 'session' || permission === 'none' || permits(who.grants, permission)) return
  throw new AppError('denied', `none of your roles permits this: it takes ${permission}`, { reason: 'not_permitted' })
}

/** A service token is no person, and has what it was made with. */
function checkStrong({ isDangerous }: Route, { via, strongUntil }: Who): void {
  if (isDangerous !== true || via !== 'openid' || (strongUntil !== null && strongUntil > new Date())) return
  throw new AppError('denied', 'this takes a second factor: sign in at /sign-in/openid?strong, and do it again', {
    reason: 'second_factor',
  })
}

function inPart(schema: z.ZodType | undefined, input: unknown, where: string): unknown {
  return schema === undefined ? undefined : parsed(schema, input, where)
}

/** The query of the address, and that of the header, which no proxy logs. Each parameter once: what comes twice is read differently by everybody. */
function queryOf(context: Context): Readonly<Record<string, string>> {
  const inHeader = new URLSearchParams(context.req.header('credence-query'))
  const asked = [...new URL(context.req.url).searchParams, ...inHeader]
  const query = new Map(asked)
  if (query.size < asked.length) throw new AppError('invalid', 'a parameter is given twice', { reason: 'request' })
  return Object.fromEntries(query)
}

async function bodyOf(request: Request): Promise<unknown> {
  const type = request.headers.get('content-type') ?? ''
  if (!/^application\/json\s*(?:;|$)/i.test(type)) {
    throw new AppError('invalid', 'the body has to be application/json', { reason: 'wrong_type' })
  }
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of request.body ?? []) {
    bytes += chunk.length
    if (bytes <= MOST_BYTES) chunks.push(chunk)
    else if (bytes > MOST_HEARD) break
  }
  if (bytes > MOST_BYTES) throw new AppError('invalid', 'the body is larger than 1 MiB', { reason: 'too_large' })
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)))
  } catch {
    throw new AppError('invalid', 'the body is not JSON', { reason: 'request' })
  }
}

function keyOf(request: Request): string {
  const key = request.headers.get('idempotency-key') ?? ''
  if (/^[\x21-\x7e]{8,200}$/.test(key)) return key
  throw new AppError(
    'invalid',
    'a change carries an Idempotency-Key: 8 to 200 visible characters, new for each change',
    {
      reason: 'idempotency_missing',
    },
  )
}

function ifMatchOf(request: Request): string {
  const [, etag] = /^"([\w-]{1,100})"$/.exec(request.headers.get('if-match') ?? '') ?? []
  if (etag !== undefined) return etag
  throw new AppError('invalid', 'this takes If-Match, with the ETag that was shown', { reason: 'if_match_missing' })
}

function addressOf(context: Context<Env>): string {
  return context.env?.incoming?.socket.remoteAddress ?? 'unknown'
}
