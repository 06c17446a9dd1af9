/** A line that a window gives after its records, and how much was left out for lack of room. */
export interface Encoded {
  readonly line: Uint8Array
  readonly leftOut: number
}

const [NEWLINE, ESCAPE, FLIP] = [0x0a, 0x1b, 0x40]

/** Packs one line: `about` as JSON, a zero byte, and the bytes with newlines escaped. A third shorter than base64. */
export function packLine(about: unknown, bytes: Uint8Array): Uint8Array {
  const head = Buffer.from(`${JSON.stringify(about)}\0`, 'utf8')
  const line = new Uint8Array(head.length + packedLength(bytes) + 1)
  line.set(head)
  line[escaped(bytes, line, head.length)] = NEWLINE
  return line
}

/** Puts bytes into a line from there on; returns where they end. */
function escaped(bytes: Uint8Array, line: Uint8Array, start: number): number {
  let to = start
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]!
    if (isSpecial(byte)) line[to++] = ESCAPE
    line[to++] = isSpecial(byte) ? byte ^ FLIP : byte
  }
  return to
}

/** How many bytes of a line these take. */
export function packedLength(bytes: Uint8Array): number {
  let length = bytes.length
  for (let at = 0; at < bytes.length; at++) length += Number(isSpecial(bytes[at]!))
  return length
}

/** A line's JSON, and its bytes, which are unpacked only on request: most readers find that a line is not theirs. */
export interface PackedLine {
  readonly about: unknown
  readonly bytes: () => Uint8Array
}

/** The inverse of `packLine`; null for any other line. */
export function unpackLine(line: Uint8Array): PackedLine | null {
  const zero = line.indexOf(0)
  if (zero < 0 || line.at(-1) !== NEWLINE) return null
  try {
    const about: unknown = JSON.parse(Buffer.from(line.subarray(0, zero)).toString('utf8'))
    return { about, bytes: () => unescaped(line.subarray(zero + 1, -1)) }
  } catch {
    return null
  }
}

function unescaped(packed: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(packed.length)
  let length = 0
  for (let at = 0; at < packed.length; at++)
    bytes[length++] = packed[at] === ESCAPE ? (packed[++at] ?? 0) ^ FLIP : packed[at]!
  return bytes.slice(0, length)
}

function isSpecial(byte: number): boolean {
  return byte === NEWLINE || byte === ESCAPE
}

/** One bit per record of n: 1 for those in `set`. */
export function packBits(n: number, set: Iterable<number>): Uint8Array {
  const bits = new Uint8Array(Math.ceil(n / 8))
  for (const i of set) bits[i >> 3]! |= 1 << (i & 7)
  return bits
}

export function unpackBits(bits: Uint8Array): number[] {
  return Array.from({ length: 8 * bits.length }, (_, i) => i).filter((i) => ((bits[i >> 3]! >> (i & 7)) & 1) === 1)
}

/** The bytes of a code among this many names; −1 is a code, too. */
export function codeWidth(names: number): number {
  return names < 0xff ? 1 : names < 0xffff ? 2 : 4
}

export function packCodes(codes: ArrayLike<number>, width: number): Uint8Array {
  const bytes = new Uint8Array(codes.length * width)
  for (let i = 0, at = 0; i < codes.length; i++) {
    let rest = codes[i]! + 1
    for (let place = 0; place < width; place++, rest = Math.floor(rest / 0x100)) bytes[at++] = rest
  }
  return bytes
}

export function unpackCodes(bytes: Uint8Array, width: number): number[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  return Array.from({ length: bytes.length / width }, (_, i) => buffer.readUIntLE(i * width, width) - 1)
}
