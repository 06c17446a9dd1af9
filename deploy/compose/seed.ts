// Publishes the demo's day of deliveries to the three streams of docker-compose.yml, poison and hostile records included: a day
// takes CREDENCE_DAY_MINUTES, and the same day comes CREDENCE_DAYS times. What it planted is in planted.json beside the deliveries.
import { setTimeout as delay } from 'node:timers/promises'
import { writeDeliveries } from '#cli/demo/deliveries.ts'
import { readMessages, type Message } from './deliveries.ts'
import { eventHubsPublisher, kinesisPublisher, pubsubPublisher, type Publish } from './publishers.ts'

const folder = process.env['CREDENCE_DELIVERIES'] ?? '/state'
const seconds = 60 * Number(process.env['CREDENCE_DAY_MINUTES'] ?? 30)
const days = Number(process.env['CREDENCE_DAYS'] ?? 8)
const stop = new AbortController()
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stop.abort())

await writeDeliveries(folder, (what) => say(`writing the deliveries of ${what}`))
const streams: readonly (readonly [string, Publish])[] = [
  ['digits', eventHubsPublisher()],
  ['mail', pubsubPublisher()],
  ['strikes', kinesisPublisher()],
]
await Promise.all(
  streams.map(async ([dataset, publish]) => {
    const messages = readMessages(`${folder}/deliveries`, dataset)
    for (let day = 1; day <= days && !stop.signal.aborted; day++) {
      say(`${dataset}: day ${day}, ${messages.length} records in ${seconds} s`)
      await publishDay(dataset, messages, publish)
    }
  }),
)
say(stop.signal.aborted ? 'stopped' : `${days} days are over`)
process.exit(0) // clients keep connections open

async function publishDay(dataset: string, messages: readonly Message[], publish: Publish): Promise<void> {
  const started = performance.now()
  for (let sent = 0; sent < messages.length && !stop.signal.aborted;) {
    await delay(1000, undefined, { signal: stop.signal }).catch(() => {})
    const due = Math.min(messages.length, Math.ceil((messages.length * (performance.now() - started)) / 1000 / seconds))
    try {
      await publish(messages.slice(sent, due))
      sent = due
    } catch (error) {
      say(`${dataset}: ${error instanceof Error ? error.message : 'failed'}; trying again`)
    }
  }
}

function say(line: string): void {
  process.stdout.write(`seed: ${line}\n`)
}
