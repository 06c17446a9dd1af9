const MAGIC = 0x184d2204
/** Bits of the frame descriptor. */
const [BLOCK_CHECKSUM, CONTENT_SIZE, DICTIONARY] = [0x10, 0x08, 0x01]
/** Set in the size of a block that is stored uncompressed. */
const STORED = 0x80000000
/** The shortest match. */
const LEAST_MATCH = 4

/**
 * The contents of an LZ4 frame, as Arrow wraps its buffers (LZ4 frame format 1.6, block format). Checksums are not verified.
 * Throws RangeError if the bytes are no such frame, are cut short, or hold more than `most`.
 */
export function lz4Decompress(bytes: Uint8Array, most: number): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint8(4)
  if (view.getUint32(0, true) !== MAGIC || flags >> 6 !== 1 || (flags & DICTIONARY) !== 0)
    throw new RangeError('no LZ4 frame')
  const out = new Output(bytes.length * 4, most)
  let at = (flags & CONTENT_SIZE) === 0 ? 7 : 15
  for (;;) {
    const announced = view.getUint32(at, true)
    at += 4
    if (announced === 0) return out.whole()
    const size = (announced & ~STORED) >>> 0
    if (at + size > bytes.length) throw new RangeError('a block beyond the frame')
    const block = bytes.subarray(at, at + size)
    if (announced >= STORED) out.add(block)
    else readBlock(block, out)
    at += size + ((flags & BLOCK_CHECKSUM) === 0 ? 0 : 4)
  }
}

/** Decodes sequences of literals and a match each; a match may refer to earlier blocks. */
function readBlock(block: Uint8Array, out: Output): void {
  let at = 0
  const next = (): number => {
    const byte = block[at++]
    if (byte === undefined) throw new RangeError('a block that is cut short')
    return byte
  }
  const length = (short: number): number => {
    if (short < 15) return short
    let whole = short
    for (let byte = 255; byte === 255;) whole += byte = next()
    return whole
  }
  while (at < block.length) {
    const token = next()
    const literals = length(token >> 4)
    if (at + literals > block.length) throw new RangeError('literals beyond the block')
    out.add(block.subarray(at, (at += literals)))
    if (at === block.length) return // the last sequence has no match
    const distance = next() + 256 * next()
    out.repeat(distance, LEAST_MATCH + length(token & 15))
  }
}

/** Bytes that grow by appended bytes and by copies of what they hold already. */
class Output {
  readonly #most: number
  #bytes: Uint8Array
  #length = 0

  constructor(guess: number, most: number) {
    this.#most = most
    this.#bytes = new Uint8Array(Math.min(guess, most))
  }

  add(bytes: Uint8Array): void {
    this.#reserve(bytes.length)
    this.#bytes.set(bytes, this.#length)
    this.#length += bytes.length
  }

  /** Appends a copy of the bytes `distance` back; it may overlap with what it writes. */
  repeat(distance: number, count: number): void {
    if (distance === 0 || distance > this.#length) throw new RangeError('a match before the beginning')
    this.#reserve(count)
    const to = this.#length
    if (distance >= count) this.#bytes.copyWithin(to, to - distance, to - distance + count)
    else for (let i = 0; i < count; i++) this.#bytes[to + i] = this.#bytes[to + i - distance]!
    this.#length += count
  }

  whole(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #reserve(count: number): void {
    const needed = this.#length + count
    if (needed > this.#most) throw new RangeError('more than is believed')
    if (needed <= this.#bytes.length) return
    const grown = new Uint8Array(Math.min(this.#most, Math.max(needed, 2 * this.#bytes.length)))
    grown.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = grown
  }
}
