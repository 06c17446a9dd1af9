import type { StartingPosition } from '@aws-sdk/client-kinesis'
import { placeOf } from '../../messages/message.ts'
import type { KinesisConfig } from './config.ts'

/** Where to begin if nothing was read before. */
export type KinesisStart = KinesisConfig['start']

/** The place of a mark in a shard: which items of which record were read. */
export interface Place {
  readonly sequence: string
  /** The index of a user record within the record; null if the mark names the record itself. */
  readonly user: number | null
  /** How many items of that message were read, from its first on; Infinity: all. */
  readonly taken: number
}

/** The position of a record, or of a user record in it. */
export function positionOf(sequence: string, user: number | null): string {
  return user === null ? sequence : `${sequence}:${user}`
}

/** The inverse of `positionOf`, for marks: `<sequence>` or `<sequence>:<user>`, each perhaps followed by `/<item>`. */
export function parsePlace(mark: string): Place {
  const { message, taken } = placeOf(mark)
  const colon = message.indexOf(':')
  if (colon < 0) return { sequence: message, user: null, taken }
  return { sequence: message.slice(0, colon), user: Number(message.slice(colon + 1)), taken }
}

/** Where to begin so that the next item is read. If that is inside a record, the record is read again. */
export function resumeAt({ sequence, user, taken }: Place): StartingPosition {
  const isWhole = user === null && taken === Number.POSITIVE_INFINITY
  return { Type: isWhole ? 'AFTER_SEQUENCE_NUMBER' : 'AT_SEQUENCE_NUMBER', SequenceNumber: sequence }
}

/** How many items of a message a reader at `place` has read. */
export function takenOf(place: Place | null, sequence: string, user: number | null): number {
  if (place === null || place.sequence !== sequence) return 0
  if (place.user === user) return place.taken
  return user === null || place.user === null || user > place.user ? 0 : Number.POSITIVE_INFINITY
}
