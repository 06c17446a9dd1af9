import { ByteReader, ByteWriter, joined } from './bytes.ts'
import { fault } from './faults.ts'
import { KEY_BYTES } from '#services/federate/secure/primitives.ts'

/** Bytes of one share of each of a client's two secrets; sealing adds the tag of AES-GCM. */
const SHARE_BYTES = 2 * KEY_BYTES
const SEALED_BYTES = SHARE_BYTES + 16
/** Bytes of the digests of one share: half a SHA-256 for each of the two secrets. */
export const SHARE_DIGEST_BYTES = 32
/** Bytes of a share as it is delivered: sealed, then its digest. */
const DEALT_BYTES = SEALED_BYTES + SHARE_DIGEST_BYTES

/**
 * Fresh X25519 keys of one round: one for masks, which a drop-out's committee may reveal, and one for shares, which nobody
 * reveals.
 */
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

/** Complete signed messages for those who must verify them: the roster and the agreement. */
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
  /** One for each member of the committee except the client itself, by place. */
  readonly sealed: readonly Uint8Array[]
  /**
   * Digests of all shares, including the client's own, by place. They expose whoever reveals another share than it was dealt,
   * and whoever deals shares of no secret.
   */
  readonly digests: readonly Uint8Array[]
}

export function encodeShares({ commitment, sealed, digests }: Shares): Uint8Array {
  return joined([commitment, ...sealed, ...digests])
}

/** The size of the committee follows from the ring; it is not in the message. */
export function decodeShares(body: Uint8Array, members: number): Shares {
  return whole(body, (reader) => ({
    commitment: reader.bytes(KEY_BYTES),
    sealed: Array.from({ length: members - 1 }, () => reader.bytes(SEALED_BYTES)),
    digests: Array.from({ length: members }, () => reader.bytes(SHARE_DIGEST_BYTES)),
  }))
}

/** The senders of shares, and the shares for one client: one for each of its seats whose client is among the senders. */
export interface Delivery {
  readonly sharers: readonly number[]
  readonly dealt: readonly DealtShare[]
}

export interface DealtShare {
  readonly sealed: Uint8Array
  readonly digest: Uint8Array
}

export function encodeDelivery({ sharers, dealt }: Delivery): Uint8Array {
  return joined([encodeIndexes(sharers), ...dealt.flatMap(({ sealed, digest }) => [sealed, digest])])
}

export function decodeDelivery(body: Uint8Array, size: number): Delivery {
  const reader = new ByteReader(body)
  const sharers = readIndexes(reader, size)
  const count = reader.left / DEALT_BYTES
  if (!Number.isInteger(count)) throw fault('wrong_size', 'a delivery of shares that are not whole')
  const dealt = Array.from({ length: count }, () => ({
    sealed: reader.bytes(SEALED_BYTES),
    digest: reader.bytes(SHARE_DIGEST_BYTES),
  }))
  return { sharers, dealt }
}

/** Roster indexes, ascending, so that a set has one encoding. */
export function encodeIndexes(indexes: readonly number[]): Uint8Array {
  const writer = new ByteWriter().u16(indexes.length)
  for (const index of indexes) writer.u16(index)
  return writer.finish()
}

/** Throws `unknown_index` and `not_ascending`. */
export function decodeIndexes(body: Uint8Array, size: number): number[] {
  return whole(body, (reader) => readIndexes(reader, size))
}

/**
 * A vector of `bytes` bytes, then the indexes of the dealers whose shares its sender cannot use. Throws `wrong_size` for a
 * truncated vector.
 */
export function decodeMasked(body: Uint8Array, bytes: number, size: number) {
  if (body.length < bytes) throw fault('wrong_size', `a vector of ${body.length} bytes in place of ${bytes}`)
  return { vector: body.subarray(0, bytes), complaints: decodeIndexes(body.subarray(bytes), size) }
}

export function encodeMasked(vector: Uint8Array, complaints: readonly number[]): Uint8Array {
  return joined([vector, encodeIndexes(complaints)])
}

/** What the aggregator draws once all updates are masked, and whose updates those are. */
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

/** Throws unless the body is empty. */
export function decodeNothing(body: Uint8Array): void {
  whole(body, () => undefined)
}

export interface Revealed {
  /** The client whose secret this is a share of: the seed of a survivor's own mask, or the mask key of a drop-out. */
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
