import { KinesisClient, PutRecordsCommand } from '@aws-sdk/client-kinesis'
import { EventHubProducerClient } from '@azure/event-hubs'
import { PubSub } from '@google-cloud/pubsub'
import { credentials } from '@grpc/grpc-js'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { setTimeout as delay } from 'node:timers/promises'
import { seededRandom } from '#core/random.ts'

/** Sends one batch of bodies; throws when it is not known whether all were taken. */
export type Send = (bodies: readonly string[]) => Promise<void>

export interface Producer {
  /** Ids of records that the service took. */
  readonly sent: ReadonlySet<string>
  /** Ids that it may or may not have taken. */
  readonly unsure: ReadonlySet<string>
  /** Resolves when no batch is on its way, and none will be until `resume`. */
  pause(): Promise<void>
  resume(): void
  stop(): Promise<void>
}

/** A client whose service was killed may wait for it forever. */
const SENDS_MS = 60_000

/**
 * Sends batches of numbered rows, about `perSecond` of them, until stopped. A batch that failed, or that nothing is heard of, is
 * not sent again: its ids are unsure.
 */
export function startProducer(prefix: string, perSecond: number, send: Send): Producer {
  const sent = new Set<string>()
  const unsure = new Set<string>()
  const random = seededRandom(1, `producer ${prefix}`)
  const stop = new AbortController()
  let [next, paused] = [0, false]
  let batch: Promise<void> = Promise.resolve()
  const one = async () => {
    const ids = Array.from({ length: Math.max(1, Math.round(perSecond / 5)) }, () => `${prefix}-${next++}`)
    const bodies = ids.map((id) => {
      const kind = random.below(2) === 0 ? 'low' : 'high'
      return JSON.stringify({ id, a: (kind === 'low' ? 1 : 5) + random.normal(), b: random.normal(), kind })
    })
    try {
      await inTime(send(bodies))
      for (const id of ids) sent.add(id)
    } catch {
      for (const id of ids) unsure.add(id)
    }
  }
  const running = (async () => {
    while (!stop.signal.aborted) {
      if (!paused) await (batch = one())
      await delay(200)
    }
  })()
  return {
    sent,
    unsure,
    async pause() {
      paused = true
      await batch
    },
    resume() {
      paused = false
    },
    async stop() {
      stop.abort()
      await running
    },
  }
}

async function inTime(sending: Promise<void>): Promise<void> {
  const late = new AbortController()
  const limit = delay(SENDS_MS, undefined, { signal: late.signal }).then(() => {
    throw new Error('nothing was heard of a batch')
  })
  limit.catch(() => {})
  try {
    await Promise.race([sending, limit])
  } finally {
    late.abort()
    sending.catch(() => {})
  }
}

export function kinesisSender(endpoint: string, stream: string, region: string): Send {
  const client = new KinesisClient({
    endpoint,
    region,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    maxAttempts: 1,
    requestHandler: new NodeHttpHandler({ requestTimeout: 5000 }),
  })
  return async (bodies) => {
    const Records = bodies.map((body) => ({ Data: Buffer.from(body), PartitionKey: body }))
    const { FailedRecordCount = 0 } = await client.send(new PutRecordsCommand({ StreamName: stream, Records }))
    if (FailedRecordCount > 0) throw new Error('not all were taken')
  }
}

export function eventHubsSender(connectionString: string, hub: string): Send {
  return async (bodies) => {
    // a client for each batch: one that lost its connection would wait longer than it is worth
    const client = new EventHubProducerClient(connectionString, hub, {
      retryOptions: { maxRetries: 0, timeoutInMs: 5000 },
    })
    try {
      await client.sendBatch(bodies.map((body) => ({ body: JSON.parse(body) as unknown })))
    } finally {
      await client.close().catch(() => {})
    }
  }
}

export function pubsubSender(port: number, project: string, topic: string): Send {
  const client = new PubSub({
    projectId: project,
    servicePath: '127.0.0.1',
    port,
    sslCreds: credentials.createInsecure(),
  })
  const publisher = client.topic(topic, { batching: { maxMilliseconds: 5 }, gaxOpts: { timeout: 5000 } })
  return async (bodies) => {
    await Promise.all(bodies.map((body) => publisher.publishMessage({ data: Buffer.from(body) })))
  }
}
