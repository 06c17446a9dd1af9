import type { Job, Stage } from '#core/jobs.ts'

/**
 * The port to the job queue. It is a hint, the catalog is the truth: a queue may forget jobs (the sweeper enqueues them
 * again) and may run one twice (every stage is safe to repeat).
 */
export interface Queue {
  /**
   * Resolves once the queue has taken the job; waits while it is full, which is how backpressure reaches the source.
   * A job that is queued, running or waiting to be retried is not taken a second time. Throws `unavailable` once closed, and
   * where the queue does not answer in time: whether the job was taken is then unknown, and taking it again is harmless.
   */
  enqueue(job: Job, options?: EnqueueOptions): Promise<void>
  /** Starts running the jobs of a stage, `concurrency` at a time, lighter ones first, then as they came; at most once a stage. */
  consume(stage: Stage, handler: JobHandler, options?: ConsumeOptions): void
  /** Jobs queued, running or waiting to be retried. */
  depth(stage?: Stage): Promise<number>
  /** Resolves when there are none, of any stage. */
  onIdle(): Promise<void>
  /**
   * Starts no more jobs, waits for those that run (a queue that others share only so long, then it hands them back), leaves
   * the others; then `enqueue` throws. Safe to repeat.
   */
  close(): Promise<void>
}

export interface EnqueueOptions {
  /** How much work it is, such as its records: lighter jobs go first. Jobs without a weight go before all others. */
  readonly weight?: number
  /** Ends the waiting for room: the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Errors with a retryable code are tried again, by the queue; others are final at once. */
export type JobHandler = (job: Job) => Promise<void>

export interface ConsumeOptions {
  readonly concurrency?: number
}

/** Told of each job given up: its last error, and how many attempts there were. What it does is awaited. */
export type OnJobFailed = (job: Job, error: unknown, attempts: number) => void | Promise<void>

/**
 * The place of a weight in the order of jobs: 0 without one, then one more with each doubling, so that jobs about as heavy
 * stay in the order they came.
 */
export function priorityOf(weight: number | undefined): number {
  return weight === undefined ? 0 : Math.min(64, 1 + Math.floor(Math.log2(Math.max(1, weight))))
}
