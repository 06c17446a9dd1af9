import type {
  EventHubConsumerClient,
  EventPosition,
  LastEnqueuedEventProperties,
  ReceivedEventData,
} from '@azure/event-hubs'
import { AheadLimit, boundCredit, type Ahead } from './credit.ts'

export interface Batch {
  readonly events: readonly ReceivedEventData[]
  /** The partition's end, as the service told with the last of these. */
  readonly end: LastEnqueuedEventProperties | undefined
}

export interface Receiving {
  readonly from: EventPosition
  /** The owner level (epoch): the service lets go of whoever has a lower one. */
  readonly fence: number | undefined
  readonly maxBatch: number
  readonly ahead: Ahead
  readonly signal: AbortSignal
}

/** How long a silent link is waited on before it is looked after: a broken connection is opened anew then. */
const TURN_SECONDS = 1

/**
 * Events of a partition, batch after batch: the SDK pushes, and is held back until the batch before was taken. A connection
 * that breaks is opened anew where that works at once, and read on behind the last event. Ends when aborted; throws what the SDK
 * throws. The client is for this alone: it is to be closed by whoever opened it.
 */
export async function* receive(
  client: EventHubConsumerClient,
  partition: string,
  { from, fence, maxBatch, ahead, signal }: Receiving,
): AsyncGenerator<Batch> {
  const limit = new AheadLimit({ ...ahead, events: Math.max(ahead.events, maxBatch) })
  boundCredit(client, limit)
  const inbox = new Inbox<Batch>()
  const end = () => inbox.end()
  signal.addEventListener('abort', end)
  if (signal.aborted) end()
  try {
    client.subscribe(
      partition,
      {
        async processEvents(events, { lastEnqueuedEventProperties }) {
          limit.note(events.map(sizeOf))
          if (events.length > 0) await inbox.put({ events, end: lastEnqueuedEventProperties })
        },
        processError: (error) => inbox.fail(error),
      },
      {
        startPosition: from,
        ...(fence === undefined || fence < 1 ? {} : { ownerLevel: fence }),
        maxBatchSize: maxBatch,
        prefetchCount: limit.events,
        maxWaitTimeInSeconds: TURN_SECONDS,
        trackLastEnqueuedEventProperties: true,
        skipParsingBodyAsJson: true,
      },
    )
    yield* inbox
  } finally {
    signal.removeEventListener('abort', end)
    end()
  }
}

function sizeOf({ body }: ReceivedEventData): number {
  return body instanceof Uint8Array ? body.length : 1024
}

/** Hands values from one who pushes to one who pulls, one at a time. */
class Inbox<T> {
  readonly #ended = Promise.withResolvers<void>()
  #failure: { readonly error: unknown } | null = null
  #isEnded = false
  #held: { readonly value: T; readonly taken: () => void } | null = null
  #wake: () => void = () => {}

  /** Resolves once the value was taken and the next one is asked for, or nobody takes any more. */
  async put(value: T): Promise<void> {
    if (this.#isEnded) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = { value, taken: resolve }
    this.#wake()
    await Promise.race([promise, this.#ended.promise])
  }

  /** Resolves when there is nothing to go on for: the pusher would try again. */
  async fail(error: unknown): Promise<void> {
    this.#failure ??= { error }
    this.#wake()
    await this.#ended.promise
  }

  end(): void {
    this.#isEnded = true
    this.#ended.resolve()
    this.#wake()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T> {
    for (;;) {
      if (this.#isEnded) return
      const held = this.#held
      if (held) {
        yield held.value
        this.#held = null
        held.taken()
      } else if (this.#failure) throw this.#failure.error
      else await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }
}
