import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import type { Job } from '#core/jobs.ts'
import { isAppError } from '#core/errors.ts'
import { folderPath, windowIn } from '#core/layout.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import { createSweeper, type Sweeper } from '#runtime/queue/sweeper.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { isPooled, sweepStaging } from '#services/encrypt/sweep.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'
import { automaticDatasets, recallByPolicy, recallUntil } from './automatic-recalls.ts'
import { deliverOnce, sunkDatasets } from './delivery.ts'
import { createFailures, type Failure, type Failures } from './failures.ts'
import { busyIn, IDLE_PATIENCE, watchIdleness } from './idleness.ts'
import { ingestInto } from './ingest-dataset.ts'
import { openQueue } from './open/queue.ts'
import { pruneMemories } from './operations/kept-memories.ts'
import { consumeCommits, consumeScans, noteFailure } from './stages.ts'
import type { SigningSystem, System } from './system.ts'

export interface EmbeddedOptions {
  /** Ends the run: running work is finished, waiting work is left for the next run. */
  readonly signal?: AbortSignal | undefined
  /** How a window is scored, in place of the worker threads. */
  readonly score?: ((task: ScoreTask) => Promise<ScoredWindow>) | undefined
  /** Live sources are followed until no item came for this long; what was read by then is staged. */
  readonly untilIdleSeconds?: number | undefined
  /** False: finishes what is staged, but reads nothing new. */
  readonly reads?: boolean | undefined
}

/**
 * Runs all three stages in one process: until every finite source is read to its end and every window is committed and, with
 * live sources, until `signal` or until they are idle. On `signal`, running work is finished and waiting work is left for the
 * next run. Windows that an earlier run left behind come first. A failure of one file, dataset, window or review does not stop
 * the others.
 */
export async function runEmbedded(system: SigningSystem, options: EmbeddedOptions = {}): Promise<readonly Failure[]> {
  const { config, catalog, events } = system
  const { signal } = options
  const failures = createFailures()
  const fail = (what: string) => (error: unknown) => {
    if (signal?.aborted !== true) failures.failed(what, error)
  }
  await using pool = createScanPool(config.workers)
  const queue = await openQueue(config, {
    events,
    onFailed: async (job, error) => {
      failures.failed(jobOf(job), error)
      await noteFailure(system, job, error)
    },
  })
  const close = () => void queue.close()
  signal?.addEventListener('abort', close, { once: true })
  const sweeper = createSweeper({
    catalog,
    queue,
    events,
    onReview: (review) => applyReview(review, system).catch(fail(`review ${review.id}`)),
  })
  const done =
    (...stages: readonly Job['stage'][]) =>
    ({ window }: { readonly window: string }) => {
      for (const stage of stages) failures.done(jobOf({ stage, window }))
    }
  const unheard = [events.on('window.scanned', done('scan')), events.on('window.committed', done('scan', 'commit'))]
  try {
    const { score = (task) => pool.score(task) } = options
    const scans = consumeScans(system, queue, { score, windows: config.workers + 1 })
    consumeCommits(system, queue)
    await discardLeftovers(system)
    await pruneOwn(system)
    const takeUp = async () => {
      const what = 'taking up what an earlier run left'
      await sweeper.sweep('all').then(() => failures.done(what), fail(what))
    }
    await takeUp()
    const ended = new AbortController()
    const following = automaticDatasets(system).map((name) => recallUntil(system, name, ended.signal))
    try {
      if (options.reads !== false) await ingestAll(system, { ...options, sweeper, queue, fail })
    } finally {
      ended.abort()
      await Promise.all(following)
    }
    await queue.onIdle()
    await untilMended(failures, options, async () => {
      await takeUp()
      await queue.onIdle()
    })
    for (const name of Object.keys(config.datasets))
      if (signal?.aborted !== true) await scans.catchUp(name).catch(fail(`the memory of ${name}`))
    for (const name of signal?.aborted === true ? [] : automaticDatasets(system))
      await recallByPolicy(system, name).catch(fail(`recalls of ${name}`))
    for (const name of signal?.aborted === true ? [] : sunkDatasets(system))
      await deliverOnce(system, name, ownerOf(system), signal).catch(fail(`delivering ${name}`))
  } finally {
    signal?.removeEventListener('abort', close)
    for (const end of unheard) end()
    await sweeper.stop()
    await queue.close()
  }
  return failures.list()
}

function jobOf({ stage, window }: Pick<Job, 'stage' | 'window'>): string {
  return `${stage} of window ${window}`
}

/** Retries windows for as long as `untilIdleSeconds` retries sources, because an unavailable service may return. */
async function untilMended(
  failures: Failures,
  { signal, untilIdleSeconds }: EmbeddedOptions,
  again: () => Promise<void>,
): Promise<void> {
  if (untilIdleSeconds === undefined) return
  const end = performance.now() + untilIdleSeconds * 1000 * IDLE_PATIENCE
  const isStopped = () => signal?.aborted === true
  while (!isStopped() && failures.isWaiting() && performance.now() < end) {
    await sleep(Math.min(LOOK_AGAIN_MS, untilIdleSeconds * 1000), signal).catch(() => {})
    if (!isStopped()) await again()
  }
}

const LOOK_AGAIN_MS = 5000

interface IngestAll extends EmbeddedOptions {
  readonly sweeper: Sweeper
  readonly queue: Parameters<typeof ingestInto>[2]
  readonly fail: (what: string) => (error: unknown) => void
}

async function ingestAll(system: System, options: IngestAll): Promise<void> {
  const { queue, fail, sweeper, signal, untilIdleSeconds } = options
  const follows = Object.values(system.config.datasets).some(({ source }) => !('root' in source))
  if (follows) await sweeper.start()
  using idleness = watchIdleness(system, follows ? untilIdleSeconds : undefined)
  const patient: typeof queue = {
    ...queue,
    // Waiting for room in the queue does not count as idle: there may be more to read.
    enqueue: (...job) => idleness.during(() => queue.enqueue(...job)),
  }
  const reading = {
    owner: ownerOf(system),
    signal: signal ?? new AbortController().signal,
    drain: idleness.drain,
  }
  const watched = busyIn(system, idleness)
  await Promise.all(
    Object.keys(system.config.datasets).map(async (name) => {
      const failed = fail(`reading ${name}`)
      try {
        for (const problem of await ingestInto(watched, name, patient, reading)) failed(problem)
      } catch (error) {
        failed(error)
      }
    }),
  )
  for (const [name, error] of idleness.held()) fail(`reading ${name}`)(error)
}

/**
 * The owner of this process's leases. With a data folder of our own, the name is always the same, so that a lease that a killed
 * run left behind is taken over at once; with a shared catalog, every process has another name.
 */
export function ownerOf({ config }: Pick<System, 'config'>): string {
  return config.catalog === undefined ? 'embedded' : `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`
}

/**
 * Removes memories that are no longer used. If others share the installation, whoever manages keys removes them. Failures are
 * reported, and left for the next start.
 */
async function pruneOwn(system: System): Promise<void> {
  if (system.config.catalog !== undefined) return
  for (const dataset of Object.keys(system.config.datasets))
    await pruneMemories(system, dataset).catch((error: unknown) => {
      if (!isAppError(error)) throw error
      system.events.emit('memories.left', { dataset, code: error.code, says: error.message })
    })
}

/**
 * Discards staged objects that a crash left behind: of a window that is committed, or of one that never got its row (its items
 * are read again). The latter only in a data folder of our own: elsewhere another process may be about to write the row.
 */
async function discardLeftovers({ config, store, catalog, vault }: System): Promise<void> {
  if (config.catalog !== undefined) {
    await sweepStaging(store, vault, catalog.windows)
    return
  }
  for await (const path of store.list(folderPath('staging'))) {
    const row = await catalog.windows.get(windowIn(path))
    if (row !== null && (await isPooled(path, row, catalog.windows))) continue
    if (row === null || row.state === 'committed' || row.staged.path !== path) await vault.discard(path)
  }
}
