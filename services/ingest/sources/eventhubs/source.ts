import {
  earliestEventPosition,
  type EventHubConsumerClient,
  type EventPosition,
  type PartitionProperties,
  type ReceivedEventData,
} from '@azure/event-hubs'
import { AppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { ABORTED, unlessAborted } from '#runtime/waiting/races.ts'
import type { Unpack } from '../../messages/message.ts'
import type { ReadOptions, Source, SourceItem } from '../../source.ts'
import { checkEventHubs } from './check.ts'
import { ask, closeClient, type AskOptions } from './client.ts'
import { mirrorCheckpoints, type CheckpointMirror } from './checkpoints.ts'
import type { EventHubsConfig } from './config.ts'
import { describeHub, type EventHubsConnection } from './connection.ts'
import { eventHubsError } from './errors.ts'
import { toMessage } from './message.ts'
import { receive, type Batch } from './receive.ts'
import { behind, expiredSince, LatestPins, markOf, parsePlace, resumeAt, since } from './start.ts'

export interface EventHubsSourceOptions extends EventHubsConnection, Pick<EventHubsConfig, 'start' | 'contributor'> {
  readonly name: string
  readonly unpack: Unpack
  /** Where checkpoints are copied when windows are staged, for other tools; it is never read. */
  readonly checkpointStore?: CheckpointMirror | undefined
  /** The most events that are passed on at once. */
  readonly maxBatch?: number
  /** The most events per partition that are fetched ahead. */
  readonly prefetch?: number
  /** The most bytes that are fetched ahead, estimated by the size of recent events. */
  readonly prefetchBytes?: number
}

export interface EventHubsSource extends Source {
  readonly live: true
  /** With the catalog's positions, also reports how far they are behind. Never rejects. */
  check(positions?: (shard: string) => Promise<ReadonlyMap<string, string>>): Promise<readonly CheckLine[]>
  close(): Promise<void>
}

const MAX_BATCH = 100
const PREFETCH = 1000
const PREFETCH_BYTES = 8 * 1024 * 1024

/**
 * An event hub, read by a consumer group. Each of its partitions is both a shard and a partition here. Positions are sequence
 * numbers; marks also contain the offset if it is not a number. Leases are the catalog's: their fence is the receiver's owner
 * level, so that the service itself disconnects a reader whose lease went to another (`conflict`, `lease_lost`).
 *
 * If there is no position, `earliest` begins with the oldest event, a date with the first one enqueued since, and `latest` with
 * the first one since this source was first asked for its shards: the end of each partition is noted then, so that a reading
 * that fails before it staged anything misses nothing. A process that dies before that begins with a later `latest`; with a date
 * nothing is lost.
 *
 * Events that expired before they were read are passed to `report` (`not_found`, `expired`), and reading continues with the
 * oldest event. A position after the partition's end, as when a hub was created again, is `conflict` (`position_ahead`). Throws,
 * on creation, `invalid` for wrong options; later `denied`, `not_found`, `invalid`, `throttled`, `unavailable`.
 */
export function createEventHubsSource(options: EventHubsSourceOptions): EventHubsSource {
  const { name, hub: eventHubName, consumerGroup, start, unpack, checkpointStore } = options
  const { maxBatch = MAX_BATCH, prefetch = PREFETCH, prefetchBytes = PREFETCH_BYTES } = options
  const hub = describeHub(options)
  const closing = new AbortController()
  const pins = new LatestPins()
  const lags = new Map<string, number>()
  const reports = new Map<string, ReadOptions['report']>()
  const told = new Set<string>()
  const mirror =
    checkpointStore &&
    mirrorCheckpoints(checkpointStore, { fullyQualifiedNamespace: hub.namespace, eventHubName, consumerGroup })
  let lookup: EventHubConsumerClient | null = null

  const mapped = (error: unknown, action: string, partition?: string, fence?: number) => {
    const resource = partition === undefined ? hub.says : `partition ${partition} of ${hub.says}`
    return eventHubsError(error, { action, resource, identity: hub.identity(), isFenced: fence !== undefined })
  }

  /** Sends a request to the hub on a kept connection, which is replaced if it failed. */
  const look = async <T>(question: (client: EventHubConsumerClient, options: AskOptions) => Promise<T>): Promise<T> => {
    if (closing.signal.aborted) throw closed()
    const client = (lookup ??= hub.open())
    try {
      return await ask(client, question)
    } catch (error) {
      if (lookup === client) lookup = null
      void closeClient(client)
      throw mapped(error, 'look up')
    }
  }

  const closed = () => new AppError('unavailable', `the source ${name} was closed`, { reason: 'closed' })

  const positionOf = async (
    [client, asking]: readonly [EventHubConsumerClient, AskOptions],
    partition: string,
    mark: string | undefined,
    report: NonNullable<ReadOptions['report']>,
  ): Promise<EventPosition> => {
    if (mark === undefined) {
      if (start === 'earliest') return earliestEventPosition
      if (start !== 'latest') return since(start)
      await pins.pin(client, await client.getPartitionIds(asking), asking)
      return behind(pins.of(partition))
    }
    const place = parsePlace(mark)
    const properties = await client.getPartitionProperties(partition, asking)
    if (place.sequenceNumber > properties.lastEnqueuedSequenceNumber) throw aheadOf(properties, hub.says)
    const expired = expiredSince(place, properties)
    if (expired > 0 && !told.has(`${partition} ${mark}`)) {
      told.add(`${partition} ${mark}`)
      report(expiredEvents(expired, partition, hub.says))
    }
    if (place.sequenceNumber === properties.lastEnqueuedSequenceNumber) lags.set(partition, 0)
    return resumeAt(place)
  }

  return {
    name,
    live: true,

    async shards() {
      return look(async (client, asking) => {
        const ids = await client.getPartitionIds(asking)
        if (start === 'latest') await pins.pin(client, ids, asking)
        return ids.map((id) => ({ id }))
      })
    },

    async *read(partition, positions, { signal: ends, report, fence }): AsyncGenerator<SourceItem> {
      const signal = AbortSignal.any([ends, closing.signal])
      if (closing.signal.aborted) throw closed()
      reports.set(partition, report)
      const mark = positions.get(partition)
      const place = mark === undefined ? null : parsePlace(mark)
      const client = hub.open()
      let last = place === null ? -1 : place.sequenceNumber - (place.taken === Number.POSITIVE_INFINITY ? 0 : 1)
      try {
        const from = await unlessAborted(
          ask(client, (...asked) => positionOf(asked, partition, mark, report ?? raise)),
          signal,
        )
        if (from === ABORTED) throw closed()
        const receiving = { from, fence, maxBatch, ahead: { events: prefetch, bytes: prefetchBytes }, signal }
        for await (const batch of receive(client, partition, receiving)) {
          for (const event of batch.events) {
            if (event.sequenceNumber <= last) continue // delivered again after a connection was replaced
            last = event.sequenceNumber
            mirror?.note(partition, event.sequenceNumber, event.offset)
            const skipped = event.sequenceNumber === place?.sequenceNumber ? place.taken : 0
            lags.set(partition, lagAt(event, batch))
            for (const item of unpack(toMessage(partition, event, options)).slice(skipped)) {
              if (signal.aborted) throw closed()
              yield { ...item, mark: markOf(item.mark ?? item.position, event.offset) }
            }
          }
        }
      } catch (error) {
        if (!signal.aborted) throw mapped(error, 'listen', partition, fence)
      } finally {
        await closeClient(client)
      }
      // ending without an abort would mean that the partition is finished
      if (!ends.aborted) throw closed()
    },

    async acknowledge(_shard, positions) {
      if (mirror === undefined) return
      for (const [partition, mark] of positions) {
        try {
          await mirror.update(partition, mark)
        } catch (error) {
          // a failed copy must not stop the reading: the positions are staged in any case
          const report = reports.get(partition)
          if (report === undefined || !(error instanceof AppError)) throw error
          report(error)
        }
      }
    },

    lagMs: (shard) => lags.get(shard) ?? null,
    check: (positions) => checkEventHubs({ hub, options, ...(positions ? { positions } : {}) }),

    async close() {
      closing.abort()
      const client = lookup
      lookup = null
      if (client) await closeClient(client)
    },
  }
}

/** How far an event is behind the one that arrived last, in milliseconds. */
function lagAt({ sequenceNumber, enqueuedTimeUtc }: ReceivedEventData, { end }: Batch): number {
  if (end?.sequenceNumber === undefined || end.enqueuedOn === undefined) return 0
  return sequenceNumber >= end.sequenceNumber ? 0 : Math.max(0, end.enqueuedOn.getTime() - enqueuedTimeUtc.getTime())
}

function aheadOf({ partitionId, lastEnqueuedSequenceNumber: last }: PartitionProperties, hub: string): AppError {
  const message = `partition ${partitionId} of ${hub} ends at ${last}, before the position that was read last: if the hub was made anew or failed over, give the source a new name`
  return new AppError('conflict', message, { reason: 'position_ahead' })
}

function expiredEvents(count: number, partition: string, hub: string): AppError {
  const message = `${count} events of partition ${partition} of ${hub} expired before they were read: keep events longer, or add workers`
  return new AppError('not_found', message, { reason: 'expired' })
}

function raise(problem: AppError): never {
  throw problem
}
