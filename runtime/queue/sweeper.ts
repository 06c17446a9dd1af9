import { reportOf, type ErrorCode } from '#core/errors.ts'
import type { Stage } from '#core/jobs.ts'
import type { Catalog, ReviewRow, WindowRow } from '../catalog/catalog.ts'
import type { Events } from '../process/events.ts'
import type { Queue } from './queue.ts'

export interface SweeperOptions {
  readonly catalog: Pick<Catalog, 'windows' | 'reviews'>
  readonly queue: Pick<Queue, 'enqueue'>
  /** Carries out a pending review; called one after another, in the order in which they were made. */
  readonly onReview?: (review: ReviewRow) => Promise<void>
  readonly events?: Events
  readonly intervalMs?: number
  /** How long to wait for room in the queue before the remaining windows are left to the next sweep; if absent, without limit. */
  readonly patienceMs?: number
}

export interface Swept {
  readonly windows: number
  readonly reviews: number
}

export interface Sweeper {
  /** Enqueues everything unfinished, once. `again` (the default) leaves out what failed for good. */
  sweep(mode?: 'all' | 'again'): Promise<Swept>
  /** Sweeps everything now, then at every interval; resolves when the first sweep is done. */
  start(): Promise<void>
  /** Resolves when no sweep runs and none will. */
  stop(): Promise<void>
}

/** The stage that a window in each state waits for. */
const WAITS_FOR = { staged: 'scan', scanned: 'commit' } as const satisfies Record<string, Stage>

/**
 * Finds windows whose job was lost, and reviews that were never carried out. The queue takes no job twice, so enqueuing a window
 * whose job is not lost has no effect. A window that failed for good is only retried at the next start, because nothing changes
 * before that.
 */
export function createSweeper(options: SweeperOptions): Sweeper {
  const { catalog, queue, onReview, events, intervalMs = 60_000, patienceMs } = options
  let timer: NodeJS.Timeout | undefined
  let running: Promise<Swept> | undefined
  const stop = new AbortController()
  let turn = 0
  const failures = tellFailures(events)

  /** False if there was no room in time. */
  const enqueue = async (stage: Stage, { id, records }: WindowRow): Promise<boolean> => {
    const late = patienceMs === undefined ? [] : [AbortSignal.timeout(patienceMs)]
    const signal = AbortSignal.any([stop.signal, ...late])
    try {
      await queue.enqueue({ stage, window: id }, { weight: records, signal })
      return true
    } catch (error) {
      if (signal.aborted) return false
      throw error
    }
  }

  const review = async (row: ReviewRow): Promise<boolean> => {
    try {
      await onReview?.(row)
      return true
    } catch (error) {
      const { code, says } = reportOf(error)
      events?.emit('review.held', { dataset: row.dataset, review: row.id, code, says })
      return false
    }
  }

  const sweepOnce = async (mode: 'all' | 'again'): Promise<Swept> => {
    let windows = 0
    turn++
    for (const [state, stage] of Object.entries(WAITS_FOR) as ['staged' | 'scanned', Stage][]) {
      for (const window of await catalog.windows.list({ state })) {
        if (stop.signal.aborted) return { windows, reviews: 0 }
        if (mode === 'again' && (failedForGood(window) || isResting(window, turn))) continue
        if (!(await enqueue(stage, window))) break
        windows++
      }
    }
    let reviews = 0
    if (onReview !== undefined) {
      for (const row of await catalog.reviews.list({ state: 'pending' })) {
        if (stop.signal.aborted) break
        if (await review(row)) reviews++
      }
    }
    if (windows + reviews > 0) events?.emit('sweeper.requeued', { windows, reviews })
    return { windows, reviews }
  }

  const sweep = (mode: 'all' | 'again' = 'again'): Promise<Swept> => {
    running ??= sweepOnce(mode).finally(() => {
      running = undefined
    })
    return running
  }

  return {
    sweep,
    async start() {
      timer = setInterval(() => {
        sweep().then(failures.over, failures.tell)
      }, intervalMs)
      timer.unref()
      await sweep('all')
    },
    async stop() {
      stop.abort()
      clearInterval(timer)
      await running?.catch(() => {})
    },
  }
}

/** Reports each failed sweep with its error, and once when sweeps succeed again. */
export function tellFailures(events: Events | undefined): {
  readonly tell: (error: unknown) => void
  readonly over: () => void
} {
  let failed = 0
  return {
    tell: (error) => {
      failed++
      events?.emit('sweeper.failed', reportOf(error))
    },
    over: () => {
      if (failed > 0) events?.emit('sweeper.recovered', { attempt: failed })
      failed = 0
    },
  }
}

/** Errors that neither time nor an operator elsewhere resolves. A permission may be granted, a key enabled, a race won. */
const FOR_GOOD: ReadonlySet<string> = new Set<ErrorCode>(['invalid', 'not_found', 'corrupt', 'internal'])

/** Whether a window rests in this sweep: after repeated failures it is only tried at every second, fourth, then eighth sweep. */
function isResting({ attempts }: WindowRow, turn: number): boolean {
  return attempts > 1 && turn % 2 ** Math.min(attempts - 1, 3) !== 0
}

function failedForGood({ attempts, lastError }: WindowRow): boolean {
  return attempts > 0 && lastError !== null && FOR_GOOD.has(lastError)
}
