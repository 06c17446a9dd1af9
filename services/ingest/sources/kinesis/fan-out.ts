import {
  SubscribeToShardCommand,
  type SubscribeToShardEvent,
  type SubscribeToShardEventStream,
} from '@aws-sdk/client-kinesis'
import { AppError, isAppError, isRetryable } from '#core/errors.ts'
import { ABORTED, unlessAborted } from '#runtime/waiting/races.ts'
import { kinesisError } from './errors.ts'
import type { ShardReader, ShardReading } from './shard.ts'

/**
 * Milliseconds between calls for one consumer and shard, by the service's limit. A subscription cannot be taken over in its
 * first five seconds.
 */
const CALL_MS = 1000
const TAKEOVER_CALLS = 8

interface Subscription {
  readonly events: AsyncGenerator<SubscribeToShardEvent>
  close(): void
}

/**
 * Records of a shard as they are pushed to an enhanced fan-out consumer. A subscription lasts five minutes or until it breaks;
 * the next one continues after the last event. The caller handles one that fails before its first event.
 */
export function fanOutReader(consumer: () => Promise<string>): ShardReader {
  return async function* (reading) {
    const { caller, shard, signal } = reading
    let start = reading.start
    while (!signal.aborted) {
      const asked = performance.now()
      const consumerArn = await unlessAborted(consumer(), signal)
      if (consumerArn === ABORTED) return
      const subscription = await takeOver({ ...reading, start }, consumerArn)
      try {
        for await (const event of subscription.events) {
          yield { records: event.Records ?? [], behindMs: event.MillisBehindLatest ?? 0 }
          const { ContinuationSequenceNumber: next, ChildShards: children = [] } = event
          if (children.length > 0 || next === undefined) return
          start = { Type: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: next }
        }
      } catch (error) {
        const problem = kinesisError(error, {
          action: 'kinesis:SubscribeToShard',
          resource: `${caller.stream}, ${shard}`,
        })
        if (!isRetryable(problem) || problem.reason === 'in_use') throw problem
      } finally {
        subscription.close()
      }
      await caller.pause(CALL_MS - (performance.now() - asked), signal)
    }
  }
}

/** A subscription that has had its first event. Waits if another reader is just giving up its own. */
async function takeOver(reading: ShardReading, consumerArn: string): Promise<Subscription> {
  for (let call = 1; ; call++) {
    try {
      return await subscribe(reading, consumerArn)
    } catch (error) {
      const isTaken = isAppError(error, 'unavailable') && error.reason === 'in_use'
      if (!isTaken || call === TAKEOVER_CALLS || reading.signal.aborted) throw error
      await reading.caller.pause(CALL_MS, reading.signal)
    }
  }
}

function subscribe({ caller, shard, start, signal }: ShardReading, consumerArn: string): Promise<Subscription> {
  return caller.call('SubscribeToShard', shard, signal, async (client) => {
    const stop = new AbortController()
    const abortSignal = AbortSignal.any([signal, stop.signal])
    const input = { ConsumerARN: consumerArn, ShardId: shard, StartingPosition: start }
    try {
      const { EventStream: stream } = await client.send(new SubscribeToShardCommand(input), { abortSignal })
      const events = eventsOf(stream)
      const first = await events.next()
      if (first.done) throw new AppError('unavailable', `${caller.stream}, ${shard}: a subscription without an event`)
      return { events: withFirst(first.value, events), close: () => stop.abort() }
    } catch (error) {
      stop.abort()
      throw error
    }
  })
}

async function* eventsOf(
  stream: AsyncIterable<SubscribeToShardEventStream> | undefined,
): AsyncGenerator<SubscribeToShardEvent> {
  for await (const { SubscribeToShardEvent: event } of stream ?? []) if (event) yield event
}

async function* withFirst<T>(first: T, rest: AsyncGenerator<T>): AsyncGenerator<T> {
  yield first
  yield* rest
}
