import { isAppError, isRetryable, reportOf } from '#core/errors.ts'
import { backoff, sleep, type RetryPolicy } from '#runtime/waiting/retry.ts'
import { seededRandom } from '#core/random.ts'
import { balance } from './balance.ts'
import { ingestShard, stageContext, type IngestOptions } from './pipeline.ts'

export interface FollowOptions extends IngestOptions {
  readonly signal: AbortSignal
  /** Seconds between checks of shards, leases and readers. */
  readonly tickSeconds?: number
  /** How long to wait before a failure is retried, however often it fails. */
  readonly retry?: RetryPolicy
}

/** Failures are retried for ever: a key that is disabled today may be enabled tomorrow, and nothing is lost meanwhile. */
const PATIENCE: RetryPolicy = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 250, longestDelayMs: 15_000 }

interface Reader {
  readonly stop: AbortController
  readonly ended: Promise<void>
}

/**
 * Follows a live source until `signal` or `drain`: takes a fair share of its shards, each under its lease, and gives shards up
 * as other readers come and go. A shard whose reading fails is held and reported (`source.held`); after a while its current
 * holder continues from the catalog's positions. Resolves once every reading has ended.
 */
export async function followDataset(options: FollowOptions): Promise<void> {
  const { source, catalog, owner, signal, leaseSeconds = 30, tickSeconds = 3, retry = PATIENCE } = options
  const context = stageContext(options)
  const readers = new Map<string, Reader>()
  const failures = new Map<string, number>()
  const { events } = context
  const unheard = events.on('window.staged', (staged) => {
    if (staged.source === source.name) failures.delete(staged.shard)
  })
  const random = seededRandom(0, `follow ${owner}`)
  const pause = (ms: number, until: AbortSignal) => sleep(ms, until).catch(() => {})

  const held = (shard: string, error: unknown, attempt: number, delayMs: number) => {
    const where = { dataset: options.dataset, source: source.name, shard }
    events.emit('source.held', { ...where, ...reportOf(error), attempt, delayMs })
  }

  const readUntilStopped = async (shard: string, stop: AbortSignal): Promise<void> => {
    try {
      await ingestShard(shard, context, { ...options, signal: stop })
      failures.delete(shard)
    } catch (error) {
      if (stop.aborted) return
      // Whoever took the lease over continues; losing it is not a failure.
      if (isAppError(error, 'conflict') && error.reason === 'lease_lost') return
      const attempt = (failures.get(shard) ?? 0) + 1
      failures.set(shard, attempt)
      const delayMs = backoff(isRetryable(error) ? attempt : attempt + 3, retry, random)
      held(shard, error, attempt, delayMs)
      await pause(delayMs, stop)
    }
  }

  const start = (shard: string): void => {
    const stop = new AbortController()
    const ended = readUntilStopped(shard, AbortSignal.any([signal, stop.signal])).finally(() => readers.delete(shard))
    readers.set(shard, { stop, ended })
  }

  const rebalance = async (): Promise<void> => {
    const attending = await catalog.sources.attend(source.name, owner, leaseSeconds)
    const [shards, leases] = await Promise.all([source.shards(), catalog.sources.leases(source.name)])
    const plan = balance({ shards, leases, readers: attending, owner, reading: [...readers.keys()] })
    for (const shard of plan.leave) readers.get(shard)?.stop.abort()
    for (const shard of plan.take) if (!readers.has(shard)) start(shard)
  }

  const ends = options.drain === undefined ? signal : AbortSignal.any([signal, options.drain])
  let attempt = 0
  while (!ends.aborted) {
    let waitMs = tickSeconds * 1000
    try {
      await rebalance()
      attempt = 0
    } catch (error) {
      if (ends.aborted) break
      waitMs = backoff(++attempt, retry, random)
      held('', error, attempt, waitMs)
    }
    await pause(waitMs, ends)
  }
  await Promise.all([...readers.values()].map(({ ended }) => ended))
  unheard()
  await catalog.sources.leave(source.name, owner).catch(() => {}) // otherwise it expires
}
