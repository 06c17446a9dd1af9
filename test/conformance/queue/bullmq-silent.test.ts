import { setTimeout as delay } from 'node:timers/promises'
import { expect, test } from 'vitest'
import type { Job } from '#core/jobs.ts'
import { createBullQueue } from '#runtime/queue/bullmq/queue.ts'
import { redisMissing, startRedis } from '#emulators/redis.ts'
import { startSilentProxy } from '#emulators/silent-proxy.ts'
import { needs } from '#test/support/needs.ts'

const { skip, why } = needs(redisMissing())

const scan = (n: number): Job => ({ stage: 'scan', window: `w${n}` })
const until = async (condition: () => boolean) => {
  while (!condition()) await delay(5)
}
const title = 'connections to Redis that go silent are made anew, by producers and by workers'

test.skipIf(skip)(`queue: BullMQ: ${title}${why}`, async () => {
  await using stack = new AsyncDisposableStack()
  const redis = stack.adopt(await startRedis(), (one) => one.close())
  const proxy = stack.adopt(await startSilentProxy(redis), (one) => one.close())
  const open = (port: number) =>
    stack.adopt(
      createBullQueue({
        redis: { url: `redis://127.0.0.1:${port}` },
        emulator: true,
        times: { answer: 2000, wait: 100, grace: 300 },
      }),
      (queue) => queue.close(),
    )
  const queue = open(proxy.port)
  const other = open(redis.port) // another process, on connections that work
  const ran: string[] = []
  queue.consume('scan', async ({ window }) => void ran.push(window))
  await queue.enqueue(scan(1))
  await until(() => ran.length === 1)

  proxy.silence()
  await other.enqueue(scan(2))
  await until(() => ran.includes('w2'))
  await queue.enqueue(scan(3)).catch((error: unknown) => expect(error).toMatchObject({ code: 'unavailable' }))
  const patient = async (): Promise<void> => queue.enqueue(scan(4)).catch(patient)
  await patient()
  await until(() => ran.includes('w4'))
})
