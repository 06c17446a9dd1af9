import { AsyncDisposableStack } from '#core/disposal.ts'
import { AppError } from '#core/errors.ts'
import { currentKeyPath } from '#core/layout.ts'
import type { HealthServer, ReadinessProbe } from '#runtime/process/health.ts'
import { createMetrics, type Gauges } from '#runtime/process/metrics.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { Source } from '#services/ingest/source.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import { deliverUntil, sunkDatasets } from './delivery.ts'
import { ownerOf } from './embedded.ts'
import { ingestUntil } from './ingest-dataset.ts'
import { openQueue, type OpenedQueue } from './open/queue.ts'
import { automaticDatasets, recallUntil } from './automatic-recalls.ts'
import { consumeCommits, consumeScans, noteFailure } from './stages.ts'
import { sweepUntil } from './sweep-service.ts'
import { takeUpMemories } from './take-up-memories.ts'
import type { SigningSystem, System } from './system.ts'
import { PACKAGES } from './open/packages.ts'

/** The services of a scaled-out installation; any number of processes may run the same ones. */
export const SERVICES = ['ingest', 'scan', 'encrypt', 'sweep'] as const
export type Service = (typeof SERVICES)[number]
/** Services that never use the signing key. */
export type UnsignedService = Exclude<Service, 'encrypt' | 'sweep'>

/** Whether none of these services needs the signing key. */
export function areUnsigned(services: readonly Service[]): services is readonly UnsignedService[] {
  return services.every((service) => service !== 'encrypt' && service !== 'sweep')
}

export interface ServicesOptions {
  readonly signal: AbortSignal
  readonly health?: HealthServer | undefined
}

/**
 * Runs services until `signal`, then drains: running work is finished, waiting work is left to other processes. Throws `invalid`
 * if the configuration lacks what several processes need to share.
 */
export function runServices(
  system: SigningSystem,
  services: readonly Service[],
  options: ServicesOptions,
): Promise<void>
export function runServices(
  system: System,
  services: readonly UnsignedService[],
  options: ServicesOptions,
): Promise<void>
export async function runServices(
  system: System | SigningSystem,
  services: readonly Service[],
  { signal, health }: ServicesOptions,
): Promise<void> {
  const { config, events } = system
  const owner = ownerOf(system)
  requireShared(system, services)
  await using stack = new AsyncDisposableStack()
  // Closed after the queue has stopped taking jobs, because jobs would fail without it.
  const pool = services.includes('scan') ? stack.use(createScanPool(config.workers)) : null
  const queue = await openQueue(config, { events, onFailed: (job, error) => noteFailure(system, job, error) })
  stack.defer(() => queue.close())
  const sources = new Map<string, Source>()
  const does = (service: Service) => services.includes(service)

  if (config.traces !== undefined) {
    const { startTraces } = await withPackages(PACKAGES.traces, () => import('#runtime/process/traces.ts'))
    const { emulator } = config
    stack.use(startTraces({ events, otlp: config.traces.otlp, emulator, service: `credence-${services.join('-')}` }))
  }
  const metrics = createMetrics({ events, collect: (gauges) => collect(system, { queue, sources, owner }, gauges) })
  health?.watch({ probes: probesOf(system, queue), metrics, isDraining: () => signal.aborted })
  const failed = new AbortController()
  const until = AbortSignal.any([signal, failed.signal])
  const running: Promise<unknown>[] = [stopped(until)]
  // Transient failures are handled further in. A failure that arrives here is not transient, and ends the process.
  const run = (work: Promise<unknown>) => void running.push(work.catch((error: unknown) => failed.abort(error)))
  if (pool !== null) {
    consumeScans(system, queue, { score: (task) => pool.score(task), windows: config.workers + 1 })
    run(takeUpMemories(system, queue, until))
  }
  if ('signer' in system) {
    if (does('encrypt')) {
      consumeCommits(system, queue)
      for (const name of sunkDatasets(system)) run(deliverUntil(system, name, owner, until))
      for (const name of automaticDatasets(system)) run(recallUntil(system, name, until))
    }
    if (does('sweep')) run(sweepUntil(system, { queue, owner, signal: until }))
  }
  if (does('ingest')) {
    for (const name of Object.keys(config.datasets)) {
      run(ingestUntil(system, name, queue, { owner, signal: until, sources }))
    }
  }
  await Promise.all(running)
  if (failed.signal.aborted) throw failed.signal.reason
}

async function stopped(signal: AbortSignal): Promise<void> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }))
}

function requireShared({ config }: System, services: readonly Service[]): void {
  if (SERVICES.every((service) => services.includes(service))) return // one process with all services is enough
  const missing = [
    ...(config.catalog === undefined ? ['catalog: { postgres: … }'] : []),
    ...(config.queue === undefined ? ['queue: { redis: … }'] : []),
  ]
  if (missing.length === 0) return
  throw new AppError(
    'invalid',
    `${services.join(', ')} in a process of its own shares its work with others, so ${config.path} has to name ` +
      `${missing.join(' and ')}. \`credence run\` and \`credence serve\` do everything in one process and need neither.`,
    { reason: 'not_shared' },
  )
}

function probesOf({ config, catalog, store, keys }: System, queue: OpenedQueue): ReadinessProbe[] {
  const [dataset = ''] = Object.keys(config.datasets)
  return [
    { what: 'catalog', check: async () => void (await catalog.windows.waiting()) },
    { what: 'queue', check: async () => void (await (queue.ready?.() ?? queue.depth())) },
    { what: 'store', check: async () => void (await store.exists(currentKeyPath(dataset))) },
    // the first process that stages makes the key, not this check
    { what: 'keys', check: async () => void ((await keys.pointer(dataset)) && (await keys.current(dataset))) },
  ]
}

interface Measured {
  readonly queue: OpenedQueue
  readonly sources: ReadonlyMap<string, Source>
  readonly owner: string
}

async function collect({ catalog }: System, { queue, sources, owner }: Measured, gauges: Gauges): Promise<void> {
  for (const { state, windows, oldestSeconds } of await catalog.windows.waiting())
    gauges.waiting(state === 'staged' ? 'scan' : 'commit', windows, oldestSeconds)
  for (const stage of ['scan', 'commit'] as const) gauges.queued(stage, await queue.depth(stage))
  for (const [name, source] of sources) {
    for (const { shard, owner: reader } of await catalog.sources.leases(name)) {
      const lag = source.lagMs?.(shard) ?? null
      // only the current reader of a shard reports its lag, because ours may be old
      if (lag !== null && reader === owner) gauges.lag(name, shard, lag / 1000)
    }
  }
}
