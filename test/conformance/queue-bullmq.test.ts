import { afterAll, beforeAll, beforeEach, describe } from 'vitest'
import { createBullQueue } from '#runtime/queue/bullmq.ts'
import { redisMissing, startRedis, type RedisServer } from '#test/emulators/redis.ts'
import { queueSuite } from './queue-suite.ts'

const missing = redisMissing()
if (missing !== null && process.env['CI'] === 'true') throw new Error(missing)

describe.skipIf(missing !== null)(`the queue on BullMQ${missing === null ? '' : ` (skipped: ${missing})`}`, () => {
  let redis: RedisServer
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())
  beforeEach(() => redis.flush())

  queueSuite(async ({ capacity, attempts, onFailed }) =>
    createBullQueue({
      redis: { url: redis.url },
      emulator: true,
      capacity,
      onFailed,
      retry: { attempts, firstDelayMs: 1, longestDelayMs: 2 },
    }),
  )
})
