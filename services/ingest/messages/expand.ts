import zlib, { type ZlibOptions, type ZstdOptions } from 'node:zlib'
import { FormatError } from '../formats/format.ts'

type Compression = 'gzip' | 'deflate' | 'deflate_raw' | 'zstd' | 'brotli'

const DECODERS: Readonly<Record<Compression, (bytes: Uint8Array, options: ZlibOptions & ZstdOptions) => Buffer>> = {
  gzip: zlib.gunzipSync,
  deflate: zlib.inflateSync,
  deflate_raw: zlib.inflateRawSync,
  zstd: zlib.zstdDecompressSync,
  brotli: zlib.brotliDecompressSync,
}

/**
 * Compressions by the names of codings (RFC 9110, section 8.4.1). Null means no coding: some senders write a character set
 * there.
 */
const CODINGS: ReadonlyMap<string, Compression | null> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
  ['zlib', 'deflate'],
  ['zstd', 'zstd'],
  ['br', 'brotli'],
  ['identity', null],
  ['', null],
  ['utf-8', null],
  ['utf8', null],
  ['us-ascii', null],
])
const MOST_CODINGS = 4

/** Decompresses into at most `limit` bytes. Throws FormatError: `too_large` beyond that, `undecodable` if broken. */
export function expand(bytes: Uint8Array, compression: Compression, limit: number): Buffer {
  try {
    return DECODERS[compression](bytes, { maxOutputLength: Math.max(1, limit) })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : ''
    if (code === 'ERR_BUFFER_TOO_LARGE') {
      throw new FormatError('too_large', `${compression} that expands to more than ${limit} bytes`)
    }
    throw new FormatError('undecodable', `${compression} data that is broken or cut short`)
  }
}

/** Undoes the codings of a `content-encoding`, last one first. Throws FormatError. */
export function undoCodings(bytes: Uint8Array, codings: string, limit: number): Uint8Array {
  const names = codings.toLowerCase().split(',', MOST_CODINGS + 1)
  if (names.length > MOST_CODINGS) throw new FormatError('undecodable', `more than ${MOST_CODINGS} content codings`)
  let plain = bytes
  for (const name of names.reverse()) {
    const compression = CODINGS.get(name.trim())
    if (compression === undefined) {
      throw new FormatError('undecodable', 'a content-encoding other than gzip, deflate, zstd and br')
    }
    if (compression === null) continue
    // "deflate" means zlib's format, but some senders omit its header
    const isBare = compression === 'deflate' && !hasZlibHeader(plain)
    plain = expand(plain, isBare ? 'deflate_raw' : compression, limit)
  }
  return plain
}

/**
 * Undoes a compression that the first bytes indicate. Bytes that only look compressed stay as they are; those that expand beyond
 * `limit` throw FormatError.
 */
export function expandByMagic(bytes: Uint8Array, limit: number): Uint8Array {
  const compression = magicOf(bytes)
  if (compression === null) return bytes
  try {
    return expand(bytes, compression, limit)
  } catch (error) {
    // "x^" begins zlib data, but may also begin a text
    if (compression === 'deflate' && error instanceof FormatError && error.reason !== 'too_large') return bytes
    throw error
  }
}

function magicOf(bytes: Uint8Array): Compression | null {
  const [a, b, c, d] = bytes
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  return a === 0x78 && hasZlibHeader(bytes) ? 'deflate' : null
}

function hasZlibHeader([first = 0, second = 0]: Uint8Array): boolean {
  return (first & 0x0f) === 8 && first >> 4 <= 7 && (first * 256 + second) % 31 === 0
}
