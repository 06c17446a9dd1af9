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
}

/** Throws `corrupt` for what is no mark of such a source. */
export function parsePlace(mark: string): Place {
  const { message, taken } = placeOf(mark)
  if (!/^\d+$/.test(message)) throw new AppError('corrupt', `${mark.slice(0, 40)} is not the position of an event`)
  return { sequenceNumber: Number(message), taken }
}

/** On from a place: behind its event, or at it where some of its items are due. */
export function resumeAt({ sequenceNumber, taken }: Place): EventPosition {
  return { sequenceNumber, isInclusive: taken !== Number.POSITIVE_INFINITY }
}

/** Behind an event, by its sequence number; -1: before all there are. */
export function behind(sequenceNumber: number): EventPosition {
  return sequenceNumber < 0 ? earliestEventPosition : { sequenceNumber, isInclusive: false }
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
  readonly #pins = new Map<string, number>()
  #isPinned = false

  /** Resolves once every partition that the hub has for now is pinned. */
  async pin(client: EventHubConsumerClient, partitions: readonly string[], options: AskOptions): Promise<void> {
    if (this.#isPinned) return
    const all = await Promise.all(partitions.map((id) => client.getPartitionProperties(id, options)))
    if (this.#isPinned) return // by a call beside this one
    for (const { partitionId, lastEnqueuedSequenceNumber } of all) {
      this.#pins.set(partitionId, lastEnqueuedSequenceNumber)
    }
    this.#isPinned = true
  }

  of(partition: string): number {
    return this.#pins.get(partition) ?? -1
  }
}
