import { fault } from './faults.ts'

/** What clients in browsers have no `Buffer` for. */
const encoder = new TextEncoder()
const decoder = new TextDecoder()
export const ascii = (text: string): Uint8Array => encoder.encode(text)
export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes)
/** A character a byte, whatever it is. */
export const latin = (bytes: Uint8Array): string => String.fromCharCode(...bytes)
/** Of digits that were looked at before. */
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
  const at = a.findIndex((byte, i) => byte !== b[i])
  return at < 0 ? 0 : a[at]! - b[at]!
}

/** Little-endian doubles. Throws RangeError where the bytes are no whole number of them. */
export function doublesOf(bytes: Uint8Array): Float64Array {
  return new Float64Array(new Uint8Array(bytes).buffer)
}

/** Writes the canonical encoding: big-endian numbers, every variable part behind its length. */
export class ByteWriter {
  readonly #parts: Uint8Array[] = []

  u8(value: number): this {
    return this.bytes(Uint8Array.of(value))
  }

  u16(value: number): this {
    return this.#number(2, (view) => view.setUint16(0, value))
  }

  u32(value: number): this {
    return this.#number(4, (view) => view.setUint32(0, value))
  }

  f64(value: number): this {
    return this.#number(8, (view) => view.setFloat64(0, value))
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
    return joined(this.#parts)
  }

  #number(bytes: number, write: (view: DataView) => void): this {
    const part = new Uint8Array(bytes)
    write(new DataView(part.buffer))
    return this.bytes(part)
  }
}

/** Reads what `ByteWriter` wrote. Takes no memory before the bytes are there. Throws `truncated` and `trailing_data`. */
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

  /** Bytes that were not read yet. */
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

  /** What is left, all of it. */
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

  /** Where so many bytes begin, which are read then. */
  #skip(length: number): number {
    if (length > this.#bytes.length - this.#at) throw fault('truncated', 'the message ends before its last field')
    this.#at += length
    return this.#at - length
  }
}
