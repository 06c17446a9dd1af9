import { createHash } from 'node:crypto'

/** A record that its producer packed together with others into one. */
export interface UserRecord {
  /** Its place in that record. */
  readonly index: number
  readonly partitionKey: string
  readonly explicitHashKey?: string
  readonly data: Uint8Array
}

/** The hash keys of a shard, both ends included. */
export interface HashKeyRange {
  readonly from: bigint
  readonly to: bigint
}

const MAGIC = Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2)
const DIGEST_BYTES = 16

/**
 * The user records of an aggregated record (Amazon Kinesis Producer Library, Aggregated Record Format: magic number, protobuf
 * message, MD5 of the message); null if it is not one or is broken. Never throws.
 */
export function disaggregate(data: Uint8Array): readonly UserRecord[] | null {
  if (data.length < MAGIC.length + DIGEST_BYTES || !MAGIC.every((byte, index) => data[index] === byte)) return null
  const message = data.subarray(MAGIC.length, data.length - DIGEST_BYTES)
  const digest = createHash('md5').update(message).digest()
  if (!digest.equals(data.subarray(data.length - DIGEST_BYTES))) return null
  try {
    return readAggregate(message)
  } catch (error) {
    if (error instanceof BrokenMessage) return null
    throw error
  }
}

/**
 * Whether a user record belongs to a shard. One that does not was sent to its own shard again by its producer, which noticed
 * that the stream had been resharded.
 */
export function belongsTo({ explicitHashKey, partitionKey }: UserRecord, { from, to }: HashKeyRange): boolean {
  const key = explicitHashKey === undefined ? hashKeyOf(partitionKey) : BigInt(explicitHashKey)
  return key >= from && key <= to
}

/** The hash key of a partition key: its MD5 as a number of 128 bits. */
export function hashKeyOf(partitionKey: string): bigint {
  return BigInt(`0x${createHash('md5').update(partitionKey, 'utf8').digest('hex')}`)
}

class BrokenMessage extends Error {}

interface Field {
  readonly tag: number
  /** Bytes or a number, by the field's wire type. */
  readonly value: Uint8Array | number
}

function readAggregate(message: Uint8Array): UserRecord[] {
  const partitionKeys: string[] = []
  const hashKeys: string[] = []
  const records: Uint8Array[] = []
  for (const { tag, value } of fields(message)) {
    if (tag === 1) partitionKeys.push(utf8(bytesOf(value)))
    else if (tag === 2) hashKeys.push(hashKey(bytesOf(value)))
    else if (tag === 3) records.push(bytesOf(value))
  }
  return records.map((bytes, index) => readRecord(bytes, index, partitionKeys, hashKeys))
}

function readRecord(
  message: Uint8Array,
  index: number,
  partitionKeys: readonly string[],
  hashKeys: readonly string[],
): UserRecord {
  let [partitionKey, explicitHashKey, data]: [string?, string?, Uint8Array?] = []
  for (const { tag, value } of fields(message)) {
    if (tag === 1) partitionKey = entryOf(partitionKeys, value)
    else if (tag === 2) explicitHashKey = entryOf(hashKeys, value)
    else if (tag === 3) data = bytesOf(value)
  }
  if (partitionKey === undefined || data === undefined) throw new BrokenMessage('a record without a key or data')
  return { index, partitionKey, ...(explicitHashKey === undefined ? {} : { explicitHashKey }), data }
}

/** The fields of a protobuf message, of the two wire types that the format uses; others are skipped. */
function* fields(message: Uint8Array): Generator<Field> {
  let at = 0
  const varint = (): number => {
    let [value, scale] = [0, 1]
    for (let length = 0; length < 10; length++) {
      const byte = message[at++]
      if (byte === undefined) throw new BrokenMessage('it ends within a number')
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    throw new BrokenMessage('a number of more than ten bytes')
  }
  const take = (length: number): Uint8Array => {
    if (length > message.length - at) throw new BrokenMessage('it ends within a field')
    at += length
    return message.subarray(at - length, at)
  }
  while (at < message.length) {
    const key = varint()
    const [tag, type] = [Math.floor(key / 8), key % 8]
    if (type === 0) yield { tag, value: varint() }
    else if (type === 2) yield { tag, value: take(varint()) }
    else if (type === 1) take(8)
    else if (type === 5) take(4)
    else throw new BrokenMessage('an unknown wire type')
  }
}

function bytesOf(value: Uint8Array | number): Uint8Array {
  if (typeof value === 'number') throw new BrokenMessage('a number where bytes are due')
  return value
}

function entryOf(table: readonly string[], value: Uint8Array | number): string {
  const entry = typeof value === 'number' ? table[value] : undefined
  if (entry === undefined) throw new BrokenMessage('a key that is not in its table')
  return entry
}

function utf8(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')
}

function hashKey(bytes: Uint8Array): string {
  const text = utf8(bytes)
  if (!/^\d{1,39}$/.test(text)) throw new BrokenMessage('a hash key that is not a number')
  return text
}
