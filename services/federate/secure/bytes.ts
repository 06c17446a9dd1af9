import { fault } from './faults.ts'

/** Writes the canonical encoding: big-endian numbers, every variable part behind its length. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = []

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value))
  }

  u16(value: number): this {
    const part = Buffer.alloc(2)
    part.writeUInt16BE(value)
    return this.bytes(part)
  }

  u32(value: number): this {
    const part = Buffer.alloc(4)
    part.writeUInt32BE(value)
    return this.bytes(part)
  }

  f64(value: number): this {
    const part = Buffer.alloc(8)
    part.writeDoubleBE(value)
    return this.bytes(part)
  }

  /** Bytes as they are: the reader knows how many. */
  bytes(value: Uint8Array): this {
    this.#parts.push(value)
    return this
  }

  /** A u32 length, then the bytes. */
  block(value: Uint8Array): this {
    return this.u32(value.length).bytes(value)
  }

  finish(): Uint8Array {
    return Buffer.concat(this.#parts)
  }
}

/** Reads what `ByteWriter` wrote. Takes no memory before the bytes are there. Throws `truncated` and `trailing_data`. */
export class ByteReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get position(): number {
    return this.#at
  }

  /** Bytes that were not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#take(1).readUInt8()
  }

  u16(): number {
    return this.#take(2).readUInt16BE()
  }

  u32(): number {
    return this.#take(4).readUInt32BE()
  }

  f64(): number {
    return this.#take(8).readDoubleBE()
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    return this.#take(length)
  }

  block(): Uint8Array {
    return this.bytes(this.u32())
  }

  /** What is left, all of it. */
  rest(): Uint8Array {
    return this.#take(this.#bytes.length - this.#at)
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw fault('trailing_data', 'the message goes on after its end')
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw fault('truncated', 'the message ends before its last field')
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
