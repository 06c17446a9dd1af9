import type { Worker } from 'node:worker_threads'
import { setImmediate as turn } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { limitOf } from './computing.ts'

const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length

describe('the limit of a thread that is done', () => {
  test('keeps no timer, whether the thread said before or after how much it had computed', async () => {
    for (const isLate of [false, true]) {
      const before = timers()
      const asked = Promise.withResolvers<{ user: number; system: number }>()
      const worker = { cpuUsage: () => asked.promise } as unknown as Worker
      const done = new AbortController()
      void limitOf(worker, { seconds: 20, patience: 8 }, done.signal)
      if (isLate) done.abort()
      asked.resolve({ user: 0, system: 0 })
      await turn()
      done.abort()
      await turn()
      expect(timers()).toBeLessThanOrEqual(before)
    }
  })
})
