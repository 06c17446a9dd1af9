import { describe } from 'vitest'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { queueSuite } from './suite.ts'

describe('queue: in process', () => {
  queueSuite(async ({ capacity, attempts, onFailed }) =>
    createInProcessQueue({ capacity, onFailed, retry: { attempts, firstDelayMs: 1, longestDelayMs: 2 } }),
  )
})
