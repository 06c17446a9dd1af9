import type { StartingPosition } from '@aws-sdk/client-kinesis'
import { placeOf } from '../../messages/message.ts'
import type { KinesisConfig } from './config.ts'

/** Where reading begins of which nothing was read before. */
export type KinesisStart = KinesisConfig['start']

/** Where a mark stands in a shard: which items of which record were taken. */
export interface Place {
  readonly sequence: string
  /** Of a user record within the record; null where the mark names the record itself. */
  readonly user: number | null
  /** How many items of that message, counted from its first; all of them: Infinity. */
  readonly taken: number
}

/** A record's position, or a user record's within it. */
export function positionOf(sequence: string, user: number | null): string {
  return user === null ? sequence : `${sequence}:${user}`
}

/** The inverse of `positionOf`, for marks: `<sequence>`, `<sequence>:<user>`, either with `/<item>` behind it. */
export function parsePlace(mark: string): Place {
  const { message, taken } = placeOf(mark)
  const colon = message.indexOf(':')
  if (colon < 0) return { sequence: message, user: null, taken }
  return { sequence: message.slice(0, colon), user: Number(message.slice(colon + 1)), taken }
}

/** Where to begin so that the next item is had: within its record, that record is read again. */
export function resumeAt({ sequence, user, taken }: Place): StartingPosition {
  const isWhole = user === null && taken === Number.POSITIVE_INFINITY
  return { Type: isWhole ? 'AFTER_SEQUENCE_NUMBER' : 'AT_SEQUENCE_NUMBER', SequenceNumber: sequence }
}

/** How many items of a message were taken by those who got as far as `place`. */
export function takenOf(place: Place | null, sequence: string, user: number | null): number {
  if (place === null || place.sequence !== sequence) return 0
  if (place.user === user) return place.taken
  return user === null || place.user === null || user > place.user ? 0 : Number.POSITIVE_INFINITY
}
