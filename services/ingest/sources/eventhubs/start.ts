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

/** Where a partition is begun of which nothing was read before. */
export type EventHubsStart = EventHubsConfig['start']

/** Where a mark stands: an event, and how many of its items were taken (all of them: Infinity). */
export interface Place {
  readonly sequenceNumber: number
  readonly taken: number
  /** Of the event, where it is no number: a namespace with geo-replication finds events by that. */
  readonly offset: string | null
}

/**
 * What is kept to read on from an item: its position, and behind an `@` the event's offset where that is no number, as in
 * namespaces with geo-replication. Elsewhere the sequence number says all.
 */
export function markOf(position: string, offset: string): string {
  return isNumber(offset) ? position : `${position}@${offset}`
}

/** The inverse of `markOf`, of a mark of either kind. Throws `corrupt` for what is no mark of such a source. */
export function parsePlace(mark: string): Place {
  const at = mark.indexOf('@')
  const { message, taken } = placeOf(at < 0 ? mark : mark.slice(0, at))
  if (!/^\d+$/.test(message)) throw new AppError('corrupt', `${mark.slice(0, 40)} is not the position of an event`)
  return { sequenceNumber: Number(message), taken, offset: at < 0 ? null : mark.slice(at + 1) }
}

/** On from a place: behind its event, or at it where some of its items are due. */
export function resumeAt({ sequenceNumber, taken, offset }: Place): EventPosition {
  const isInclusive = taken !== Number.POSITIVE_INFINITY
  return offset === null ? { sequenceNumber, isInclusive } : { offset, isInclusive }
}

/** Where a partition ended: the last event's sequence number (-1: there was none) and offset. */
export interface PartitionEnd {
  readonly sequenceNumber: number
  readonly offset: string
}

/** Behind the event that a partition ended with. */
export function behind({ sequenceNumber, offset }: PartitionEnd): EventPosition {
  if (sequenceNumber < 0) return earliestEventPosition
  return isNumber(offset) ? { sequenceNumber, isInclusive: false } : { offset, isInclusive: false }
}

function isNumber(offset: string): boolean {
  return /^-?\d*$/.test(offset)
}

/** The first event since a time. The service begins behind the time that it is given, to the millisecond. */
export function since(time: Date): EventPosition {
  return { enqueuedOn: new Date(time.getTime() - 1) }
}

/** Events that are gone though they were not read: how many, between the place and the oldest that is there. */
export function expiredSince({ sequenceNumber, taken }: Place, properties: PartitionProperties): number {
  const { isEmpty, beginningSequenceNumber, lastEnqueuedSequenceNumber } = properties
  const oldest = isEmpty ? lastEnqueuedSequenceNumber + 1 : beginningSequenceNumber
  const next = taken === Number.POSITIVE_INFINITY ? sequenceNumber + 1 : sequenceNumber
  return Math.max(0, oldest - next)
}

/**
 * The places of "now", each noted once: where a partition ended when the source was first asked for it. Partitions that the hub
 * got since then begin at their beginning.
 */
export class LatestPins {
  readonly #pins = new Map<string, PartitionEnd>()
  #isPinned = false

  /** Resolves once every partition that the hub has for now is pinned. */
  async pin(client: EventHubConsumerClient, partitions: readonly string[], options: AskOptions): Promise<void> {
    if (this.#isPinned) return
    const all = await Promise.all(partitions.map((id) => client.getPartitionProperties(id, options)))
    if (this.#isPinned) return // by a call beside this one
    for (const { partitionId, lastEnqueuedSequenceNumber: sequenceNumber, lastEnqueuedOffset: offset } of all) {
      this.#pins.set(partitionId, { sequenceNumber, offset })
    }
    this.#isPinned = true
  }

  of(partition: string): PartitionEnd {
    return this.#pins.get(partition) ?? { sequenceNumber: -1, offset: '-1' }
  }
}
