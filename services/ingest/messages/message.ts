import type { SourceItem } from '../source.ts'

/** One message of a stream, as its service delivers it: a Kinesis (user) record, an event, a Pub/Sub message. */
export interface Message {
  readonly partition: string
  /** The service's own: a sequence number, an offset, a message id. Holds no `/`. */
  readonly position: string
  readonly bytes: Uint8Array
  /** What came with it, by name in lower case: `content-type`, `content-encoding`, `ce-source`, … */
  readonly attributes: ReadonlyMap<string, string>
  readonly contributor?: string
  readonly redeliverable?: true
}

/**
 * The items of a message, in their order: one for most, several for JSON lines or an Avro container. A single item has the
 * message's position; item `i` of several has `position/i`, and the last one's mark is the message's own position: who has
 * that has all of it. What cannot be unpacked becomes a broken item; nothing that a message can hold makes it throw.
 */
export type Unpack = (message: Message) => readonly SourceItem[]

/** Which message a mark stands in, and how many of its items it covers (all of them: Infinity). */
export function placeOf(mark: string): { readonly message: string; readonly taken: number } {
  const slash = mark.lastIndexOf('/')
  if (slash < 0) return { message: mark, taken: Number.POSITIVE_INFINITY }
  return { message: mark.slice(0, slash), taken: Number(mark.slice(slash + 1)) + 1 }
}
