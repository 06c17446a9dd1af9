import type { Job, Stage } from '#core/jobs.ts'

/**
 * The port to the job queue. It is a hint, the catalog is the truth: a queue may forget jobs (the sweeper enqueues them
 * again) and may run one twice (every stage is safe to repeat).
 */
export interface Queue {
  /**
   * Resolves once the queue has taken the job; waits while it is full, which is how backpressure reaches the source.
   * A job that is queued, running or waiting to be retried is not taken a second time. Throws `unavailable` once closed.
   */
  enqueue(job: Job): Promise<void>
  /** Starts running the jobs of a stage, `concurrency` at a time, in the order they came; at most once a stage. */
  consume(stage: Stage, handler: JobHandler, options?: ConsumeOptions): void
  /** Jobs queued, running or waiting to be retried. */
  depth(stage?: Stage): Promise<number>
  /** Resolves when there are none, of any stage. */
  onIdle(): Promise<void>
  /** Starts no more jobs, waits for those that run, leaves the others; then `enqueue` throws. Safe to repeat. */
  close(): Promise<void>
}

/** Errors with a retryable code are tried again, by the queue; others are final at once. */
export type JobHandler = (job: Job) => Promise<void>

export interface ConsumeOptions {
  readonly concurrency?: number
}

/** Told of each job given up: its last error, and how many attempts there were. What it does is awaited. */
export type OnJobFailed = (job: Job, error: unknown, attempts: number) => void | Promise<void>
