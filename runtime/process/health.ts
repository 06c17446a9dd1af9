import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { isAppError } from '#core/errors.ts'
import { LATE, within } from '../waiting/races.ts'
import { listen } from './listen.ts'
import type { Metrics } from './metrics.ts'

/** A condition for sending work to this process. Throws an `AppError` if it does not hold. */
export interface ReadinessProbe {
  readonly what: string
  readonly check: () => Promise<void>
}

export interface HealthOptions {
  readonly host: string
  readonly port: number
  readonly probeMs?: number
  /** Milliseconds. */
  readonly clock?: () => number
}

/** What a started service reports about itself. */
export interface Watched {
  readonly probes: readonly ReadinessProbe[]
  readonly metrics: Metrics
  /** True once the service drains: it is alive but takes no more work. */
  readonly isDraining?: () => boolean
}

interface Checked {
  readonly what: string
  readonly problem: string | null
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number
  /** Declares the service as started; before that, the process is alive but not ready. */
  watch(watched: Watched): void
}

/** Milliseconds for which a result of the probes is shared, because `/readyz` may be called often. */
const SHARED_MS = 1000

/**
 * `/livez` (200 while the event loop runs), `/readyz` (200 if every probe succeeds, else 503 with those that do not) and
 * `/metrics` (Prometheus). No answer concerns records or keys. Throws `invalid` if it cannot listen.
 */
export async function startHealth(options: HealthOptions): Promise<HealthServer> {
  const { host, port, probeMs = 3000, clock = () => performance.now() } = options
  let watched: Watched | undefined
  let shared: { readonly checks: Promise<readonly Checked[]>; until: number } | undefined

  const probe = async (probes: readonly ReadinessProbe[]): Promise<readonly Checked[]> =>
    Promise.all(probes.map(async ({ what, check }) => ({ what, problem: await problemOf(check, probeMs) })))

  /** Runs the probes one round at a time, and at most once a second. */
  const probed = (probes: readonly ReadinessProbe[]): Promise<readonly Checked[]> => {
    if (shared !== undefined && clock() < shared.until) return shared.checks
    const round = { checks: probe(probes), until: Infinity }
    shared = round
    const settled = () => void (round.until = clock() + SHARED_MS)
    round.checks.then(settled, settled)
    return round.checks
  }

  const ready = async (): Promise<{ status: number; body: object }> => {
    if (watched === undefined) return { status: 503, body: { status: 'starting', checks: [] } }
    const { probes, isDraining = () => false } = watched
    const checks = await probed(probes)
    const draining = isDraining()
    const failed = checks.filter(({ problem }) => problem !== null)
    const status = failed.length === 0 && !draining ? 200 : 503
    return { status, body: { status: draining ? 'draining' : status === 200 ? 'ready' : 'not ready', checks } }
  }

  const server = createServer((request, response) => {
    const path = request.url?.split('?')[0]
    void (async () => {
      if (request.method !== 'GET' && request.method !== 'HEAD') return send(response, 405, 'only GET\n', 'text/plain')
      if (path === '/livez') return send(response, 200, 'alive\n', 'text/plain')
      if (path === '/metrics') {
        const { metrics } = watched ?? {}
        return send(response, 200, (await metrics?.text()) ?? '', metrics?.contentType ?? 'text/plain')
      }
      if (path !== '/readyz') return send(response, 404, 'try /livez, /readyz or /metrics\n', 'text/plain')
      const { status, body } = await ready()
      send(response, status, `${JSON.stringify(body)}\n`, 'application/json')
    })().catch(() => send(response, 500, 'failed\n', 'text/plain'))
  })
  await listen(server, { host, port }, 'cannot answer /readyz')
  return {
    port: (server.address() as AddressInfo).port,
    watch(found) {
      watched = found
      shared = undefined
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function send(response: ServerResponse, status: number, body: string, type: string): void {
  if (response.headersSent) return
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}

/** Why a probe fails, or null. One that does not answer in time fails. */
async function problemOf(check: () => Promise<void>, withinMs: number): Promise<string | null> {
  const asked = check().then(
    () => null,
    (error: unknown) => (isAppError(error) ? `${error.code}: ${error.message}` : 'failed'),
  )
  const problem = await within(asked, withinMs)
  return problem === LATE ? 'no answer in time' : problem
}
