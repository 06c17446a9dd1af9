import type { Queue } from '#runtime/queue/queue.ts'
import { createBullQueue } from '#runtime/queue/bullmq/queue.ts'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { redisMissing, startRedis } from '#emulators/redis.ts'
import { printTable, spent, spread } from './meter.ts'

const CAPACITY = 64

/** What a queue adds to each window: µs from `enqueue` to the end of a job that does nothing, one at a time and many at once. */
export async function compareQueues(windows: number, rounds: number): Promise<void> {
  const missing = redisMissing()
  const redis = missing === null ? await startRedis() : null
  const queues: readonly (readonly [string, (round: number) => Queue])[] = [
    ['within the process', () => createInProcessQueue({ capacity: CAPACITY })],
    ...(redis === null
      ? []
      : [
          [
            'BullMQ on Redis',
            (round: number) =>
              createBullQueue({
                redis: { url: redis.url },
                prefix: `{bench-${round}}`,
                emulator: true,
                capacity: CAPACITY,
              }),
          ] as const,
        ]),
  ]
  const rows = queues.map(([name]) => ({
    name,
    single: [] as number[],
    many: [] as number[],
    processor: [] as number[],
  }))
  for (let round = 0; round <= rounds; round++) {
    for (const [i, [, open]] of queues.entries()) {
      const queue = open(round)
      const { single, many, processor } = await measure(queue, windows)
      await queue.close()
      if (round === 0) continue // the first round warms up
      rows[i]?.single.push(single)
      rows[i]?.many.push(many)
      rows[i]?.processor.push(processor)
    }
  }
  await redis?.close()
  console.log(`what a queue adds to a window, ${windows} windows, ${rounds} rounds`)
  printTable(
    ['queue', 'one at a time, µs', 'several at once, µs', 'processor of ours, µs'],
    rows.map(({ name, single, many, processor }) => [name, spread(single), spread(many), spread(processor)]),
  )
  if (missing !== null) console.log(`BullMQ: not run: ${missing}\n`)
}

async function measure(queue: Queue, windows: number) {
  const waiting = new Map<string, () => void>()
  queue.consume('scan', async ({ window }) => waiting.get(window)?.(), { concurrency: 4 })
  const run = async (window: string) => {
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.set(window, resolve)
    await queue.enqueue({ stage: 'scan', window }, { weight: 1000 })
    await promise
    waiting.delete(window)
  }
  const micros = (seconds: number) => (seconds * 1e6) / windows
  await run('first') // connections are made
  const one = await spent(async () => {
    for (let i = 0; i < windows; i++) await run(`one-${i}`)
    await queue.onIdle()
  })
  const all = await spent(async () => {
    await Promise.all(Array.from({ length: windows }, (_, i) => run(`many-${i}`)))
    await queue.onIdle()
  })
  return { single: micros(one.seconds), many: micros(all.seconds), processor: micros(all.processor) }
}
