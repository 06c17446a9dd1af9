import { createAdaptorServer } from '@hono/node-server'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { AsyncDisposableStack } from '#core/disposal.ts'
import { AppError } from '#core/errors.ts'
import { signAuditLog } from '#app/operations/audit.ts'
import type { SigningSystem } from '#app/system.ts'
import { listen } from '#runtime/process/listen.ts'
import { ROLES, type Grant } from '#console/api/roles.ts'
import { listenMutually, type MutualTlsOptions } from './access/certificates.ts'
import { createLinks } from './access/links.ts'
import { createOpenId, type OpenIdOptions } from './access/openid.ts'
import { createVisitors } from './access/who.ts'
import { clientAnswers } from './answers/clients.ts'
import { dataAnswers } from './answers/data.ts'
import { decisionAnswers } from './answers/decisions.ts'
import { draftAnswers } from './answers/drafts.ts'
import { elevationAnswers } from './answers/elevations.ts'
import { opinionAnswers } from './answers/opinions.ts'
import { operationAnswers } from './answers/operations.ts'
import { recallAnswers } from './answers/recalls.ts'
import { repeatAnswers } from './answers/repeats.ts'
import { recordAnswers } from './answers/records.ts'
import { sessionAnswers } from './answers/session.ts'
import { webhookAnswers } from './answers/webhooks.ts'
import { createApp, type AppOptions } from './app.ts'
import { createBulkWork, type BulkWork } from './bulk-work.ts'
import { createCarrier, type Carrier } from './carrier.ts'
import { createDoors } from './doors.ts'
import { createPages } from './http/pages.ts'
import { createKeyWork, type KeyWork } from './key-work.ts'
import { followElsewhere } from './elsewhere.ts'
import { createLive } from './live.ts'
import { createRedriveWork, type RedriveWork } from './redrive-work.ts'
import { createWebhookWork } from './webhooks/work.ts'

export interface ConsoleOptions {
  readonly host: string
  /** 0 takes a free one. */
  readonly port: number
  /** The address that browsers have for it, such as `https://console.example.org`; its own where absent. */
  readonly origin?: string | undefined
  /** The built pages. */
  readonly web?: string
  /** Signs in by a provider of OpenID Connect, beside links. */
  readonly openid?: OpenIdOptions | undefined
  /** A listener of its own for programs that sign in by certificates, and the address that they have for it. */
  readonly mutualTls?: (MutualTlsOptions & { readonly origin?: string | undefined }) | undefined
  /** How many records one person may release at once; more of them, or a whole campaign, wait for a second person. */
  readonly releaseAlone?: number | undefined
  /** Where webhooks may go, and how often what they wait for is looked for. */
  readonly webhooks?:
    | { readonly hosts: readonly string[]; readonly emulator: boolean; readonly everyMs?: number }
    | undefined
  /** Whether a draft that is published is written into its contract's file. */
  readonly writesContracts?: boolean | undefined
  /** Between looks at what other processes did, in milliseconds. */
  readonly lookMs?: number | undefined
  readonly onDefect?: (error: unknown) => void
  readonly limits?: AppOptions['limits']
}

export interface RunningConsole extends AsyncDisposable {
  readonly origin: string
  /** For programs with certificates; null where there is no such listener. */
  readonly mutualOrigin: string | null
  /** An address that signs in, once, within five minutes; every role where none is named. */
  link(bearer?: { readonly person?: string; readonly grants?: readonly Grant[] }): string
}

const WEB = fileURLToPath(new URL('../web/dist/', import.meta.url))
const SIGN_MS = 60_000
const LOOPBACK = new Set(['127.0.0.1', '::1', 'localhost'])

/**
 * The console over an installation, until it is disposed of. What an earlier one left unfinished goes on. Throws `invalid`
 * where it cannot listen, or would be reached from other machines without an address of its own.
 */
export async function startConsole(system: SigningSystem, options: ConsoleOptions): Promise<RunningConsole> {
  const { host, port, web = WEB, onDefect = () => {} } = options
  if (!LOOPBACK.has(host) && options.origin === undefined) {
    throw new AppError(
      'invalid',
      `to listen at ${host}, the console has to know the address that browsers have for it`,
      {
        reason: 'console_origin',
      },
    )
  }
  await using stack = new AsyncDisposableStack()
  const closing = new AbortController()
  const live = createLive(system.events)
  stack.defer(() => live[Symbol.dispose]())
  // a catalog of one's own has nobody else in it
  if (system.config.catalog !== undefined)
    stack.use(followElsewhere(system, live, { onDefect, everyMs: options.lookMs }))
  const carrier = stack.use(createCarrier(system))
  const keyWork = stack.use(createKeyWork(system, live))
  const bulkWork = stack.use(createBulkWork(system, carrier, live))
  const redriveWork = stack.use(createRedriveWork(system, live))

  const origins = new Set(options.origin === undefined ? [] : [new URL(options.origin).origin])
  const isHttps = [...origins].some((origin) => origin.startsWith('https:'))
  const visitors = createVisitors(system.catalog.console, { isHttps, clients: options.mutualTls?.clients })
  const links = createLinks()
  let app: ReturnType<typeof createApp> | undefined
  const server = createAdaptorServer({
    hostname: host,
    fetch: (request, env) => app?.fetch(request, env) ?? new Response(null, { status: 503 }),
  })
  await listen(server, { host, port }, 'the console cannot listen')
  stack.defer(async () => {
    closing.abort()
    if ('closeAllConnections' in server) server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const { port: taken } = server.address() as AddressInfo
  if (LOOPBACK.has(host)) for (const name of ['127.0.0.1', 'localhost', '[::1]']) origins.add(`http://${name}:${taken}`)
  const origin = options.origin ?? `http://${host === '::1' ? '[::1]' : host}:${taken}`

  const toTell = { hosts: [], emulator: false, ...options.webhooks, source: origin, onDefect }
  const webhookWork = stack.use(createWebhookWork(system, toTell))
  const openid = options.openid === undefined ? null : await createOpenId(origin, options.openid)

  let mutualOrigin: string | null = null
  if (options.mutualTls !== undefined) {
    const { mutualTls } = options
    const answer: Parameters<typeof listenMutually>[1] = (request, env) =>
      app?.fetch(request, env as Parameters<typeof app.fetch>[1]) ?? new Response(null, { status: 503 })
    const mutual = stack.use(await listenMutually(mutualTls, answer, onDefect))
    mutualOrigin = mutualTls.origin ?? `https://${mutualTls.host}:${mutual.port}`
    origins.add(mutualOrigin)
  }

  app = createApp({
    system,
    visitors,
    live,
    pages: createPages(web),
    origins,
    isHttps,
    onDefect,
    limits: options.limits,
    asksTwice: options.openid?.stepUp !== undefined,
    handlers: {
      ...sessionAnswers(visitors, options),
      ...dataAnswers,
      ...recordAnswers(carrier),
      ...opinionAnswers,
      ...clientAnswers,
      ...recallAnswers(carrier),
      ...repeatAnswers,
      ...decisionAnswers(carrier, bulkWork, options.releaseAlone),
      ...operationAnswers(keyWork, closing.signal),
      ...draftAnswers(redriveWork, options.writesContracts === true),
      ...webhookAnswers(webhookWork, toTell),
      ...elevationAnswers,
    },
    doors: createDoors(system, visitors, links, openid),
  })

  // what the console adds to the log is signed for soon, not only when it ends
  const signing = setInterval(() => void signAuditLog(system).catch(() => null), SIGN_MS)
  stack.defer(() => clearInterval(signing))
  await goOn(system, carrier, bulkWork, keyWork, redriveWork)
  const held = stack.move()
  return {
    origin,
    mutualOrigin,
    link: ({ person = system.actor, grants = EVERYTHING } = {}) =>
      `${origin}/sign-in?code=${links.make({ person, grants })}`,
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  }
}

const EVERYTHING: readonly Grant[] = ROLES.map((role) => ({ role, datasets: null }))

/** Takes up what was recorded and not carried out: by a console that was killed, say. Safe beside others that do. */
async function goOn(
  { catalog }: SigningSystem,
  carrier: Carrier,
  bulkWork: BulkWork,
  keyWork: KeyWork,
  redriveWork: RedriveWork,
): Promise<void> {
  for (const review of await catalog.reviews.list({ state: 'pending' })) void carrier.carry(review)
  for (const row of await catalog.console.bulk.unfinished()) bulkWork.start(row)
  for (const row of await catalog.console.redrives.running()) redriveWork.start(row)
  for (const job of await catalog.console.keyJobs.running()) {
    // to rewrap again does no more than is due; whether a rotation was done cannot be told from here
    if (job.what === 'rewrap') keyWork.start(job)
    else
      await catalog.console.keyJobs.end(
        job.id,
        'failed',
        'the console stopped meanwhile: look at the keys, and ask again',
      )
  }
}
