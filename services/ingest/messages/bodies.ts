import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { broken, FormatError, RAW_KEPT } from '../formats/format.ts'
import type { Body, ContentType } from '../source.ts'

/** Limits of one message and of what it unpacks to. */
export interface UnpackLimits {
  /** An item above this size becomes `too_large`. */
  readonly itemBytes: number
  /** The most bytes that a message may unpack to. */
  readonly messageBytes: number
  readonly items: number
  tooMany(): FormatError
}

const MESSAGE_BYTES = 64 * 1024 * 1024
const ITEMS = 100_000

export function unpackLimits(itemBytes: number): UnpackLimits {
  return {
    itemBytes,
    messageBytes: Math.max(itemBytes, MESSAGE_BYTES),
    items: ITEMS,
    tooMany: () => new FormatError('too_large', `a message of more than ${ITEMS} items`),
  }
}

/** A body of bytes to be decoded later; broken if they exceed the limit of an item. */
export function bodyOfBytes(bytes: Uint8Array, contentType: ContentType, { itemBytes }: UnpackLimits): Body {
  return bytes.length > itemBytes ? tooLarge(bytes, itemBytes) : { kind: 'bytes', bytes, contentType }
}

/** A body for a value of a binary format: fields for an object, bytes for text. */
export function bodyOfValue(value: Value, encoded: Uint8Array, { itemBytes }: UnpackLimits): Body {
  if (encoded.length > itemBytes) return tooLarge(encoded, itemBytes)
  if (typeof value === 'string') {
    return { kind: 'bytes', bytes: Buffer.from(value, 'utf8'), contentType: 'text/plain' }
  }
  const isFields = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Tensor)
  if (!isFields) return broken('undecodable', 'a value that is neither a record nor text', cut(encoded))
  return { kind: 'fields', fields: value as Fields, bytes: encoded.length }
}

/** The part of broken bytes that is kept. */
export function cut(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, RAW_KEPT)
}

function tooLarge(bytes: Uint8Array, itemBytes: number): Body {
  return broken('too_large', `${bytes.length} bytes, at most ${itemBytes} allowed`, cut(bytes))
}
