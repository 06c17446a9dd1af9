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
  /** Begins every key; in braces, so that a Redis cluster keeps them together. */
  readonly prefix?: string
  /** Allows a connection without TLS. */
  readonly emulator?: boolean
  /**
   * Jobs of a stage, of all processes, that may be queued, running or waiting to be retried before `enqueue` waits for room.
   * Producers that ask at the same moment may each be let in: at most one job more for every process but one.
   */
  readonly capacity?: number
  readonly retry?: RetryPolicy
  /** Jobs of a stage that all workers together may start in a time. */
  readonly rates?: Readonly<Partial<Record<Stage, { readonly jobs: number; readonly perMs: number }>>>
  readonly random?: Random
  readonly onFailed?: OnJobFailed
  readonly events?: Events
  readonly times?: Partial<BullQueueTimes>
  /** How many workers may die over a job before it is given up as `internal`, reason `stalled`. */
  readonly stalls?: number
}

/** All in milliseconds. */
export interface BullQueueTimes {
  /** How long Redis may take to answer, or to come back, before a call throws `unavailable`. */
  readonly answer: number
  /** A job whose worker does not renew its lock for so long is taken for stalled. */
  readonly lock: number
  /** How long a worker without a job waits for one before it asks again; a second more is what it trusts its connection for. */
  readonly wait: number
  /** How often stalled jobs are looked for. */
  readonly stalledCheck: number
  /** How long `close` waits for running jobs before it hands them back. */
  readonly grace: number
}

const TIMES: BullQueueTimes = { answer: 5000, lock: 30_000, wait: 5000, stalledCheck: 15_000, grace: 20_000 }
const STAGES = jobSchema.shape.stage.options
/** Asking for room again: quickly at first, then no more than once a second. */
const ROOM_POLL: RetryPolicy = { attempts: Infinity, firstDelayMs: 20, longestDelayMs: 1000 }
const IDLE_POLL: RetryPolicy = { attempts: Infinity, firstDelayMs: 5, longestDelayMs: 500 }
/** Attempts are counted by us, who see the error's code. */
const NO_LIMIT = 1_000_000

/** How many jobs a stage has, or -1 where it has this one. */
const ROOM = `
if redis.call('EXISTS', KEYS[1]) == 1 then return -1 end
return redis.call('LLEN', KEYS[2]) + redis.call('LLEN', KEYS[3])
  + redis.call('ZCARD', KEYS[4]) + redis.call('ZCARD', KEYS[5])`

interface Lane {
  readonly queue: BullQueue
  /** Settles when whoever asks for room now has asked. */
  turn: Promise<unknown>
}

export type BullMqQueue = Queue & {
  /** As `readyOf`. */
  ready(): Promise<void>
  check(): Promise<CheckLine[]>
}

/**
 * The queue of several processes: BullMQ on Redis. What Redis loses or refuses costs time: the sweeper enqueues it again.
 * Throws `invalid` on an address without TLS, unless `emulator`. Connections are made, and made again, in the background.
 * When a job is tried again is told by the clocks of the machines, of the one where it failed and the one that takes it up: where
 * they differ, so does the wait.
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
    queue.on('error', () => {}) // calls tell their own errors
    return queue
  }

  /** Adds a job if it is not there and there is room; how many there are where there is none, else null. */
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
      // one after the other, so that those of this process do not overrun the capacity
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
    // handing back takes one answer, leaving another: without Redis, neither comes
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
      worker.on('error', () => {}) // the worker goes on; a job that it lost is taken up when its lock has run out
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
