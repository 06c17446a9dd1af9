import { crc32 } from 'node:zlib'
import { snappyUncompress } from 'hyparquet'
import { broken, FormatError } from '../../formats/format.ts'
import type { Body } from '../../source.ts'
import { AvroReader, Budget } from './reader.ts'
import { parseAvroSchema, type AvroNode } from './schema.ts'
import { bodyOfValue, cut, type UnpackLimits } from '../bodies.ts'
import { expand } from '../expand.ts'

const MAGIC = Buffer.from('Obj\u0001', 'latin1')
const SYNC = 16
const MOST_SCHEMA_BYTES = 1024 * 1024
const SCHEMAS_KEPT = 32

export function isContainer(bytes: Uint8Array): boolean {
  return Buffer.compare(bytes.subarray(0, MAGIC.length), MAGIC) === 0
}

/**
 * Makes a reader of object container files (Apache Avro 1.12, Object Container Files); it caches the schemas that they contain.
 */
export function createContainerReader(limits: UnpackLimits): (bytes: Uint8Array) => Body[] {
  const known = new Map<string, AvroNode>()

  const compile = (text: Buffer): AvroNode => {
    if (text.length > MOST_SCHEMA_BYTES) throw new FormatError('too_large', 'an Avro schema of more than 1 MiB')
    const key = text.toString('latin1')
    const node = known.get(key) ?? parseAvroSchema(json(text))
    known.delete(key)
    known.set(key, node)
    for (const oldest of known.keys()) {
      if (known.size <= SCHEMAS_KEPT) break
      known.delete(oldest)
    }
    return node
  }

  return (bytes) => {
    const budget = new Budget()
    const reader = new AvroReader(bytes, budget)
    reader.take(MAGIC.length)
    const { schema, codec } = readMeta(reader)
    const node = compile(schema)
    const sync = reader.take(SYNC)
    const bodies: Body[] = []
    let expanded = 0
    try {
      while (reader.left > 0) {
        const count = reader.count()
        const packed = reader.bytes()
        if (!reader.take(SYNC).equals(sync))
          throw new FormatError('undecodable', 'an Avro container whose blocks do not line up')
        if (bodies.length + count > limits.items) throw limits.tooMany()
        const block = unpackBlock(packed, codec, limits.messageBytes - expanded)
        expanded += block.length
        budget.allow(block.length)
        readBlock(block, node, count, budget, limits, bodies)
      }
    } catch (error) {
      // the values before the fault are good, but if a limit is exceeded, none is used
      if (!(error instanceof FormatError) || error.reason === 'too_large' || bodies.length === 0) throw error
      bodies.push(broken(error.reason, error.message, cut(bytes.subarray(reader.at))))
    }
    return bodies
  }
}

/** A block's values. If one is broken, so is the rest of the block, but not the next block. */
function readBlock(
  block: Buffer,
  node: AvroNode,
  count: number,
  budget: Budget,
  limits: UnpackLimits,
  bodies: Body[],
): void {
  const reader = new AvroReader(block, budget)
  let start = 0
  try {
    for (let i = 0; i < count; i++) {
      start = reader.at
      const value = reader.read(node)
      bodies.push(bodyOfValue(value, block.subarray(start, reader.at), limits))
    }
    start = reader.at
    if (reader.left > 0) throw new FormatError('undecodable', 'an Avro block that goes on after its last value')
  } catch (error) {
    if (!(error instanceof FormatError) || budget.isSpent) throw error
    bodies.push(broken(error.reason, error.message, cut(block.subarray(start))))
  }
}

function readMeta(reader: AvroReader): { schema: Buffer; codec: string } {
  let schema: Buffer | undefined
  let codec = 'null'
  for (let count = reader.blockCount(); count > 0; count = reader.blockCount()) {
    for (let i = 0; i < count; i++) {
      const key = reader.string()
      const value = reader.bytes()
      if (key === 'avro.schema') schema = value
      if (key === 'avro.codec') codec = value.toString('latin1')
    }
  }
  if (schema === undefined) throw new FormatError('missing_part', 'an Avro container without a schema')
  return { schema, codec }
}

function unpackBlock(packed: Buffer, codec: string, limit: number): Buffer {
  switch (codec) {
    case 'null':
      return packed
    case 'deflate':
      return expand(packed, 'deflate_raw', limit)
    case 'zstandard':
      return expand(packed, 'zstd', limit)
    case 'snappy':
      return unsnap(packed, limit)
    default:
      throw new FormatError(
        'undecodable',
        'an Avro container with an unsupported codec: expected null, deflate, snappy or zstandard',
      )
  }
}

/** Decompresses Snappy's raw format, and checks the four-byte checksum of the unpacked bytes. */
function unsnap(packed: Buffer, limit: number): Buffer {
  const wrong = () => new FormatError('undecodable', 'snappy data that is broken or cut short')
  if (packed.length < 5) throw wrong()
  const body = packed.subarray(0, -4)
  let length = 0
  for (let i = 0; ; i++) {
    const byte = body[i]
    if (byte === undefined || i > 4) throw wrong()
    length += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) break
  }
  if (length > limit) throw new FormatError('too_large', `snappy that expands to more than ${limit} bytes`)
  const plain = Buffer.alloc(length)
  try {
    snappyUncompress(body, plain)
  } catch {
    throw wrong()
  }
  if (crc32(plain) !== packed.readUInt32BE(packed.length - 4)) throw wrong()
  return plain
}

function json(text: Buffer): unknown {
  try {
    return JSON.parse(text.toString('utf8'))
  } catch {
    throw new FormatError('undecodable', 'an Avro container whose schema is not JSON')
  }
}
