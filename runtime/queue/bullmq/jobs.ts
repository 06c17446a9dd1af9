import { UnrecoverableError, WaitingError, type Job as BullJob } from 'bullmq'
import { AppError, isRetryable, reportOf } from '#core/errors.ts'
import { jobId, jobSchema, type Job } from '#core/jobs.ts'
import type { Random } from '#core/random.ts'
import type { Events } from '#runtime/process/events.ts'
import { ABORTED, unlessAborted } from '#runtime/waiting/races.ts'
import { backoff, type RetryPolicy } from '#runtime/waiting/retry.ts'
import type { JobHandler, OnJobFailed } from '../queue.ts'

/** The id of a job in BullMQ, which allows neither colons nor numbers as ids; the mapping is one to one. */
export function bullId(job: Job): string {
  return jobId(job).replace(/[%:]/g, (character) => (character === ':' ? '%3A' : '%25'))
}

/** Asks BullMQ to retry after a delay. Its message is all that Redis receives of an error. */
class RetryLater extends Error {
  readonly delayMs: number

  constructor(code: string, delayMs: number) {
    super(code)
    this.delayMs = delayMs
  }
}

/** Milliseconds before BullMQ retries a job. */
export function retryDelay(attempt: number, error: Error | undefined, retry: RetryPolicy, random: Random): number {
  // any other error did not come from the job: Redis failed when the job ended
  return error instanceof RetryLater ? error.delayMs : backoff(Math.min(attempt, retry.attempts), retry, random)
}

export interface ProcessorOptions {
  readonly handler: JobHandler
  readonly retry: RetryPolicy
  readonly random: Random
  /** How many workers may die while running a job before it is given up. */
  readonly stalls: number
  /** Once aborted, running jobs are left to other workers. */
  readonly handBack: AbortSignal
  /** Runs the calls to Redis that hand a job back. */
  readonly ask: <T>(work: () => Promise<T>) => Promise<T>
  readonly onFailed?: OnJobFailed | undefined
  readonly events?: Events | undefined
}

/** Makes the function that runs a job; the error that it throws tells BullMQ what to do with the job. */
export function createProcessor(options: ProcessorOptions): (bullJob: BullJob, token?: string) => Promise<void> {
  const { handler, retry, random, stalls, handBack, ask, onFailed, events } = options

  const giveUp = async (job: Job, error: unknown, attempt: number): Promise<never> => {
    const { code, reason } = reportOf(error)
    events?.emit('job.failed', { ...job, attempt, code, reason })
    try {
      await onFailed?.(job, error, attempt)
    } catch {
      // The window stays in its state, and the sweeper finds it there.
    }
    throw new UnrecoverableError(code)
  }

  const leave = async (bullJob: BullJob, token: string | undefined): Promise<never> => {
    try {
      await ask(() => bullJob.moveToWait(token))
    } catch {
      // Its lock expires, and then another worker takes it.
    }
    throw new WaitingError()
  }

  return async (bullJob, token) => {
    const parsed = jobSchema.safeParse(bullJob.data)
    if (!parsed.success) throw new UnrecoverableError('not a job of this program')
    const job = parsed.data
    const attempt = bullJob.attemptsMade + 1
    if (bullJob.stalledCounter > stalls) {
      const message = `${bullJob.stalledCounter} workers died over ${job.stage} of window ${job.window}`
      return giveUp(job, new AppError('internal', message, { reason: 'stalled' }), attempt)
    }
    try {
      if ((await unlessAborted(handler(job), handBack)) === ABORTED) return await leave(bullJob, token)
    } catch (error) {
      if (error instanceof WaitingError) throw error
      if (!isRetryable(error) || attempt >= retry.attempts) return giveUp(job, error, attempt)
      const delayMs = backoff(attempt, retry, random)
      const { code } = reportOf(error)
      events?.emit('job.retried', { ...job, attempt, code, delayMs })
      throw new RetryLater(code, delayMs)
    }
  }
}
