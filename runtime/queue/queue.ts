import type { Job, Stage } from '#core/jobs.ts'

/**
 * The port to the job queue. The queue is a hint, the catalog is the truth: a queue may forget jobs (the sweeper enqueues them
 * again) and may run one twice (every stage is safe to repeat).
 */
export interface Queue {
  /**
   * Resolves once the queue has taken the job; waits while it is full, so that backpressure reaches the source. A job that is
   * queued, running or waiting for a retry is not taken a second time. Throws `unavailable` once closed, and if the queue does
   * not answer in time: it is then unknown whether the job was taken, and enqueuing it again is harmless.
   */
  enqueue(job: Job, options?: EnqueueOptions): Promise<void>
  /**
   * Starts running the jobs of a stage, `concurrency` at a time, lighter ones first, then in order of arrival. May be called
   * once per stage.
   */
  consume(stage: Stage, handler: JobHandler, options?: ConsumeOptions): void
  /** The number of jobs that are queued, running or waiting for a retry. */
  depth(stage?: Stage): Promise<number>
  /** Resolves when no stage has any job. */
  onIdle(): Promise<void>
  /**
   * Starts no more jobs, waits for running ones (a shared queue waits for a limited time and then hands them back), and leaves
   * the others; after that `enqueue` throws. Safe to repeat.
   */
  close(): Promise<void>
}

export interface EnqueueOptions {
  /** The amount of work, such as the number of records: lighter jobs go first. Jobs without a weight go before all others. */
  readonly weight?: number
  /** Ends the wait for room: the call then rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** Runs a job. The queue retries errors with a retryable code; others are final. */
export type JobHandler = (job: Job) => Promise<void>

export interface ConsumeOptions {
  readonly concurrency?: number
}

/** Called for each job that is given up, with its last error and the number of attempts. It is awaited. */
export type OnJobFailed = (job: Job, error: unknown, attempts: number) => void | Promise<void>

/**
 * The priority of a weight: 0 without one, then one more with each doubling, so that jobs of similar weight stay in order of
 * arrival.
 */
export function priorityOf(weight: number | undefined): number {
  return weight === undefined ? 0 : Math.min(64, 1 + Math.floor(Math.log2(Math.max(1, weight))))
}
