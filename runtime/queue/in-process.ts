import { AppError, isRetryable, reportOf } from '#core/errors.ts'
import { jobId, type Job, type Stage } from '#core/jobs.ts'
import { seededRandom, type Random } from '#core/random.ts'
import type { Events } from '#runtime/process/events.ts'
import { backoff, RETRY_POLICY, sleep, type RetryPolicy } from '#runtime/waiting/retry.ts'
import { priorityOf, type JobHandler, type OnJobFailed, type Queue } from './queue.ts'

export interface InProcessQueueOptions {
  /** The most jobs of a stage that may be queued, running or waiting for a retry before `enqueue` waits. */
  readonly capacity?: number
  readonly retry?: RetryPolicy
  readonly random?: Random
  readonly onFailed?: OnJobFailed
  readonly events?: Events
  /** Resolves after this many milliseconds; rejects when the signal aborts. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

interface Lane {
  readonly ready: Entry[]
  /** Every job of the stage that is not finished, by id. */
  readonly open: Map<string, Entry>
  /** Callers that wait for room, first come first served. */
  readonly waiting: Array<{
    readonly entry: Entry
    readonly resolve: () => void
    readonly reject: (error: unknown) => void
  }>
  handler: JobHandler | null
  concurrency: number
  running: number
}

interface Entry {
  readonly job: Job
  readonly priority: number
  attempts: number
}

/** The queue of a single process, in memory; nothing in it needs to survive the process. */
export function createInProcessQueue(options: InProcessQueueOptions = {}): Queue {
  const {
    capacity = 64,
    retry = RETRY_POLICY,
    random = seededRandom(0, 'queue'),
    onFailed,
    events,
    wait = sleep,
  } = options
  const lanes = new Map<Stage, Lane>()
  const closing = new AbortController()
  const idle: Array<() => void> = []
  const settled: Array<() => void> = []

  const laneOf = (stage: Stage): Lane => {
    let lane = lanes.get(stage)
    if (lane === undefined) {
      lane = { ready: [], open: new Map(), waiting: [], handler: null, concurrency: 1, running: 0 }
      lanes.set(stage, lane)
    }
    return lane
  }
  const open = () => [...lanes.values()].reduce((sum, lane) => sum + lane.open.size + lane.waiting.length, 0)
  const running = () => [...lanes.values()].reduce((sum, lane) => sum + lane.running, 0)
  const releaseAll = (waiters: Array<() => void>) => {
    for (const resolve of waiters.splice(0)) resolve()
  }

  const pump = (lane: Lane) => {
    while (!closing.signal.aborted && lane.handler !== null && lane.running < lane.concurrency) {
      const entry = lane.ready.shift()
      if (entry === undefined) return
      lane.running++
      void run(lane, lane.handler, entry)
    }
  }

  const run = async (lane: Lane, handler: JobHandler, entry: Entry): Promise<void> => {
    entry.attempts++
    let failure: { readonly error: unknown } | null = null
    try {
      await handler(entry.job)
    } catch (error) {
      failure = { error }
    }
    if (failure !== null && isRetryable(failure.error) && entry.attempts < retry.attempts) {
      void retryLater(lane, entry, failure.error)
    } else {
      if (failure !== null) await giveUp(entry, failure.error)
      finish(lane, entry)
    }
    lane.running--
    if (running() === 0) releaseAll(settled)
    pump(lane)
  }

  /** Retries a job later. While it waits, it counts in the depth but uses no worker. */
  const retryLater = async (lane: Lane, entry: Entry, error: unknown) => {
    const delayMs = backoff(entry.attempts, retry, random)
    const { code, reason } = reportOf(error)
    // A job that was stopped with its process has not failed: the next process runs it.
    if (reason !== 'stopped') events?.emit('job.retried', { ...entry.job, attempt: entry.attempts, code, delayMs })
    try {
      await wait(delayMs, closing.signal)
    } catch {
      return // closed meanwhile: the next process runs the job
    }
    lane.ready.unshift(entry)
    pump(lane)
  }

  const giveUp = async ({ job, attempts }: Entry, error: unknown) => {
    const { code, reason } = reportOf(error)
    events?.emit('job.failed', { ...job, attempt: attempts, code, reason })
    try {
      await onFailed?.(job, error, attempts)
    } catch {
      // The window stays in its state, and the sweeper finds it there.
    }
  }

  const finish = (lane: Lane, { job }: Entry) => {
    lane.open.delete(jobId(job))
    while (lane.open.size < capacity) {
      const next = lane.waiting.shift()
      if (next === undefined) break
      take(lane, next.entry)
      next.resolve()
    }
    if (open() === 0) releaseAll(idle)
  }

  const take = (lane: Lane, entry: Entry) => {
    const id = jobId(entry.job)
    if (lane.open.has(id)) return
    lane.open.set(id, entry)
    const behind = lane.ready.findLastIndex(({ priority }) => priority <= entry.priority)
    lane.ready.splice(behind + 1, 0, entry)
  }

  const waitForRoom = async (lane: Lane, entry: Entry, signal: AbortSignal | undefined): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const waiter = { entry, resolve, reject }
    lane.waiting.push(waiter)
    const leave = () => {
      const place = lane.waiting.indexOf(waiter)
      if (place === -1) return // it has its room already
      lane.waiting.splice(place, 1)
      reject(signal?.reason)
      if (open() === 0) releaseAll(idle)
    }
    signal?.addEventListener('abort', leave, { once: true })
    try {
      await promise
    } finally {
      signal?.removeEventListener('abort', leave)
    }
  }

  const closed = () => new AppError('unavailable', 'the queue is closed', { reason: 'closed' })

  return {
    async enqueue(job, { weight, signal } = {}) {
      if (closing.signal.aborted) throw closed()
      signal?.throwIfAborted()
      const lane = laneOf(job.stage)
      const entry: Entry = { job, priority: priorityOf(weight), attempts: 0 }
      if (lane.open.size >= capacity && !lane.open.has(jobId(job))) {
        events?.emit('queue.full', { stage: job.stage, depth: lane.open.size })
        return waitForRoom(lane, entry, signal)
      }
      take(lane, entry)
      pump(lane)
    },

    consume(stage, handler, { concurrency = 1 } = {}) {
      const lane = laneOf(stage)
      if (lane.handler !== null) throw new AppError('internal', `the ${stage} stage has a consumer already`)
      lane.handler = handler
      lane.concurrency = concurrency
      pump(lane)
    },

    async depth(stage) {
      return stage === undefined
        ? [...lanes.values()].reduce((sum, lane) => sum + lane.open.size, 0)
        : (lanes.get(stage)?.open.size ?? 0)
    },

    async onIdle() {
      if (open() > 0 && !closing.signal.aborted) await new Promise<void>((resolve) => idle.push(resolve))
    },

    async close() {
      closing.abort()
      for (const lane of lanes.values()) for (const { reject } of lane.waiting.splice(0)) reject(closed())
      if (running() > 0) await new Promise<void>((resolve) => settled.push(resolve))
      releaseAll(idle)
    },
  }
}
