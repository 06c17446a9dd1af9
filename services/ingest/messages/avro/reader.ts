import { Tensor } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'
import { FormatError } from '../../formats/format.ts'
import type { AvroNode } from './schema.ts'

const MOST_DEPTH = 128
const MOST_DECIMAL_BYTES = 256
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Limits how many values a message may contain: a fixed number plus several for each byte, and no more than fit into memory.
 * Without it, values that take no bytes could be as many as the message states.
 */
export class Budget {
  #left = 100_000
  #most = 16_000_000

  allow(bytes: number): void {
    this.#left += 4 * bytes
  }

  spend(): void {
    if (--this.#left < 0 || --this.#most < 0) {
      throw new FormatError('too_large', 'Avro that unfolds into too many values')
    }
  }

  get isSpent(): boolean {
    return this.#left < 0 || this.#most < 0
  }
}

/**
 * Reads Avro's binary encoding (Apache Avro 1.12, Binary Encoding). Bytes and fixed become tensors of u8; a long beyond ±2^53
 * and a decimal become text, so that no digit is lost; a fixed uuid becomes its text; a duration becomes an object of months,
 * days and millis; dates and times stay the stored numbers; a union is the value of its branch. Throws FormatError.
 */
export class AvroReader {
  at = 0
  readonly #bytes: Buffer
  readonly #budget: Budget

  constructor(bytes: Uint8Array, budget: Budget) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#budget = budget
  }

  get left(): number {
    return this.#bytes.length - this.at
  }

  read(node: AvroNode, depth = 0): Value {
    this.#budget.spend()
    if (depth > MOST_DEPTH) throw wrong(`nests more than ${MOST_DEPTH} levels`)
    switch (node.kind) {
      case 'null':
        return null
      case 'boolean':
        return this.#boolean()
      case 'int':
        return this.#int()
      case 'long':
        return this.#long()
      case 'float':
        return this.take(4).readFloatLE()
      case 'double':
        return this.take(8).readDoubleLE()
      case 'bytes':
        return tensor(this.bytes())
      case 'string':
        return this.string()
      case 'fixed':
        return tensor(this.take(node.size))
      case 'decimal':
        return decimal(node.size === null ? this.bytes() : this.take(node.size), node.scale)
      case 'uuid':
        return uuidText(this.take(16))
      case 'duration':
        return duration(this.take(12))
      case 'enum':
        return pick(node.symbols, this.#int())
      case 'union':
        return this.read(pick(node.branches, this.#int()), depth + 1)
      case 'array':
        return this.#array(node.of, depth)
      case 'map':
        return this.#map(node.of, depth)
      case 'record':
        return this.#record(node.fields, depth)
    }
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Buffer {
    if (length > this.left) throw new FormatError('missing_part', 'Avro that is cut short')
    return this.#bytes.subarray(this.at, (this.at += length))
  }

  /** Bytes that are preceded by their length, as a view. */
  bytes(): Buffer {
    return this.take(this.count())
  }

  string(): string {
    try {
      return UTF8.decode(this.bytes())
    } catch (error) {
      if (error instanceof FormatError) throw error
      throw new FormatError('invalid_utf8', 'Avro text that is not UTF-8')
    }
  }

  /** A long that is a count. */
  count(): number {
    const count = this.#long()
    if (typeof count !== 'number' || count < 0) throw wrong('has an invalid length')
    return count
  }

  /** The number of items in the next block of an array or a map; 0 after the last. */
  blockCount(): number {
    const count = this.#long()
    if (typeof count !== 'number') throw wrong('has an invalid length')
    if (count >= 0) return count
    this.count() // skips the block's size in bytes
    return -count
  }

  #boolean(): boolean {
    const [byte] = this.take(1)
    if (byte !== 0 && byte !== 1) throw wrong('has an invalid boolean')
    return byte === 1
  }

  #int(): number {
    const value = this.#long()
    if (typeof value !== 'number' || value !== (value | 0)) throw wrong('has an int beyond 32 bits')
    return value
  }

  /** Variable-length zig-zag; text if a number would lose digits. */
  #long(): number | string {
    let low = 0
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.take(1)[0]!
      low |= (byte & 0x7f) << shift
      if (byte < 0x80) return (low >>> 1) ^ -(low & 1)
    }
    let value = BigInt(low)
    for (let shift = 28n; shift < 70n; shift += 7n) {
      const byte = this.take(1)[0]!
      value |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80) continue
      if (value >= 1n << 64n) break
      const signed = (value >> 1n) ^ -(value & 1n)
      const number = Number(signed)
      return Number.isSafeInteger(number) ? number : signed.toString()
    }
    throw wrong('has a long beyond 64 bits')
  }

  #array(of: AvroNode, depth: number): Value {
    const items: Value[] = []
    for (let count = this.blockCount(); count > 0; count = this.blockCount()) {
      for (let i = 0; i < count; i++) items.push(this.read(of, depth + 1))
    }
    return items
  }

  #map(of: AvroNode, depth: number): Value {
    const map: Record<string, Value> = {}
    for (let count = this.blockCount(); count > 0; count = this.blockCount()) {
      for (let i = 0; i < count; i++) {
        const key = this.string()
        if (Object.hasOwn(map, key)) throw wrong('has a key that is there twice')
        put(map, key, this.read(of, depth + 1))
      }
    }
    return map
  }

  #record(fields: readonly { readonly name: string; readonly type: AvroNode }[], depth: number): Value {
    const record: Record<string, Value> = {}
    for (const { name, type } of fields) put(record, name, this.read(type, depth + 1))
    return record
  }
}

/** Sets a member. `__proto__` becomes an own member too, so that the check for forbidden keys finds it. */
function put(target: Record<string, Value>, key: string, value: Value): void {
  if (key !== '__proto__') target[key] = value
  else Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true })
}

function pick<T>(choices: readonly T[], index: number): T {
  const chosen = choices[index]
  if (chosen === undefined) throw wrong('chooses what its schema does not offer')
  return chosen
}

function tensor(bytes: Uint8Array): Tensor {
  return new Tensor('u8', [bytes.length], new Uint8Array(bytes))
}

function decimal(bytes: Buffer, scale: number): string {
  // converting bytes to digits takes quadratic time
  if (bytes.length > MOST_DECIMAL_BYTES) throw wrong(`has a decimal of more than ${MOST_DECIMAL_BYTES} bytes`)
  const unscaled = bytes.length === 0 ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`))
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const point = digits.length - scale
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`
}

function duration(bytes: Buffer): Value {
  return { months: bytes.readUInt32LE(0), days: bytes.readUInt32LE(4), millis: bytes.readUInt32LE(8) }
}

/** The text of a UUID in 16 bytes (RFC 9562, section 4). */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes).toString('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
}

function wrong(what: string): FormatError {
  return new FormatError('undecodable', `Avro that ${what}`)
}
