import {
  AckResponses,
  Duration,
  StatusError,
  type DebugMessage,
  type Message as Delivery,
  type PubSub,
  type Subscription,
} from '@google-cloud/pubsub'
import { AppError } from '#core/errors.ts'
import { within } from '#runtime/waiting/races.ts'
import type { Unpack } from '../../messages/message.ts'
import type { ReadOptions, SourceItem } from '../../source.ts'
import { findCredentials, ONE_CALL } from './client.ts'
import { pubsubError } from './errors.ts'
import { messageOf, nextMark, type ContributorOf } from './message.ts'

export interface LaneOptions {
  readonly client: PubSub
  /** The subscription's full name. */
  readonly subscription: string
  readonly partition: string
  readonly unpack: Unpack
  readonly contributor: ContributorOf | undefined
  readonly maxOutstanding: { readonly messages: number; readonly bytes: number }
  readonly maxExtensionSeconds: number
  /** Called with the number of acknowledgements that failed. */
  readonly onFailedAcks: (count: number) => void
}

/** A received message that is not acknowledged, with all its deliveries. */
interface Held {
  readonly deliveries: Delivery[]
  readonly bytes: number
}

/** The mark of an item, and the message that ends with this item. */
interface Covered {
  readonly mark: string
  readonly held: Held | null
}

const CONSUME = 'pubsub.subscriptions.consume'
/** The SDK reopens a stream that breaks. After this many failures in a row, the trouble is reported. */
const FAILURES_IN_A_ROW = 3
const ROW_MS = 60_000
const ACK_DEADLINE_SECONDS = 60
const TAKEN_AT_MOST = 1000
const BATCH_MS = 50
const CONNECT_MS = 30_000
const CLOSE_SECONDS = 2
const IDS_AT_ONCE = 1000
const ACK_WAIT_MS = 30_000

/**
 * One reading of a lane: a streaming pull, from which items are taken one by one. Messages that were read but not acknowledged
 * when the reading ends are handed back at once, in the order of arrival, so that another lane gets them; after them the service
 * delivers the rest of an ordering key again.
 */
export class LaneReading {
  readonly #options: LaneOptions
  readonly #subscription: Subscription
  readonly #held = new Map<string, Held>()
  #heldBytes = 0
  /** Received but not requested yet. */
  #waiting: Delivery[] = []
  #nextWaiting = 0
  #covered: Covered[] = []
  #failure: AppError | null = null
  #failures: number[] = []
  #isClosed = false
  #isFullTold = false
  #wake = () => {}
  #idleSince: number | null = null
  #lastDelayMs: number | null = null
  readonly #ended = Promise.withResolvers<void>()

  constructor(options: LaneOptions) {
    this.#options = options
    const { maxOutstanding, maxExtensionSeconds } = options
    this.#subscription = options.client.subscription(options.subscription, {
      flowControl: {
        maxMessages: maxOutstanding.messages,
        maxBytes: maxOutstanding.bytes,
        // The surplus of the last answer waits here. In the SDK, which loses track of it and of the order if the bound was
        // reached by bytes, it must not wait.
        allowExcessMessages: true,
      },
      batching: { maxMilliseconds: BATCH_MS },
      // short, so that another reader soon gets what a crashed one held
      maxAckDeadline: Duration.from({ seconds: ACK_DEADLINE_SECONDS }),
      maxExtensionTime: Duration.from({ seconds: maxExtensionSeconds }),
      streamingOptions: { maxStreams: 1, timeout: CONNECT_MS, retryMaxBackoff: Duration.from({ seconds: 10 }) },
      closeOptions: { timeout: Duration.from({ seconds: CLOSE_SECONDS }) },
    })
  }

  /** The items after a mark, until the signal. Throws errors of Pub/Sub that are final or persist. */
  async *read(from: string, { signal, report }: ReadOptions): AsyncGenerator<SourceItem> {
    const { partition, unpack, contributor } = this.#options
    const stop = () => this.#wake()
    signal.addEventListener('abort', stop)
    let mark = from
    try {
      await this.#open()
      for (let delivery; (delivery = await this.#next(signal, report));) {
        const held = this.#held.get(delivery.id) ?? null
        const items = unpack(messageOf(delivery, partition, contributor))
        if (items.length === 0 && held) await this.#settle([held]) // there is nothing to stage
        for (const [index, item] of items.entries()) {
          mark = nextMark(mark, item.position)
          this.#covered.push({ mark, held: index === items.length - 1 ? held : null })
          yield { ...item, mark, redeliverable: true }
          if (signal.aborted) return
        }
      }
    } finally {
      signal.removeEventListener('abort', stop)
      await this.close()
    }
  }

  /** Acknowledges the messages that were read completely up to the mark; resolves when Pub/Sub has answered or failed. */
  async acknowledge(mark: string): Promise<void> {
    const place = this.#covered.findIndex((covered) => covered.mark === mark)
    const done = this.#covered.splice(0, place + 1).flatMap(({ held }) => (held ? [held] : []))
    if (done.length > 0) await this.#settle(done)
  }

  /** The approximate age of what comes next; null before anything came. */
  get lagMs(): number | null {
    const next = this.#waiting[this.#nextWaiting]
    if (next) return Math.max(0, Date.now() - next.publishTime.getTime())
    if (this.#lastDelayMs === null) return null
    // nothing is waiting: the longer that lasts, the less can be late
    return this.#idleSince === null
      ? this.#lastDelayMs
      : Math.max(0, this.#lastDelayMs - (Date.now() - this.#idleSince))
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    const ackIds = [...this.#held.values()].flatMap(({ deliveries }) => deliveries.map(({ ackId }) => ackId))
    this.#held.clear()
    this.#waiting = []
    this.#covered = []
    this.#ended.resolve()
    this.#wake()
    await this.#subscription.close()
    await this.#handBack(ackIds)
  }

  /**
   * Hands messages back. The SDK does so too, but its batches send receipts and extensions after that, so Pub/Sub would keep the
   * newest messages until their deadline. If this fails, the deadline returns them.
   */
  async #handBack(ackIds: readonly string[]): Promise<void> {
    const { client, subscription } = this.#options
    const ask = { client: 'SubscriberClient', method: 'modifyAckDeadline', gaxOpts: ONE_CALL } as const
    const batches = Array.from({ length: Math.ceil(ackIds.length / IDS_AT_ONCE) }, (_, batch) =>
      ackIds.slice(batch * IDS_AT_ONCE, (batch + 1) * IDS_AT_ONCE),
    )
    const answers = batches.map(
      (some) =>
        new Promise<void>((resolve) =>
          client.request({ ...ask, reqOpts: { subscription, ackIds: some, ackDeadlineSeconds: 0 } }, () => resolve()),
        ),
    )
    await within(Promise.all(answers), CLOSE_SECONDS * 1000)
  }

  async #open(): Promise<void> {
    try {
      await findCredentials(this.#options.client)
    } catch (error) {
      throw this.#errorOf(error)
    }
    if (this.#isClosed) return
    this.#subscription
      .on('error', (error: unknown) => this.#fail(this.#errorOf(error)))
      .on('debug', (told: DebugMessage) => this.#note(told))
      .on('close', () => this.#fail(this.#errorOf({ code: 14, message: 'the stream was closed' })))
      .on('message', (delivery: Delivery) => this.#receive(delivery))
  }

  #receive(delivery: Delivery): void {
    if (this.#isClosed) return
    this.#failures = []
    const known = this.#held.get(delivery.id)
    if (known) {
      known.deliveries.push(delivery) // it is being read already, and this delivery is settled with the first
      return
    }
    this.#held.set(delivery.id, { deliveries: [delivery], bytes: delivery.length })
    this.#heldBytes += delivery.length
    this.#lastDelayMs = Math.max(0, delivery.received - delivery.publishTime.getTime())
    this.#waiting.push(delivery)
    this.#wake()
  }

  /** The next message; null once aborted. */
  async #next(signal: AbortSignal, report: NonNullable<ReadOptions['report']> = raise): Promise<Delivery | null> {
    for (;;) {
      if (signal.aborted || this.#isClosed) return null
      if (this.#failure) throw this.#failure
      const next = this.#waiting[this.#nextWaiting]
      if (next) {
        this.#idleSince = null
        if (++this.#nextWaiting === Math.min(this.#waiting.length, TAKEN_AT_MOST)) {
          this.#waiting.splice(0, this.#nextWaiting) // releases what was taken
          this.#nextWaiting = 0
        }
        return next
      }
      if (!this.#isFullTold && this.#isFull) {
        this.#isFullTold = true
        report(this.#fullError())
      }
      this.#idleSince ??= Date.now()
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  get #isFull(): boolean {
    const { messages, bytes } = this.#options.maxOutstanding
    return this.#held.size >= messages || this.#heldBytes >= bytes
  }

  #fullError(): AppError {
    const { messages, bytes } = this.#options.maxOutstanding
    const message =
      `${this.#options.subscription}: a window wants more than the ${messages} messages or ${bytes} bytes that may be ` +
      'outstanding: raise maxOutstanding, or make windows smaller'
    return new AppError('invalid', message, { reason: 'flow_control' })
  }

  /** Handles trouble from which the SDK recovers by itself. */
  #note({ error }: DebugMessage): void {
    if (!(error instanceof StatusError)) {
      const { ackIds } = (error ?? {}) as { readonly ackIds?: readonly string[] }
      if (ackIds && error?.message.includes('"ack"')) this.#options.onFailedAcks(ackIds.length)
      return
    }
    const now = Date.now()
    this.#failures = [...this.#failures.filter((at) => now - at < ROW_MS), now]
    if (this.#failures.length >= FAILURES_IN_A_ROW) this.#fail(this.#errorOf(error))
  }

  #errorOf(error: unknown): AppError {
    return pubsubError(error, { permission: CONSUME, resource: this.#options.subscription })
  }

  #fail(failure: AppError): void {
    this.#failure ??= failure
    this.#wake()
  }

  async #settle(done: readonly Held[]): Promise<void> {
    for (const { deliveries, bytes } of done) {
      this.#held.delete(deliveries[0]!.id)
      this.#heldBytes -= bytes
    }
    const answered = this.#countFailures(done)
    await within(Promise.race([answered, this.#ended.promise]), ACK_WAIT_MS)
  }

  async #countFailures(done: readonly Held[]): Promise<void> {
    const answers = await Promise.all(done.map(isAcknowledged))
    const failed = answers.filter((isDone) => !isDone).length
    if (failed > 0) this.#options.onFailedAcks(failed)
  }
}

function raise(problem: AppError): never {
  throw problem
}

/**
 * Acknowledges every delivery of a message. With exactly-once delivery the answer says whether that succeeded, which only the
 * latest delivery can; without it, there is no answer.
 */
async function isAcknowledged({ deliveries }: Held): Promise<boolean> {
  const answers = await Promise.allSettled(deliveries.map((delivery) => delivery.ackWithResponse()))
  return answers.some((answer) => answer.status === 'fulfilled' && answer.value === AckResponses.Success)
}
