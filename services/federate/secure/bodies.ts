import { ByteReader, ByteWriter } from './bytes.ts'
import { fault } from './faults.ts'
import { KEY_BYTES } from '#services/federate/secure/primitives.ts'

/** Two secrets of a client, one share of each, and the tag of AES-GCM. */
const SHARE_BYTES = 2 * KEY_BYTES
const SEALED_BYTES = SHARE_BYTES + 16

/** Fresh X25519 keys of one round: one for masks, which a drop-out's committee may reveal, one for shares, which nobody does. */
export interface RoundKeys {
  readonly maskKey: Uint8Array
  readonly shareKey: Uint8Array
}

export function encodeKeys({ maskKey, shareKey }: RoundKeys): Uint8Array {
  return new ByteWriter().bytes(maskKey).bytes(shareKey).finish()
}

export function decodeKeys(body: Uint8Array): RoundKeys {
  return whole(body, (reader) => ({ maskKey: reader.bytes(KEY_BYTES), shareKey: reader.bytes(KEY_BYTES) }))
}

/** Whole signed messages, for whoever has to verify them: the roster, and the agreement. */
export function encodeMessages(messages: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter().u16(messages.length)
  for (const message of messages) writer.block(message)
  return writer.finish()
}

export function decodeMessages(body: Uint8Array): Uint8Array[] {
  return whole(body, (reader) => Array.from({ length: reader.u16() }, () => reader.block()))
}

export interface Shares {
  /** SHA-256 of the seed of the client's own mask. */
  readonly commitment: Uint8Array
  /** One for each member of the committee but the client itself, by place. */
  readonly sealed: readonly Uint8Array[]
}

export function encodeShares({ commitment, sealed }: Shares): Uint8Array {
  const writer = new ByteWriter().bytes(commitment)
  for (const share of sealed) writer.bytes(share)
  return writer.finish()
}

/** `count` is what the ring says: the message does not. */
export function decodeShares(body: Uint8Array, count: number): Shares {
  return whole(body, (reader) => ({
    commitment: reader.bytes(KEY_BYTES),
    sealed: Array.from({ length: count }, () => reader.bytes(SEALED_BYTES)),
  }))
}

/** Who sent shares, and those of them that are for one client: one for each of its seats whose client is among the senders. */
export interface Delivery {
  readonly sharers: readonly number[]
  readonly sealed: readonly Uint8Array[]
}

export function encodeDelivery({ sharers, sealed }: Delivery): Uint8Array {
  const writer = new ByteWriter().bytes(encodeIndexes(sharers))
  for (const share of sealed) writer.bytes(share)
  return writer.finish()
}

export function decodeDelivery(body: Uint8Array, size: number): Delivery {
  const reader = new ByteReader(body)
  const sharers = readIndexes(reader, size)
  const rest = reader.rest()
  if (rest.length % SEALED_BYTES !== 0) throw fault('wrong_size', 'a delivery of shares that are not whole')
  const sealed = Array.from({ length: rest.length / SEALED_BYTES }, (_, i) =>
    rest.subarray(i * SEALED_BYTES, (i + 1) * SEALED_BYTES),
  )
  return { sharers, sealed }
}

/** Roster indexes, ascending: a set has one encoding. */
export function encodeIndexes(indexes: readonly number[]): Uint8Array {
  const writer = new ByteWriter().u16(indexes.length)
  for (const index of indexes) writer.u16(index)
  return writer.finish()
}

/** Throws `unknown_index` and `not_ascending`. */
export function decodeIndexes(body: Uint8Array, size: number): number[] {
  return whole(body, (reader) => readIndexes(reader, size))
}

/** What the aggregator draws once all updates are masked, and whose those are. */
export interface Draw {
  readonly seed: Uint8Array
  readonly maskers: readonly number[]
}

export function encodeDraw({ seed, maskers }: Draw): Uint8Array {
  return new ByteWriter().bytes(seed).bytes(encodeIndexes(maskers)).finish()
}

export function decodeDraw(body: Uint8Array, size: number): Draw {
  return whole(body, (reader) => ({ seed: reader.bytes(KEY_BYTES), maskers: readIndexes(reader, size) }))
}

/** A body that says nothing. */
export function decodeNothing(body: Uint8Array): void {
  whole(body, () => undefined)
}

export interface Revealed {
  /** Whose secret it is a share of: the seed of a survivor's own mask, the mask key of one that dropped out. */
  readonly of: number
  readonly share: Uint8Array
}

export function encodeRevealed(revealed: readonly Revealed[]): Uint8Array {
  const writer = new ByteWriter().bytes(encodeIndexes(revealed.map(({ of }) => of)))
  for (const { share } of revealed) writer.bytes(share)
  return writer.finish()
}

export function decodeRevealed(body: Uint8Array, size: number): Revealed[] {
  return whole(body, (reader) => readIndexes(reader, size).map((of) => ({ of, share: reader.bytes(KEY_BYTES) })))
}

function readIndexes(reader: ByteReader, size: number): number[] {
  const indexes = Array.from({ length: reader.u16() }, () => reader.u16())
  if (indexes.some((index) => index >= size)) throw fault('unknown_index', 'an index beyond the roster')
  if (indexes.some((index, i) => i > 0 && index <= indexes[i - 1]!)) {
    throw fault('not_ascending', 'indexes that do not ascend, or one twice')
  }
  return indexes
}

function whole<T>(body: Uint8Array, read: (reader: ByteReader) => T): T {
  const reader = new ByteReader(body)
  const value = read(reader)
  reader.end()
  return value
}
