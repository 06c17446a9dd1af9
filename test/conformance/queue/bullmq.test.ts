import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import { createEvents } from '#runtime/process/events.ts'
import { createBullQueue, type BullMqQueue, type BullQueueOptions } from '#runtime/queue/bullmq/queue.ts'
import { redisMissing, startRedis, type RedisServer } from '#emulators/redis.ts'
import { makeCertificates } from '#emulators/redis/certificates.ts'
import { needs } from '#test/support/needs.ts'
import { queueSuite } from './suite.ts'

const { skip, why } = needs(redisMissing())

const scan = (n: number): Job => ({ stage: 'scan', window: `w${n}` })
const until = async (condition: () => boolean | Promise<boolean>) => {
  while (!(await condition())) await delay(5)
}

describe.skipIf(skip)(`queue: BullMQ${why}`, () => {
  let redis: RedisServer
  let queues: BullMqQueue[]
  let children: ChildProcess[]

  beforeAll(async () => {
    redis = await startRedis({ durable: true })
  })
  afterAll(() => redis.close())
  beforeEach(async () => {
    queues = []
    children = []
    await redis.flush()
  })
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL')
    await Promise.all(queues.map((queue) => queue.close()))
  })

  const open = (options: Partial<BullQueueOptions> = {}): BullMqQueue => {
    const queue = createBullQueue({
      redis: { url: redis.url },
      emulator: true,
      retry: { attempts: 3, firstDelayMs: 1, longestDelayMs: 2 },
      ...options,
      times: { answer: 2000, lock: 1000, stalledCheck: 300, grace: 300, ...options.times },
    })
    queues.push(queue)
    return queue
  }
  const worker = (behaviour: 'finish' | 'hang') => {
    const child = fork(new URL('worker.ts', import.meta.url), [redis.url, behaviour])
    children.push(child)
    const ran: string[] = []
    child.on('message', (message: { ran: string }) => void ran.push(message.ran))
    return { child, ran }
  }

  queueSuite(async ({ capacity, attempts, onFailed }) =>
    createBullQueue({
      redis: { url: redis.url },
      emulator: true,
      capacity,
      onFailed,
      retry: { attempts, firstDelayMs: 1, longestDelayMs: 2 },
    }),
  )

  describe('several processes', () => {
    test('share the jobs, each run once', async () => {
      const queue = open()
      const workers = [worker('finish'), worker('finish')]
      let jobs = 0
      // A program may start long after the other one: jobs come until each has run one.
      while (jobs < 200 || workers.some(({ ran }) => ran.length === 0)) await queue.enqueue(scan(jobs++))
      await queue.onIdle()
      await until(() => workers.reduce((sum, { ran }) => sum + ran.length, 0) >= jobs)
      const ran = workers.flatMap((one) => one.ran)
      expect(ran.toSorted()).toEqual(Array.from({ length: jobs }, (_, i) => `w${i}`).toSorted())
    })

    test('take up the job of one that was killed', async () => {
      const queue = open()
      const victim = worker('hang')
      await queue.enqueue(scan(1))
      await until(() => victim.ran.length === 1)
      victim.child.kill('SIGKILL')
      const heir = worker('finish')
      await until(() => heir.ran.length === 1)
      expect(heir.ran).toEqual(['w1'])
      await queue.onIdle()
    })

    test('give up a job over which too many of them died', async () => {
      const failed: string[] = []
      const queue = open({
        stalls: 1,
        onFailed: (_, error) => void failed.push(error instanceof AppError ? `${error.code} ${error.reason}` : ''),
      })
      await queue.enqueue(scan(1))
      for (let i = 0; i < 2; i++) {
        const victim = worker('hang')
        await until(() => victim.ran.length === 1)
        victim.child.kill('SIGKILL')
      }
      let ran = 0
      queue.consume('scan', async () => void ran++)
      await queue.onIdle()
      expect(failed).toEqual(['internal stalled'])
      expect(ran).toBe(0)
    })

    test('hand back at once what they cannot end in time', async () => {
      const queue = open()
      const leaving = worker('hang')
      await queue.enqueue(scan(1))
      await until(() => leaving.ran.length === 1)
      leaving.child.send('close')
      await once(leaving.child, 'disconnect')
      // a lock that nobody gave back would hold the job for longer than this queue looks for stalled ones
      const ran: string[] = []
      const heir = open({ times: { stalledCheck: 3_600_000 } })
      heir.consume('scan', async ({ window }) => void ran.push(window))
      await heir.onIdle()
      expect(ran).toEqual(['w1'])
    })

    test('keep to one capacity, and lose nothing', async () => {
      const producers = [open({ capacity: 5 }), open({ capacity: 5 })]
      const ran = new Set<string>()
      let deepest = 0
      const produced = Promise.all(
        producers.map(async (queue, p) => {
          for (let i = 0; i < 40; i++) await queue.enqueue(scan(p * 1000 + i))
        }),
      )
      const consumer = open()
      await until(async () => (await consumer.depth()) >= 5)
      consumer.consume('scan', async ({ window }) => {
        deepest = Math.max(deepest, await consumer.depth('scan'))
        ran.add(window)
      })
      await produced
      await consumer.onIdle()
      expect(ran.size).toBe(80)
      expect(deepest).toBeGreaterThan(3)
      expect(deepest).toBeLessThanOrEqual(6)
    })

    test('start no more jobs in a time than the rate allows', async () => {
      let started = 0
      const rates = { scan: { jobs: 3, perMs: 3_600_000 } }
      // a job whose lock expired on a slow machine would wait for the rest of the hour
      const times = { lock: 120_000 }
      const workers = [open({ rates, times }), open({ rates, times })]
      for (const queue of workers) queue.consume('scan', async () => void started++, { concurrency: 5 })
      const queue = open()
      for (let i = 0; i < 9; i++) await queue.enqueue(scan(i))
      await until(() => started >= 3)
      // another stage is not held up, and by the time its job has run this one's would have
      const other = Promise.withResolvers<void>()
      workers[0]?.consume('commit', async () => other.resolve())
      await queue.enqueue({ stage: 'commit', window: 'w1' })
      await other.promise
      // a job that has started is counted until Redis has been told that it ended
      await until(async () => (await queue.depth('scan')) <= 6)
      expect(started).toBe(3)
      expect(await queue.depth('scan')).toBe(6)
    })
  })

  describe('Redis', () => {
    test('killed and started again costs time and nothing else', async () => {
      const told: string[] = []
      const events = createEvents()
      events.on('dependency.circuit', ({ circuit }) => void told.push(circuit))
      const queue = open({ events })
      const ran = new Set<string>()
      let downs = 0
      queue.consume('scan', async ({ window }) => {
        ran.add(window)
        if (downs++ === 5) {
          await redis.kill()
          await redis.start()
        }
      })
      for (let i = 0; i < 20; i++) {
        const patient = async (): Promise<void> => queue.enqueue(scan(i)).catch(patient)
        await patient()
      }
      await until(() =>
        queue.onIdle().then(
          () => true,
          () => false,
        ),
      )
      expect(ran.size).toBe(20)
      expect(told.slice(0, 2)).toEqual(['open', 'closed'])
    })

    test('flushed forgets, and takes the jobs anew', async () => {
      const queue = open()
      const gate = Promise.withResolvers<void>()
      const ran: string[] = []
      queue.consume('scan', async ({ window }) => {
        ran.push(window)
        if (ran.length === 1) await gate.promise
      })
      await queue.enqueue(scan(1))
      await queue.enqueue(scan(2))
      await until(() => ran.length === 1)
      await redis.flush()
      expect(await queue.depth()).toBe(0)
      gate.resolve()
      // as the sweeper does
      await queue.enqueue(scan(1))
      await queue.enqueue(scan(2))
      await until(() => ran.includes('w2'))
      await queue.onIdle()
      expect(ran[0]).toBe('w1')
    })

    test('that is read-only is unavailable, and its jobs run once it is not', async () => {
      const queue = open()
      const ran: string[] = []
      queue.consume('scan', async ({ window }) => void ran.push(window))
      await queue.enqueue(scan(1))
      await queue.onIdle()
      await redis.readOnly(true)
      await expect(queue.enqueue(scan(2))).rejects.toMatchObject({ code: 'unavailable' })
      await expect(queue.ready()).rejects.toMatchObject({ code: 'unavailable' })
      await redis.readOnly(false)
      await queue.enqueue(scan(2))
      await queue.onIdle()
      expect(ran).toEqual(['w1', 'w2'])
    })

    test('that becomes read-only while a job runs sees the job run again at worst', async () => {
      const queue = open()
      const ran: string[] = []
      queue.consume('scan', async ({ window }) => {
        ran.push(window)
        if (ran.length === 1) await redis.readOnly(true)
      })
      await queue.enqueue(scan(1))
      await until(() => ran.length === 1)
      await delay(50) // the job ends meanwhile, and cannot say so
      await redis.readOnly(false)
      await until(() =>
        queue.depth().then(
          (depth) => depth === 0,
          () => false,
        ),
      )
      expect(new Set(ran)).toEqual(new Set(['w1']))
    })

    test('that is away is unavailable after a time, and closing does not wait for it', async () => {
      const queue = open({ times: { answer: 300 } })
      queue.consume('scan', async () => {})
      queue.consume('commit', async () => {})
      await queue.enqueue(scan(1))
      await queue.onIdle()
      await redis.kill()
      try {
        const calls = [queue.enqueue(scan(2)), queue.enqueue(scan(3)), queue.depth(), queue.ready(), queue.onIdle()]
        for (const outcome of await Promise.allSettled(calls)) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'unavailable' } })
        }
        expect(await queue.check()).toMatchObject([{ state: 'failed' }])
        await queue.close()
      } finally {
        await redis.start()
      }
    })

    test('that is away keeps no process from ending', async () => {
      const leaving = worker('hang')
      await open().enqueue(scan(1))
      await until(() => leaving.ran.length === 1)
      await redis.kill()
      try {
        leaving.child.send('close')
        expect(await once(leaving.child, 'exit')).toEqual([0, null])
      } finally {
        await redis.start()
      }
    })

    test('and workers killed, flushed and read-only in turn lose no job that somebody enqueues again', async () => {
      const queue = open({ capacity: 10 })
      const due = new Set(Array.from({ length: 120 }, (_, i) => `w${i}`))
      const spawned = () => {
        const one = worker('finish')
        one.child.on('message', ({ ran }: { ran: string }) => void due.delete(ran))
        return one
      }
      let victim = spawned()
      spawned()
      const sweeping = (async () => {
        while (due.size > 0) {
          for (const window of due) await queue.enqueue({ stage: 'scan', window }).catch(() => {})
        }
      })()
      const faults = [
        () => redis.kill().then(() => redis.start()),
        () => redis.flush(),
        () => redis.readOnly(true).then(() => redis.readOnly(false)),
        async () => void victim.child.kill('SIGKILL'),
      ]
      for (let i = 0; due.size > 0 && i < 8; i++) {
        const before = due.size
        await until(() => due.size <= Math.max(0, before - 10))
        await faults[i % faults.length]?.()
        if (i % faults.length === 3) victim = spawned()
      }
      await sweeping
      expect(due.size).toBe(0)
    })

    test('that was never there is unavailable too, and used once it comes', async () => {
      await redis.stop()
      const queue = open({ times: { answer: 200 } })
      const ran: string[] = []
      queue.consume('scan', async ({ window }) => void ran.push(window))
      try {
        await expect(queue.enqueue(scan(1))).rejects.toMatchObject({ code: 'unavailable', reason: 'connection' })
      } finally {
        await redis.start()
      }
      await until(() =>
        queue.enqueue(scan(1)).then(
          () => true,
          () => false,
        ),
      )
      await until(() => ran.length === 1)
    })

    test('that evicts is not ready, and says how to mend it', async () => {
      const queue = open()
      await queue.ready()
      expect(new Set((await queue.check()).map(({ state }) => state))).toEqual(new Set(['ok', 'warn']))
      await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      try {
        await expect(queue.ready()).rejects.toMatchObject({
          code: 'invalid',
          message: expect.stringContaining('noeviction') as string,
        })
        expect(await queue.check()).toContainEqual(
          expect.objectContaining({ state: 'failed', says: 'evicts by allkeys-lru' }),
        )
      } finally {
        await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
      }
    })

    test('that wants a password is denied without it, and never told it in an error', async () => {
      const guarded = await startRedis({ password: 'wren-7' })
      try {
        const url = new URL(guarded.url)
        const right = open({ redis: { url: guarded.url, password: 'wren-7' } })
        await right.enqueue(scan(1))
        for (const password of ['', 'owl-8-owl']) {
          url.password = password
          const wrong = open({ redis: { url: url.href }, times: { answer: 500 } })
          const error: unknown = await wrong.enqueue(scan(1)).catch((reason: unknown) => reason)
          expect(error).toMatchObject({ code: 'denied' })
          expect(JSON.stringify([error, (error as Error).message, (error as Error).cause])).not.toContain('owl-8')
        }
      } finally {
        await guarded.close()
      }
    })

    test('is reached over TLS, and only with a certificate that verifies', async () => {
      const certificates = await makeCertificates()
      const secure = await startRedis({ tls: certificates.files })
      try {
        const { ca } = certificates
        const trusted = open({ redis: { url: secure.url, tls: { ca } }, emulator: false })
        await trusted.enqueue(scan(1))
        expect(await trusted.check()).toContainEqual(expect.objectContaining({ says: 'speaks TLS' }))
        const stranger = open({ redis: { url: secure.url }, times: { answer: 500 } })
        await expect(stranger.enqueue(scan(1))).rejects.toMatchObject({ code: 'invalid', reason: 'certificate' })
      } finally {
        await secure.close()
        await certificates.remove()
      }
    })
  })

  test.each(['redis://127.0.0.1:1', 'http://127.0.0.1', 'wren', 'rediss://'])('refuses the address %s', (url) => {
    expect(() => createBullQueue({ redis: { url } })).toThrow(expect.objectContaining({ code: 'invalid' }))
  })
})
