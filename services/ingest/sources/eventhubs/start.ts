import {
  earliestEventPosition,
  type EventHubConsumerClient,
  type EventPosition,
  type PartitionProperties,
} from '@azure/event-hubs'
import { AppError } from '#core/errors.ts'
import { placeOf } from '../../messages/message.ts'
import type { AskOptions } from './client.ts'
import type { EventHubsConfig } from './config.ts'

/** Where to begin a partition of which nothing was read before. */
export type EventHubsStart = EventHubsConfig['start']

/** The event that a mark is in, and how many of its items were read (Infinity: all). */
export interface Place {
  readonly sequenceNumber: number
  readonly taken: number
  /** The event's offset if it is not a number: a namespace with geo-replication finds events by it. */
  readonly offset: string | null
}

/**
 * What is stored to continue after an item: its position and, after an `@`, the event's offset if that is not a number, as in
 * namespaces with geo-replication. Elsewhere the sequence number is enough.
 */
export function markOf(position: string, offset: string): string {
  return isNumber(offset) ? position : `${position}@${offset}`
}

/** The inverse of `markOf`, for marks of both kinds. Throws `corrupt` for anything else. */
export function parsePlace(mark: string): Place {
  const at = mark.indexOf('@')
  const { message, taken } = placeOf(at < 0 ? mark : mark.slice(0, at))
  if (!/^\d+$/.test(message)) throw new AppError('corrupt', `${mark.slice(0, 40)} is not the position of an event`)
  return { sequenceNumber: Number(message), taken, offset: at < 0 ? null : mark.slice(at + 1) }
}

/** Where to continue from a place: after its event, or at it if some of its items are missing. */
export function resumeAt({ sequenceNumber, taken, offset }: Place): EventPosition {
  const isInclusive = taken !== Number.POSITIVE_INFINITY
  return offset === null ? { sequenceNumber, isInclusive } : { offset, isInclusive }
}

/** The end of a partition: the last event's sequence number (-1: no event) and offset. */
export interface PartitionEnd {
  readonly sequenceNumber: number
  readonly offset: string
}

/** The place after the last event of a partition. */
export function behind({ sequenceNumber, offset }: PartitionEnd): EventPosition {
  if (sequenceNumber < 0) return earliestEventPosition
  return isNumber(offset) ? { sequenceNumber, isInclusive: false } : { offset, isInclusive: false }
}

function isNumber(offset: string): boolean {
  return /^-?\d*$/.test(offset)
}

/** The first event since a time. The service begins after the given time, to the millisecond. */
export function since(time: Date): EventPosition {
  return { enqueuedOn: new Date(time.getTime() - 1) }
}

/** How many events between the place and the oldest existing one expired before they were read. */
export function expiredSince({ sequenceNumber, taken }: Place, properties: PartitionProperties): number {
  const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber } = properties
  const oldest = isEmpty ? lastEnqueuedSequenceNumber + 1 : beginningSequenceNumber
  const next = taken === Number.POSITIVE_INFINITY ? sequenceNumber + 1 : sequenceNumber
  return Math.max(0, oldest - next)
}

/**
 * The places of "now": the end of each partition when the source was first asked for it. Partitions that the hub got later begin
 * at their beginning.
 */
export class LatestPins {
  readonly #pins = new Map<string, PartitionEnd>()
  #isPinned = false

  /** Resolves once every current partition of the hub is pinned. */
  async pin(client: EventHubConsumerClient, partitions: readonly string[], options: AskOptions): Promise<void> {
    if (this.#isPinned) return
    const all = await Promise.all(partitions.map((id) => client.getPartitionProperties(id, options)))
    if (this.#isPinned) return // by a concurrent call
    for (const { partitionId, lastEnqueuedSequenceNumber: sequenceNumber, lastEnqueuedOffset: offset } of all) {
      this.#pins.set(partitionId, { sequenceNumber, offset })
    }
    this.#isPinned = true
  }

  of(partition: string): PartitionEnd {
    return this.#pins.get(partition) ?? { sequenceNumber: -1, offset: '-1' }
  }
}
