import { beforeEach, describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { jobId } from '#core/jobs.ts'
import { memoryPath } from '#core/layout.ts'
import { createEvents } from '#runtime/process/events.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { takeUpMemories, type TakeUpDeps } from './take-up-memories.ts'

describe('whoever takes up memories', () => {
  let ordinal: number
  let state: WindowRow['state']
  let looks: number
  let made: Set<string>
  let store: TakeUpDeps['store']
  /** The job, and at which look it was enqueued. */
  let enqueued: (readonly [string, number])[]

  beforeEach(() => {
    ordinal = 4
    state = 'committed'
    looks = 0
    made = new Set()
    store = { exists: async (path) => made.has(path) }
    enqueued = []
  })

  /** Looks so many times; `before` is called ahead of each look. */
  const look = async (times: number, before: (look: number) => void = () => {}) => {
    const ended = new AbortController()
    const last = async () => {
      looks++
      before(looks)
      if (looks === times) ended.abort()
      return { id: `w${ordinal}`, dataset: 'rows', ordinal, state, records: 80 } as WindowRow
    }
    const system: TakeUpDeps = {
      config: { datasets: { rows: { memory: { every: 2 } }, plain: { memory: false } } },
      catalog: { windows: { last }, memories: { marks: async () => [] } },
      store,
      events: createEvents(),
    }
    await takeUpMemories(system, { enqueue: async (job) => void enqueued.push([jobId(job), looks]) }, ended.signal, 1)
  }

  test('leaves alone what is there', async () => {
    made.add(memoryPath('rows', 4))
    await look(3)
    expect(enqueued).toEqual([])
  })

  test('enqueues the last window until its memory is there, ever more rarely', async () => {
    await look(200)
    expect(enqueued).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 192].map((at) => ['scan:w4', at]))
  })

  test('begins anew with a further window', async () => {
    await look(9, (at) => {
      if (at === 7) ordinal = 6
    })
    expect(enqueued).toEqual([
      ['scan:w4', 1],
      ['scan:w4', 2],
      ['scan:w4', 4],
      ['scan:w6', 7],
      ['scan:w6', 8],
    ])
  })

  test('has nothing to do before the first memory is due', async () => {
    ordinal = 1
    await look(3)
    expect(enqueued).toEqual([])
  })

  test('leaves a window that is not scanned yet to the sweeper', async () => {
    state = 'staged'
    await look(5, (at) => {
      if (at === 4) state = 'scanned'
    })
    expect(enqueued).toEqual([
      ['scan:w4', 4],
      ['scan:w4', 5],
    ])
  })

  test('goes on when the store was away', async () => {
    let isAway = true
    store = {
      exists: async () => {
        if (isAway) throw new AppError('unavailable', 'away')
        return false
      },
    }
    await look(5, (at) => {
      isAway = at < 5
    })
    expect(enqueued).toEqual([['scan:w4', 5]])
  })
})
