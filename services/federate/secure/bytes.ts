import { fault } from './faults.ts'

/** In place of Node's `Buffer`, which browsers lack. */
const encoder = new TextEncoder()
const decoder = new TextDecoder()
export const ascii = (text: string): Uint8Array => encoder.encode(text)
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)
/** One character per byte, whatever the byte. */
export const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
/** Decodes hex digits; the caller must have checked them. */
export const hexBytes = (text: string): Uint8Array =>
  Uint8Array.from({ length: text.length / 2 }, (_, i) => Number.parseInt(text.slice(2 * i, 2 * i + 2), 16))

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

/** Orders public bytes of the same length. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return 0
}

/** Reads little-endian doubles. Throws RangeError unless the length is a multiple of eight. */
export function doublesOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer)
}

/** Writes the canonical encoding: big-endian numbers; every part of variable length is preceded by its length. */
export class ByteWriter {
  #bytes = new Uint8Array(256)
  #view = new DataView(this.#bytes.buffer)
  #at = 0

  u8(value: number): this {
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, value)
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value)
    return this
  }

  f64(value: number): this {
    const at = this.#grow(8)
    this.#view.setFloat64(at, value)
    return this
  }

  /** Writes bytes without their length, which the reader must know. */
  bytes(value: Uint8Array): this {
    const at = this.#grow(value.length)
    this.#bytes.set(value, at)
    return this
  }

  /** A u32 length, then the bytes. */
  block(value: Uint8Array): this {
    return this.u32(value.length).bytes(value)
  }

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at)
  }

  /** Reserves `count` bytes and returns where they begin. */
  #grow(count: number): number {
    const from = this.#at
    this.#at += count
    if (this.#at > this.#bytes.length) {
      const larger = new Uint8Array(2 * this.#at)
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return from
  }
}

/** Reads what `ByteWriter` wrote. Allocates no memory before the bytes are there. Throws `truncated` and `trailing_data`. */
export class ByteReader {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get position(): number {
    return this.#at
  }

  /** The number of bytes not read yet. */
  get left(): number {
    return this.#bytes.length - this.#at
  }

  u8(): number {
    return this.#view.getUint8(this.#skip(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#skip(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#skip(4))
  }

  f64(): number {
    return this.#view.getFloat64(this.#skip(8))
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    return this.#take(length)
  }

  block(): Uint8Array {
    return this.bytes(this.u32())
  }

  /** Reads all remaining bytes. */
  rest(): Uint8Array {
    return this.#take(this.#bytes.length - this.#at)
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw fault('trailing_data', 'the message goes on after its end')
  }

  #take(length: number): Uint8Array {
    const from = this.#skip(length)
    return this.#bytes.subarray(from, from + length)
  }

  /** Skips `length` bytes and returns where they begin. */
  #skip(length: number): number {
    if (length > this.#bytes.length - this.#at) throw fault('truncated', 'the message ends before its last field')
    this.#at += length
    return this.#at - length
  }
}
