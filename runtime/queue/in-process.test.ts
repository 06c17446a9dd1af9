import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { createEvents } from '#runtime/process/events.ts'
import { createInProcessQueue } from './in-process.ts'

const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

describe('the in-process queue', () => {
  property.prop([
    fc.array(
      fc.record({
        window: fc.nat(12).map((n) => `w${n}`),
        stage: fc.constantFrom('scan' as const, 'commit' as const),
        /** How its attempts end before they succeed. */
        failures: fc.array(fc.constantFrom('unavailable' as const, 'corrupt' as const), { maxLength: 4 }),
        turns: fc.nat(3),
      }),
      { maxLength: 40 },
    ),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: 1, max: 4 }),
  ])(
    'ends every job it took, by success or one report, and never runs one beside itself',
    async (jobs, capacity, concurrency) => {
      const running = new Set<string>()
      const ended = new Map<string, number>()
      const end = (id: string) => ended.set(id, (ended.get(id) ?? 0) + 1)
      const plans = new Map(jobs.map((job) => [`${job.stage}:${job.window}`, { ...job, failures: [...job.failures] }]))
      const queue = createInProcessQueue({
        capacity,
        retry: { attempts: 3, firstDelayMs: 1, longestDelayMs: 1 },
        wait: turn,
        onFailed: ({ stage, window }) => void end(`${stage}:${window}`),
      })
      for (const stage of ['scan', 'commit'] as const) {
        const handler = async ({ window }: { window: string }) => {
          const id = `${stage}:${window}`
          expect(running.has(id)).toBe(false)
          running.add(id)
          const plan = plans.get(id)
          for (let i = 0; i < (plan?.turns ?? 0); i++) await turn()
          running.delete(id)
          const failure = plan?.failures.shift()
          if (failure !== undefined) throw new AppError(failure, 'planned')
          end(id)
        }
        queue.consume(stage, handler, { concurrency })
      }
      await Promise.all(jobs.map(({ stage, window }) => queue.enqueue({ stage, window })))
      await queue.onIdle()
      expect(await queue.depth()).toBe(0)
      for (const id of plans.keys()) expect(ended.get(id)).toBeGreaterThanOrEqual(1)
      await queue.close()
    },
  )

  test('tells nothing of a job that ended because its process is stopping', async () => {
    const told: string[] = []
    const events = createEvents()
    events.on('job.retried', ({ code }) => told.push(code))
    const queue = createInProcessQueue({ events, retry: { attempts: 3, firstDelayMs: 1, longestDelayMs: 1 } })
    const errors = [{ reason: 'stopped' }, { reason: 'no_answer' }]
    queue.consume('scan', async () => {
      const how = errors.shift()
      if (how !== undefined) throw new AppError('unavailable', how.reason, how)
    })
    await queue.enqueue({ stage: 'scan', window: 'w1' })
    await queue.onIdle()
    await queue.close()
    expect(told).toEqual(['unavailable'])
  })

  test('closed while a job waits to be retried leaves it, and ends', async () => {
    const events = createEvents()
    const retried = Promise.withResolvers<void>()
    events.on('job.retried', () => retried.resolve())
    let failed = 0
    const queue = createInProcessQueue({
      events,
      retry: { attempts: 3, firstDelayMs: 3_600_000, longestDelayMs: 3_600_000 },
      onFailed: () => void failed++,
    })
    queue.consume('scan', async () => {
      throw new AppError('unavailable', 'down')
    })
    await queue.enqueue({ stage: 'scan', window: 'w1' })
    await retried.promise
    await queue.close()
    expect(failed).toBe(0)
  })

  test('closed while a producer waits for room refuses it', async () => {
    const queue = createInProcessQueue({ capacity: 1 })
    await queue.enqueue({ stage: 'scan', window: 'w1' })
    const waiting = queue.enqueue({ stage: 'scan', window: 'w2' })
    const refused = expect(waiting).rejects.toMatchObject({ code: 'unavailable', reason: 'closed' })
    await queue.close()
    await refused
  })

  test('survives a report of failure that fails, and refuses a second consumer', async () => {
    const queue = createInProcessQueue({
      onFailed: () => {
        throw new Error('the catalog is away')
      },
    })
    queue.consume('scan', async () => {
      throw new AppError('corrupt', 'bytes')
    })
    expect(() => queue.consume('scan', async () => {})).toThrow('consumer')
    await queue.enqueue({ stage: 'scan', window: 'w1' })
    await queue.onIdle()
    expect(await queue.depth()).toBe(0)
  })

  test('tells of a full queue and of each retry', async () => {
    const events = createEvents()
    const told: string[] = []
    events.onAny((event) => told.push(event.name))
    const queue = createInProcessQueue({ events, capacity: 1, wait: turn })
    let attempts = 0
    await queue.enqueue({ stage: 'scan', window: 'w1' })
    const waiting = queue.enqueue({ stage: 'scan', window: 'w2' })
    queue.consume('scan', async () => {
      if (++attempts === 1) throw new AppError('throttled', 'slow down')
    })
    await waiting
    await queue.onIdle()
    expect(told).toEqual(['queue.full', 'job.retried'])
  })

  test('a caller who leaves when it has its room already takes nobody else along', async () => {
    const queue = createInProcessQueue({ capacity: 1 })
    const [first, leaves] = [Promise.withResolvers<void>(), new AbortController()]
    const ran: string[] = []
    queue.consume('scan', async ({ window }) => {
      ran.push(window)
      if (window === 'a') leaves.abort()
      else if (window === 'x') await first.promise
    })
    await queue.enqueue({ stage: 'scan', window: 'x' })
    const waiting = [
      queue.enqueue({ stage: 'scan', window: 'a' }, { signal: leaves.signal }),
      queue.enqueue({ stage: 'scan', window: 'b' }),
    ]
    first.resolve()
    await Promise.all(waiting)
    await queue.onIdle()
    expect(ran).toEqual(['x', 'a', 'b'])
  })
})
