import { createBullQueue } from '#runtime/queue/bullmq/queue.ts'

/** A worker in a process of its own: tells its parent of every job, and finishes them, or never does. */
const [url = '', behaviour = 'finish'] = process.argv.slice(2)
const queue = createBullQueue({
  redis: { url },
  emulator: true,
  times: { answer: 1000, lock: 1000, stalledCheck: 300, grace: 300 },
})
queue.consume('scan', async ({ window }) => {
  process.send?.({ ran: window })
  if (behaviour === 'hang') await new Promise(() => {})
})
process.on('message', (message) => {
  if (message === 'close') void queue.close().then(() => process.disconnect?.())
})
