import { beforeEach, describe, expect, test } from 'vitest'
import { jobId } from '#core/jobs.ts'
import type { WindowState } from '#core/window.ts'
import type { ReviewRow, WindowRow } from './catalog/catalog.ts'
import { createEvents } from './events.ts'
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
    events.on('sweeper.failed', ({ code }) => {
      failures.push(code)
      windows = [windowOf('z', 'staged')]
    })
    const enqueue: SweeperOptions['queue']['enqueue'] = async ({ window }) => {
      enqueued.push(window)
      if (enqueued.length === 3) throw new Error('the queue is away')
      if (window === 'z') again.resolve()
    }
    const sweeper = createSweeper({ ...options, queue: { enqueue }, events, intervalMs: 1 })
    await sweeper.start()
    expect(enqueued.slice(0, 2)).toEqual(['a', 'b'])
    await again.promise
    await sweeper.stop()
    expect(failures).toEqual(['internal'])
  })
})
