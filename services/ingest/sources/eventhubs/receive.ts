import type {
  EventHubConsumerClient,
  EventPosition,
  LastEnqueuedEventProperties,
  ReceivedEventData,
} from '@azure/event-hubs'
import { AheadLimit, boundCredit, type Ahead } from './credit.ts'

export interface Batch {
  readonly events: readonly ReceivedEventData[]
  /** The partition's end, as the service reported it with the last of these events. */
  readonly end: LastEnqueuedEventProperties | undefined
}

export interface Receiving {
  readonly from: EventPosition
  /** The owner level (epoch): the service disconnects readers with a lower one. */
  readonly fence: number | undefined
  readonly maxBatch: number
  readonly ahead: Ahead
  readonly signal: AbortSignal
}

/** Seconds after which a silent link is checked, so that a broken connection is opened again. */
const TURN_SECONDS = 1

/**
 * Yields a partition's events, batch after batch. The SDK pushes, and is held back until the previous batch was taken. If a
 * connection breaks, it is opened again if that works at once, and reading continues after the last event. Ends when aborted;
 * throws what the SDK throws. The client must be used only for this; whoever opened it must close it.
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

/** Passes values from a producer that pushes to a consumer that pulls, one at a time. */
class Inbox<T> {
  readonly #ended = Promise.withResolvers<void>()
  #failure: { readonly error: unknown } | null = null
  #isEnded = false
  #held: { readonly value: T; readonly taken: () => void } | null = null
  #wake: () => void = () => {}

  /** Resolves once the value was taken and the next one is requested, or the consumer has left. */
  async put(value: T): Promise<void> {
    if (this.#isEnded) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#held = { value, taken: resolve }
    this.#wake()
    await Promise.race([promise, this.#ended.promise])
  }

  /** Fails the consumer. Resolves when there is nothing left to do: until then the SDK does not try again. */
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
