import { Queue as BullQueue, Worker } from 'bullmq'
import { AppError } from '#core/errors.ts'
import { jobSchema, type Job, type Stage } from '#core/jobs.ts'
import { seededRandom, type Random } from '#core/random.ts'
import type { CheckLine } from '#core/check.ts'
import type { Events } from '#runtime/process/events.ts'
import { LATE, within } from '#runtime/waiting/races.ts'
import { backoff, RETRY_POLICY, sleep, type RetryPolicy } from '#runtime/waiting/retry.ts'
import { checkOf, readyOf } from './check.ts'
import { bullId, createProcessor, retryDelay } from './jobs.ts'
import { createRedisLink, type RedisAddress } from './redis.ts'
import { priorityOf, type EnqueueOptions, type OnJobFailed, type Queue } from '../queue.ts'

export interface BullQueueOptions {
  readonly redis: RedisAddress
  /** The beginning of every key; in braces, so that a Redis cluster keeps the keys together. */
  readonly prefix?: string
  /** Allows a connection without TLS. */
  readonly emulator?: boolean
  /**
   * The most jobs of a stage, over all processes, that may be queued, running or waiting for a retry before `enqueue` waits.
   * Processes that ask at the same moment may each be let in, so it can be exceeded by one job for every process but one.
   */
  readonly capacity?: number
  readonly retry?: RetryPolicy
  /** The most jobs of a stage that all workers together may start in a period. */
  readonly rates?: Readonly<Partial<Record<Stage, { readonly jobs: number; readonly perMs: number }>>>
  readonly random?: Random
  readonly onFailed?: OnJobFailed
  readonly events?: Events
  readonly times?: Partial<BullQueueTimes>
  /** How many workers may die while running a job before it is given up as `internal` (`stalled`). */
  readonly stalls?: number
}

/** All in milliseconds. */
export interface BullQueueTimes {
  /** How long Redis may take to answer, or to return, before a call throws `unavailable`. */
  readonly answer: number
  /** A job whose worker does not renew its lock for this long counts as stalled. */
  readonly lock: number
  /** How long an idle worker waits for a job before it asks again; after one second more its connection counts as broken. */
  readonly wait: number
  /** The interval between checks for stalled jobs. */
  readonly stalledCheck: number
  /** How long `close` waits for running jobs before it hands them back. */
  readonly grace: number
}

const TIMES: BullQueueTimes = { answer: 5000, lock: 30_000, wait: 5000, stalledCheck: 15_000, grace: 20_000 }
const STAGES = jobSchema.shape.stage.options
/** Delays between requests for room: short at first, then at most one a second. */
const ROOM_POLL: RetryPolicy = { attempts: Infinity, firstDelayMs: 20, longestDelayMs: 1000 }
const IDLE_POLL: RetryPolicy = { attempts: Infinity, firstDelayMs: 5, longestDelayMs: 500 }
/** BullMQ's limit of attempts. The real limit is applied here, where the error's code is known. */
const NO_LIMIT = 1_000_000

/** How many jobs a stage has, or -1 if it has this one. */
const ROOM = `
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
return redis.call('LLEN', KEYS[2]) + redis.call('LLEN', KEYS[3])
  + redis.call('ZCARD', KEYS[4]) + redis.call('ZCARD', KEYS[5])`

interface Lane {
  readonly queue: BullQueue
  /** Settles once every caller so far has asked for room. */
  turn: Promise<unknown>
}

export type BullMqQueue = Queue & {
  /** As `readyOf`. */
  ready(): Promise<void>
  check(): Promise<CheckLine[]>
}

/**
 * The queue of several processes: BullMQ on Redis. A job that Redis loses or refuses is only delayed: the sweeper enqueues it
 * again. Throws `invalid` for an address without TLS, unless `emulator`. Connections are made, and restored, in the background.
 * The delay of a retry depends on the clocks of the machine where the job failed and of the one that takes it up, so it varies
 * if these differ.
 */
export function createBullQueue(options: BullQueueOptions): BullMqQueue {
  const {
    prefix = '{credence}',
    capacity = 64,
    retry = RETRY_POLICY,
    rates = {},
    stalls = 10,
    onFailed,
    events,
  } = options
  const random = options.random ?? seededRandom(0, 'queue')
  const times = { ...TIMES, ...options.times }
  const link = createRedisLink({
    address: options.redis,
    emulator: options.emulator ?? false,
    answerMs: times.answer,
    onChange: (isThere) =>
      events?.emit('dependency.circuit', { source: 'redis', circuit: isThere ? 'closed' : 'open' }),
  })
  const closing = new AbortController()
  const handBack = new AbortController()
  const workers = new Map<Stage, Worker>()
  let producers = 0
  let closed: Promise<void> | null = null

  const lanes = new Map<Stage, Lane>(
    STAGES.map((stage) => [stage, { queue: openQueue(stage), turn: Promise.resolve() }]),
  )
  const laneOf = (stage: Stage) => {
    const lane = lanes.get(stage)
    if (lane === undefined) throw new AppError('internal', 'an unknown stage')
    return lane
  }

  function openQueue(stage: Stage): BullQueue {
    const queue = new BullQueue(stage, {
      connection: link.commands,
      prefix,
      skipMetasUpdate: true,
      defaultJobOptions: {
        attempts: NO_LIMIT,
        backoff: { type: 'custom' },
        removeOnComplete: true,
        removeOnFail: true,
        stackTraceLimit: 0,
      },
    })
    queue.on('error', () => {}) // the calls report their own errors
    return queue
  }

  /** Adds a job if it is not there and there is room. Returns the number of jobs if there is no room, else null. */
  const addIfRoom = async (queue: BullQueue, job: Job, priority: number): Promise<number | null> => {
    const id = bullId(job)
    const keys = [id, 'wait', 'active', 'prioritized', 'delayed'].map((key) => queue.toKey(key))
    const depth = Number(await link.ask(() => link.commands.eval(ROOM, keys.length, ...keys)))
    if (depth < 0) return null
    if (depth >= capacity) return depth
    await link.ask(() => queue.add(job.stage, job, { jobId: id, priority }))
    return null
  }

  const enqueue = async (job: Job, { weight, signal }: EnqueueOptions): Promise<void> => {
    const lane = laneOf(job.stage)
    const ends = signal === undefined ? closing.signal : AbortSignal.any([closing.signal, signal])
    for (let attempt = 1; ; attempt++) {
      if (closing.signal.aborted) throw closedError()
      signal?.throwIfAborted()
      await link.reach()
      // one after the other, so that those of this process do not exceed the capacity
      const turn = lane.turn.then(() => addIfRoom(lane.queue, job, priorityOf(weight)))
      lane.turn = Promise.allSettled([turn])
      const depth = await turn
      if (depth === null) return
      if (attempt === 1) events?.emit('queue.full', { stage: job.stage, depth })
      await sleep(backoff(attempt, ROOM_POLL, random), ends).catch(() => {})
    }
  }

  const depthOf = ({ queue }: Lane) =>
    link.ask(() => queue.getJobCountByTypes('wait', 'active', 'prioritized', 'delayed'))
  const depth = async (stage?: Stage): Promise<number> => {
    if (stage !== undefined) return depthOf(laneOf(stage))
    const depths = await Promise.all([...lanes.values()].map(depthOf))
    return depths.reduce((sum, one) => sum + one, 0)
  }

  const close = async (): Promise<void> => {
    closing.abort()
    const workersClosed = Promise.all([...workers.values()].map((worker) => worker.close()))
    if ((await within(workersClosed, times.grace)) === LATE) handBack.abort()
    // handing back needs one answer, and so does leaving; without Redis, neither comes
    await within(workersClosed, 2 * times.answer)
    for (const { queue } of lanes.values()) await queue.close()
    link.close()
  }

  return {
    async enqueue(job, enqueueOptions = {}) {
      producers++
      try {
        await enqueue(job, enqueueOptions)
      } catch (error) {
        throw closing.signal.aborted ? closedError() : error
      } finally {
        producers--
      }
    },

    consume(stage, handler, { concurrency = 1 } = {}) {
      if (workers.has(stage)) throw new AppError('internal', `the ${stage} stage has a consumer already`)
      const rate = rates[stage]
      const processor = createProcessor({
        handler,
        retry,
        random,
        stalls,
        onFailed,
        events,
        ask: (work) => link.ask(work),
        handBack: handBack.signal,
      })
      const worker = new Worker(stage, processor, {
        connection: link.connect(),
        prefix,
        concurrency,
        lockDuration: times.lock,
        stalledInterval: times.stalledCheck,
        drainDelay: times.wait / 1000,
        maxStalledCount: NO_LIMIT,
        runRetryDelay: 1000,
        settings: { backoffStrategy: (attempt, _type, error) => retryDelay(attempt, error, retry, random) },
        ...(rate === undefined ? {} : { limiter: { max: rate.jobs, duration: rate.perMs } }),
      })
      worker.on('error', () => {}) // the worker continues; a job that it lost is taken up when its lock has expired
      workers.set(stage, worker)
    },

    depth,

    async onIdle() {
      for (let attempt = 1; !closing.signal.aborted; attempt++) {
        if (producers === 0 && (await depth()) === 0) return
        await sleep(backoff(attempt, IDLE_POLL, random), closing.signal).catch(() => {})
      }
    },

    close: () => (closed ??= close()),
    ready: () => readyOf(link),
    check: () => checkOf(link),
  }
}

function closedError(): AppError {
  return new AppError('unavailable', 'the queue is closed', { reason: 'closed' })
}
