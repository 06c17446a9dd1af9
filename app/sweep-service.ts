import { setTimeout as delay } from 'node:timers/promises'
import type { ReviewRow } from '#runtime/catalog/catalog.ts'
import { holdLease } from '#runtime/waiting/lease.ts'
import type { Queue } from '#runtime/queue/queue.ts'
import { createSweeper, tellFailures } from '#runtime/queue/sweeper.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { sweepStaging } from '#services/encrypt/sweep.ts'
import { signAuditLog } from './operations/audit.ts'
import type { SigningSystem } from './system.ts'

const SWEEP_MS = 15_000
const PATIENCE_MS = 3_000
/** The longest time for which entries of the log may be unsigned. */
const SIGN_MS = 60_000
/** Longer than any subscription keeps a message (Pub/Sub: 31 days). */
const REMEMBER_SECONDS = 32 * 24 * 3600

export interface SweepOptions {
  readonly queue: Queue
  readonly owner: string
  readonly signal: AbortSignal
}

/**
 * Sweeps every 15 seconds and signs the audit log every minute, while it holds the lease for that: one process does it, the
 * others stand by.
 */
export async function sweepUntil(system: SigningSystem, { queue, owner, signal }: SweepOptions): Promise<void> {
  const { catalog, events, store, vault } = system
  const onReview = (review: ReviewRow) => applyReview(review, system)
  const sweeper = createSweeper({ catalog, queue, events, onReview, patienceMs: PATIENCE_MS })
  const stop = () => void sweeper.stop()
  signal.addEventListener('abort', stop, { once: true })
  let mode: 'all' | 'again' = 'all'
  let signed = -SIGN_MS
  const failures = tellFailures(events)
  while (!signal.aborted) {
    try {
      await using held = await holdLease(catalog.sources, 'credence/sweeper', 'all', { owner, signal, events })
      const ends = held?.signal ?? AbortSignal.abort()
      while (!ends.aborted) {
        const now = mode
        mode = 'again'
        await sweeper.sweep(now)
        await sweepStaging(store, vault, catalog.windows)
        await catalog.sources.forgetItems(REMEMBER_SECONDS)
        if (performance.now() - signed >= SIGN_MS) {
          await signAuditLog(system)
          signed = performance.now()
        }
        failures.over()
        await delay(SWEEP_MS, undefined, { signal: ends }).catch(() => {})
      }
    } catch (error) {
      failures.tell(error)
    }
    await delay(SWEEP_MS, undefined, { signal }).catch(() => {})
  }
  await sweeper.stop()
}
