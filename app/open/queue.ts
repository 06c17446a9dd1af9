import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import type { OnJobFailed, Queue } from '#runtime/queue/queue.ts'
import { readText } from '#runtime/config/read-text.ts'
import type { Config } from '../config/load.ts'
import type { CheckLine } from '#core/check.ts'
import { given } from '#core/given.ts'
import type { Events } from '#runtime/process/events.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import { PACKAGES } from './packages.ts'

export type OpenedQueue = Queue & {
  /** Throws if the queue is not reliable. */
  readonly ready?: () => Promise<void>
  readonly check?: () => Promise<CheckLine[]>
}

export interface QueueOptions {
  readonly events: Events
  readonly onFailed: OnJobFailed
}

/** Opens the queue that the configuration names; an in-process one if it names none. */
export async function openQueue(config: Config, options: QueueOptions): Promise<OpenedQueue> {
  // Two windows ahead of each thread: more would only take memory.
  const capacity = 2 * config.workers
  if (config.queue === undefined) return createInProcessQueue({ capacity, ...options })
  const { createBullQueue } = await withPackages(PACKAGES.redis, () => import('#runtime/queue/bullmq/queue.ts'))
  const { redis, prefix, ca, certificate, certificateKey, servername, rates } = config.queue
  const tls = given({
    ca: ca && (await readText(ca, 'certificates in PEM')),
    cert: certificate && (await readText(certificate, 'a certificate in PEM')),
    key: certificateKey && (await readText(certificateKey, 'a private key in PEM')),
    servername,
  })
  const perMs = (rate: { windows: number; perSeconds: number } | undefined) =>
    rate && { jobs: rate.windows, perMs: rate.perSeconds * 1000 }
  return createBullQueue({
    redis: { url: redis, ...(Object.keys(tls).length > 0 && { tls }) },
    prefix,
    rates: given({ scan: perMs(rates?.scan), commit: perMs(rates?.commit) }),
    emulator: config.emulator,
    capacity: 8 * capacity,
    ...options,
  })
}
