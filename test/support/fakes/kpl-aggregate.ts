import { createHash } from 'node:crypto'

export interface AggregatedUserRecord {
  readonly partitionKey: string
  readonly explicitHashKey?: string
  readonly data: Uint8Array
}

/** User records as the Kinesis Producer Library packs them into one record: magic number, protobuf message, MD5. */
export function aggregate(records: readonly AggregatedUserRecord[]): Uint8Array {
  const keys = [...new Set(records.map(({ partitionKey }) => partitionKey))]
  const hashKeys = [...new Set(records.flatMap(({ explicitHashKey }) => explicitHashKey ?? []))]
  const message = Buffer.concat([
    ...keys.map((key) => bytesField(1, Buffer.from(key))),
    ...hashKeys.map((key) => bytesField(2, Buffer.from(key))),
    ...records.map(({ partitionKey, explicitHashKey, data }) => {
      const hash = explicitHashKey === undefined ? [] : [numberField(2, hashKeys.indexOf(explicitHashKey))]
      const tags = bytesField(4, bytesField(1, Buffer.from('tag'))) // the format has them, nobody writes them
      return bytesField(
        3,
        Buffer.concat([numberField(1, keys.indexOf(partitionKey)), ...hash, bytesField(3, data), tags]),
      )
    }),
  ])
  return sealed(message)
}

/** A message between the magic number and its right digest, whatever it says. */
export function sealed(message: Uint8Array): Uint8Array {
  const digest = createHash('md5').update(message).digest()
  return Buffer.concat([Uint8Array.of(0xf3, 0x89, 0x9a, 0xc2), message, digest])
}

function numberField(tag: number, value: number): Buffer {
  return Buffer.concat([varint(tag * 8), varint(value)])
}

function bytesField(tag: number, bytes: Uint8Array): Buffer {
  return Buffer.concat([varint(tag * 8 + 2), varint(bytes.length), bytes])
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Buffer.from([...bytes, rest])
    bytes.push((rest % 128) | 0x80)
  }
}
