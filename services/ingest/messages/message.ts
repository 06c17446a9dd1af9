import type { SourceItem } from '../source.ts'

/** One message of a stream as its service delivers it: a Kinesis (user) record, an event, a Pub/Sub message. */
export interface Message {
  readonly partition: string
  /** The service's own position: a sequence number, an offset, a message id. Contains no `/`. */
  readonly position: string
  readonly bytes: Uint8Array
  /** Attributes by name in lower case: `content-type`, `content-encoding`, `ce-source`, … */
  readonly attributes: ReadonlyMap<string, string>
  readonly contributor?: string
  readonly redeliverable?: true
}

/**
 * Returns the items of a message, in order: usually one; several for JSON Lines or an Avro container. A single item has the
 * message's position. Item `i` of several has `position/i`, and the last one's mark is the message's own position, as everything
 * was read then. What cannot be unpacked becomes a broken item; nothing in a message makes it throw.
 */
export type Unpack = (message: Message) => readonly SourceItem[]

/** The message that a mark is in, and how many of its items the mark covers (Infinity: all). */
export function placeOf(mark: string): { readonly message: string; readonly taken: number } {
  const slash = mark.lastIndexOf('/')
  if (slash < 0) return { message: mark, taken: Number.POSITIVE_INFINITY }
  return { message: mark.slice(0, slash), taken: Number(mark.slice(slash + 1)) + 1 }
}
