import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import type { OnJobFailed, Queue } from '#runtime/queue/queue.ts'

export interface QueueUnderTest {
  readonly capacity: number
  readonly attempts: number
  readonly onFailed: OnJobFailed
}

const scan = (n: number): Job => ({ stage: 'scan', window: `w${n}` })
const commit = (n: number): Job => ({ stage: 'commit', window: `w${n}` })

/** What any queue must do. `open` makes an empty one whose retries wait a few milliseconds at most. */
export function queueSuite(open: (options: QueueUnderTest) => Promise<Queue>): void {
  let queue: Queue
  let failed: { job: Job; code: string; attempts: number }[]

  beforeEach(async () => {
    failed = []
    queue = await open({
      capacity: 4,
      attempts: 3,
      onFailed: (job, error, attempts) => {
        failed.push({ job, code: error instanceof AppError ? error.code : 'unknown', attempts })
      },
    })
  })
  afterEach(() => queue.close())

  describe('jobs', () => {
    test('run once each, in the order they came, with what was enqueued before anybody consumed', async () => {
      const ran: string[] = []
      await queue.enqueue(scan(1))
      await queue.enqueue(scan(2))
      queue.consume('scan', async (job) => void ran.push(job.window))
      await queue.enqueue(scan(3))
      await queue.onIdle()
      expect(ran).toEqual(['w1', 'w2', 'w3'])
      expect(await queue.depth()).toBe(0)
    })

    test('of a stage go to that stage alone', async () => {
      const ran: Job[] = []
      queue.consume('scan', async (job) => {
        ran.push(job)
        await queue.enqueue({ stage: 'commit', window: job.window })
      })
      queue.consume('commit', async (job) => void ran.push(job))
      await queue.enqueue(scan(1))
      await queue.onIdle()
      expect(ran).toEqual([scan(1), commit(1)])
    })

    test('that are queued or running are not taken twice, and are taken again when done', async () => {
      const gate = Promise.withResolvers<void>()
      let runs = 0
      queue.consume('scan', async () => {
        runs++
        await gate.promise
      })
      await queue.enqueue(scan(1))
      await queue.enqueue(scan(2))
      await queue.enqueue(scan(1))
      await queue.enqueue(scan(2))
      expect(await queue.depth('scan')).toBe(2)
      gate.resolve()
      await queue.onIdle()
      expect(runs).toBe(2)
      await queue.enqueue(scan(1))
      await queue.onIdle()
      expect(runs).toBe(3)
    })

    test('run the lighter ones first, about as heavy ones in the order they came', async () => {
      const ran: string[] = []
      await queue.enqueue(scan(1), { weight: 9000 })
      await queue.enqueue(scan(2), { weight: 70 })
      await queue.enqueue(scan(3), { weight: 9100 })
      await queue.enqueue(scan(4), { weight: 64 })
      queue.consume('scan', async (job) => void ran.push(job.window))
      await queue.onIdle()
      expect(ran).toEqual(['w2', 'w4', 'w1', 'w3'])
    })

    test('run no more at once than asked for, and as many', async () => {
      const gate = Promise.withResolvers<void>()
      let running = 0
      let most = 0
      for (let i = 0; i < 4; i++) await queue.enqueue(scan(i))
      queue.consume(
        'scan',
        async () => {
          most = Math.max(most, ++running)
          await gate.promise
          running--
        },
        { concurrency: 2 },
      )
      await waitUntil(() => running === 2)
      gate.resolve()
      await queue.onIdle()
      expect(most).toBe(2)
    })
  })

  describe('backpressure', () => {
    test('makes the producer wait for room, and loses nothing', async () => {
      const gate = Promise.withResolvers<void>()
      const ran: string[] = []
      queue.consume('scan', async (job) => {
        await gate.promise
        ran.push(job.window)
      })
      let taken = 0
      const producer = (async () => {
        for (let i = 0; i < 10; i++) {
          await queue.enqueue(scan(i))
          taken++
        }
      })()
      await waitUntil(() => taken >= 4)
      expect(await queue.depth('scan')).toBe(4)
      expect(taken).toBe(4)
      gate.resolve()
      await producer
      await queue.onIdle()
      expect(ran).toEqual(Array.from({ length: 10 }, (_, i) => `w${i}`))
    })

    test('can be waited for no longer', async () => {
      for (let i = 0; i < 4; i++) await queue.enqueue(scan(i))
      const patience = new AbortController()
      const waiting = queue.enqueue(scan(5), { signal: patience.signal })
      const ended = expect(waiting).rejects.toThrow('enough')
      patience.abort(new Error('enough'))
      await ended
      expect(await queue.depth('scan')).toBe(4)
    })

    test('is no matter to a job that is there already', async () => {
      for (let i = 0; i < 4; i++) await queue.enqueue(scan(i))
      await queue.enqueue(scan(2))
      expect(await queue.depth('scan')).toBe(4)
    })

    test('of one stage does not hold up another', async () => {
      for (let i = 0; i < 4; i++) await queue.enqueue(scan(i))
      await queue.enqueue(commit(1))
      expect(await queue.depth()).toBe(5)
    })
  })

  describe('failures', () => {
    test('with a retryable code are tried again until they succeed', async () => {
      let attempts = 0
      queue.consume('scan', async () => {
        if (++attempts < 3) throw new AppError('throttled', 'slow down')
      })
      await queue.enqueue(scan(1))
      await queue.onIdle()
      expect(attempts).toBe(3)
      expect(failed).toEqual([])
    })

    test('with a retryable code are given up after the last attempt', async () => {
      queue.consume('scan', async () => {
        throw new AppError('unavailable', 'down')
      })
      await queue.enqueue(scan(1))
      await queue.onIdle()
      expect(failed).toEqual([{ job: scan(1), code: 'unavailable', attempts: 3 }])
    })

    test('with any other code, or none, are final at once, and the next job runs', async () => {
      const ran: string[] = []
      queue.consume('scan', async (job) => {
        ran.push(job.window)
        if (job.window === 'w1') throw new AppError('corrupt', 'bytes')
        if (job.window === 'w2') throw new TypeError('a defect')
      })
      for (const n of [1, 2, 3]) await queue.enqueue(scan(n))
      await queue.onIdle()
      expect(ran).toEqual(['w1', 'w2', 'w3'])
      expect(failed.map(({ job, attempts }) => [job.window, attempts])).toEqual([
        ['w1', 1],
        ['w2', 1],
      ])
    })

    test('leave room for the job to be enqueued again', async () => {
      let broken = true
      queue.consume('scan', async () => {
        if (broken) throw new AppError('corrupt', 'bytes')
      })
      await queue.enqueue(scan(1))
      await queue.onIdle()
      broken = false
      await queue.enqueue(scan(1))
      await queue.onIdle()
      expect(failed).toHaveLength(1)
    })
  })

  describe('closing', () => {
    test('waits for what runs and starts nothing more', async () => {
      const gate = Promise.withResolvers<void>()
      const ran: string[] = []
      queue.consume('scan', async (job) => {
        await gate.promise
        ran.push(job.window)
      })
      await queue.enqueue(scan(1))
      await queue.enqueue(scan(2))
      const closed = queue.close()
      gate.resolve()
      await closed
      expect(ran.length).toBeLessThanOrEqual(1)
      await expect(queue.enqueue(scan(3))).rejects.toMatchObject({ code: 'unavailable' })
      await queue.close()
    })
  })
}

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve))
}
