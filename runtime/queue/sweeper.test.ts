import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { jobId } from '#core/jobs.ts'
import type { WindowState } from '#core/window.ts'
import type { ReviewRow, WindowRow } from '../catalog/catalog.ts'
import { createEvents } from '../process/events.ts'
import { createSweeper, type SweeperOptions } from './sweeper.ts'

describe('the sweeper', () => {
  let windows: WindowRow[]
  let reviews: ReviewRow[]
  let enqueued: string[]
  let options: SweeperOptions

  const windowOf = (id: string, state: WindowState, lastError: string | null = null) =>
    ({ id, state, lastError, attempts: lastError === null ? 0 : 1 }) as WindowRow

  beforeEach(() => {
    windows = [windowOf('a', 'staged'), windowOf('b', 'scanned'), windowOf('c', 'committed')]
    reviews = []
    enqueued = []
    options = {
      // What a sweep reads of the catalog is these two lists.
      catalog: {
        windows: { list: async ({ state }) => windows.filter((window) => window.state === state) },
        reviews: { list: async ({ state }) => reviews.filter((review) => review.state === state) },
      } as SweeperOptions['catalog'],
      queue: { enqueue: async (job) => void enqueued.push(jobId(job)) },
    }
  })

  test('enqueues each unfinished window for the stage that it waits for', async () => {
    expect(await createSweeper(options).sweep()).toEqual({ windows: 2, reviews: 0 })
    expect(enqueued).toEqual(['scan:a', 'commit:b'])
  })

  test('leaves what failed for good to the next start', async () => {
    windows = [
      windowOf('a', 'staged', 'corrupt'),
      windowOf('b', 'staged', 'unavailable'),
      windowOf('c', 'scanned', 'denied'),
    ]
    const sweeper = createSweeper(options)
    await sweeper.sweep()
    expect(enqueued).toEqual(['scan:b', 'commit:c'])
    await sweeper.sweep('all')
    expect(enqueued).toEqual(['scan:b', 'commit:c', 'scan:a', 'scan:b', 'commit:c'])
  })

  test('leaves what a full queue has no room for to the next sweep, and goes on to the other stage', async () => {
    options = {
      ...options,
      patienceMs: 5,
      queue: {
        enqueue: async (job, { signal } = {}) => {
          if (job.stage === 'scan') await new Promise((_, reject) => signal?.addEventListener('abort', reject))
          enqueued.push(jobId(job))
        },
      },
    }
    windows = [windowOf('a', 'staged'), windowOf('b', 'staged'), windowOf('c', 'scanned')]
    expect(await createSweeper(options).sweep()).toEqual({ windows: 1, reviews: 0 })
    expect(enqueued).toEqual(['commit:c'])
  })

  test('stops while it waits for room', async () => {
    const queue: SweeperOptions['queue'] = {
      enqueue: (_job, { signal } = {}) => new Promise((_, reject) => signal?.addEventListener('abort', reject)),
    }
    const sweeper = createSweeper({ ...options, queue })
    const sweeping = sweeper.sweep()
    await sweeper.stop()
    expect(await sweeping).toEqual({ windows: 0, reviews: 0 })
  })

  test('hands back ever more rarely what fails again and again', async () => {
    windows = [{ ...windowOf('a', 'staged', 'denied'), attempts: 3 }]
    const sweeper = createSweeper(options)
    for (let turn = 0; turn < 8; turn++) await sweeper.sweep()
    expect(enqueued).toHaveLength(2)
  })

  test('lets no review that fails hold up the next, and says which it was', async () => {
    reviews = [
      { id: 'r1', state: 'pending', dataset: 'd' },
      { id: 'r2', state: 'pending', dataset: 'd' },
    ] as ReviewRow[]
    const events = createEvents()
    const told: unknown[] = []
    events.on('review.held', (event) => told.push(event))
    const done: string[] = []
    const onReview = async ({ id }: ReviewRow) => {
      if (id === 'r1') throw new AppError('not_found', 'the record is gone')
      done.push(id)
    }
    expect(await createSweeper({ ...options, events, onReview }).sweep()).toMatchObject({ reviews: 1 })
    expect(done).toEqual(['r2'])
    expect(told).toMatchObject([{ review: 'r1', code: 'not_found', says: 'the record is gone' }])
  })

  test('has pending reviews carried out one at a time, in order', async () => {
    reviews = [
      { id: 'r1', state: 'pending' },
      { id: 'r2', state: 'applied' },
      { id: 'r3', state: 'pending' },
    ] as ReviewRow[]
    let running = 0
    const done: string[] = []
    const onReview = async ({ id }: ReviewRow) => {
      expect(++running).toBe(1)
      await Promise.resolve()
      running--
      done.push(id)
    }
    expect(await createSweeper({ ...options, onReview }).sweep()).toEqual({ windows: 2, reviews: 2 })
    expect(done).toEqual(['r1', 'r3'])
  })

  test('sweeps once at a time', async () => {
    const sweeper = createSweeper(options)
    await Promise.all([sweeper.sweep(), sweeper.sweep(), sweeper.sweep()])
    expect(enqueued).toEqual(['scan:a', 'commit:b'])
  })

  test('sweeps at the start and again at every interval until stopped, through failures', async () => {
    const events = createEvents()
    const failures: string[] = []
    const again = Promise.withResolvers<void>()
    const over = new Promise<number>((resolve) => {
      events.on('sweeper.recovered', ({ attempt }) => resolve(attempt))
    })
    events.on('sweeper.failed', ({ code, reason, says }) => {
      failures.push(`${code} ${reason}: ${says}`)
      windows = [windowOf('z', 'staged')]
    })
    const enqueue: SweeperOptions['queue']['enqueue'] = async ({ window }) => {
      enqueued.push(window)
      if (enqueued.length === 3) throw new AppError('unavailable', 'Redis at r:6379 is away', { reason: 'connection' })
      if (window === 'z') again.resolve()
    }
    const sweeper = createSweeper({ ...options, queue: { enqueue }, events, intervalMs: 1 })
    await sweeper.start()
    expect(enqueued.slice(0, 2)).toEqual(['a', 'b'])
    await again.promise
    expect(await over).toBe(1)
    await sweeper.stop()
    expect(failures).toEqual(['unavailable connection: Redis at r:6379 is away'])
  })
})
