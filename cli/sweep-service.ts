import { setTimeout as delay } from 'node:timers/promises'
import { isAppError } from '#core/errors.ts'
import type { Lease } from '#runtime/catalog/catalog.ts'
import type { Queue } from '#runtime/queue/queue.ts'
import { createSweeper } from '#runtime/sweeper.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { sweepStaging } from '#services/encrypt/sweep.ts'
import type { System } from './system.ts'

const SWEEP_MS = 15_000
/** Longer than any subscription keeps a message (Pub/Sub: 31 days). */
const REMEMBER_SECONDS = 32 * 24 * 3600

export interface SweepOptions {
  readonly queue: Queue
  readonly owner: string
  readonly signal: AbortSignal
}

/** Sweeps every quarter of a minute while it holds the lease on it: of many processes one does, the others stand by. */
export async function sweepUntil(system: System, { queue, owner, signal }: SweepOptions): Promise<void> {
  const { catalog, events, store, vault } = system
  const sweeper = createSweeper({ catalog, queue, events, onReview: (review) => applyReview(review, system) })
  let lease: Lease | null = null
  let mode: 'all' | 'again' = 'all'
  while (!signal.aborted) {
    try {
      lease = await catalog.sources.acquire('credence/sweeper', 'all', owner, (3 * SWEEP_MS) / 1000)
      if (lease !== null) {
        await sweeper.sweep(mode)
        mode = 'again'
        await sweepStaging(store, vault, catalog.windows)
        await catalog.sources.forgetItems(REMEMBER_SECONDS)
      }
    } catch (error) {
      events.emit('sweeper.failed', { code: isAppError(error) ? error.code : 'internal' })
    }
    await delay(SWEEP_MS, undefined, { signal }).catch(() => {})
  }
  await sweeper.stop()
  if (lease !== null) await catalog.sources.release(lease).catch(() => {}) // it lapses by itself
}
