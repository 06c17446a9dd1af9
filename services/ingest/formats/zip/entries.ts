import { Readable } from 'node:stream'
import { crc32, createInflateRaw } from 'node:zlib'
import { AppError } from '#core/errors.ts'
import { FormatError, type RandomAccess } from '../format.ts'

/** One entry of a zip archive. */
export interface ZipEntry {
  readonly name: string
  /** Bytes after unpacking. */
  readonly size: number
  /** A symbolic link; its contents are its target. */
  readonly isLink: boolean
  /** The entry's contents. Throws `FormatError` if they are encrypted, broken, or not as long as announced. */
  stream(): AsyncIterable<Uint8Array>
}

const END = 0x06054b50
const END_BYTES = 22
const END64_LOCATOR = 0x07064b50
const LOCATOR_BYTES = 20
const END64 = 0x06064b50
const CENTRAL = 0x02014b50
const LOCAL = 0x04034b50
const MAX_DIRECTORY = 64 * 1024 * 1024
/** From this many unpacked bytes on, an archive may expand at most this many times. */
const EXPANSION = { from: 64 * 1024 * 1024, times: 250 }
const UNIX = 3
const [FILE_TYPE, LINK] = [0o170000, 0o120000]

/**
 * The entries of an archive, stored or deflated, in the order of its directory (PKWARE APPNOTE 6.3.10, with zip64). Throws
 * `FormatError` if the directory is damaged, and if entries share bytes or expand further than real data can.
 */
export async function readZip(file: RandomAccess): Promise<ZipEntry[]> {
  const { start, size, count } = await findDirectory(file)
  if (size > MAX_DIRECTORY) throw new FormatError('too_large', 'a zip directory of more than 64 MiB')
  const directory = Buffer.from(await file.read(start, start + size))
  const entries: ZipEntry[] = []
  let [at, packedBytes, unpackedBytes] = [0, 0, 0]
  while (at + 46 <= directory.length && directory.readUInt32LE(at) === CENTRAL) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => directory.readUInt16LE(at + offset))
    const extra = directory.subarray(at + 46 + nameLength!, at + 46 + nameLength! + extraLength!)
    const sizes = wideFields(
      extra,
      [24, 20, 42].map((offset) => directory.readUInt32LE(at + offset)),
    )
    const [unpacked, packed, offset] = sizes as [number, number, number]
    const placed: Placed = {
      offset,
      packed,
      unpacked,
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      checksum: directory.readUInt32LE(at + 16),
    }
    entries.push({
      name: nameOf(directory.subarray(at + 46, at + 46 + nameLength!)),
      size: unpacked,
      isLink: directory[at + 5] === UNIX && (directory.readUInt16LE(at + 40) & FILE_TYPE) === LINK,
      stream: () => contents(file, placed),
    })
    packedBytes += packed
    unpackedBytes += unpacked
    at += 46 + nameLength! + extraLength! + commentLength!
  }
  // otherwise entries missing from the list would be lost silently; a count too large for its 16-bit field wraps around
  if (at > directory.length || entries.length % 0x10000 !== count % 0x10000) throw broken()
  if (packedBytes > file.size) throw broken()
  if (unpackedBytes > EXPANSION.from && unpackedBytes > file.size * EXPANSION.times)
    throw new FormatError('too_large', `a zip archive that expands more than ${EXPANSION.times} times`)
  return entries
}

async function findDirectory(file: RandomAccess): Promise<{ start: number; size: number; count: number }> {
  const tailStart = Math.max(0, file.size - LOCATOR_BYTES - END_BYTES - 0xffff)
  const tail = Buffer.from(await file.read(tailStart, file.size))
  let at = tail.length - END_BYTES
  while (at >= 0 && tail.readUInt32LE(at) !== END) at--
  if (at < 0) throw new FormatError('undecodable', 'not a zip archive, or one that is cut short')
  const plain = {
    start: tail.readUInt32LE(at + 16),
    size: tail.readUInt32LE(at + 12),
    count: tail.readUInt16LE(at + 10),
  }
  if (at < LOCATOR_BYTES || tail.readUInt32LE(at - LOCATOR_BYTES) !== END64_LOCATOR) {
    if (tail.readUInt16LE(at + 4) !== 0)
      throw new FormatError('undecodable', 'the last of several parts of a zip archive')
    return plain
  }
  const wideStart = Number(tail.readBigUInt64LE(at - 12))
  const wide = Buffer.from(await file.read(wideStart, wideStart + 56))
  if (wide.length < 56 || wide.readUInt32LE(0) !== END64) throw broken()
  return {
    count: Number(wide.readBigUInt64LE(32)),
    size: Number(wide.readBigUInt64LE(40)),
    start: Number(wide.readBigUInt64LE(48)),
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })
/** A decoding with a character for every byte, so that two names never become one. */
const ANY = new TextDecoder('windows-1252')

/** Decodes a name; old archives do not state the encoding of their names. */
function nameOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes)
  } catch {
    return ANY.decode(bytes)
  }
}

/** Reads the values of full 32-bit fields from the zip64 extra field, in the same order. */
function wideFields(extra: Buffer, fields: readonly number[]): number[] {
  let wide: Buffer = Buffer.alloc(0)
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) === 1) wide = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2))
  }
  let used = 0
  return fields.map((field) => {
    if (field !== 0xffffffff) return field
    if (used + 8 > wide.length) throw broken()
    used += 8
    return Number(wide.readBigUInt64LE(used - 8))
  })
}

interface Placed {
  readonly offset: number
  readonly packed: number
  readonly unpacked: number
  readonly flags: number
  readonly method: number
  /** CRC-32 of the unpacked bytes. */
  readonly checksum: number
}

async function* contents(file: RandomAccess, placed: Placed): AsyncGenerator<Uint8Array> {
  const { offset, packed, unpacked, flags, method, checksum } = placed
  if (flags & 1) throw new FormatError('undecodable', 'an encrypted zip archive')
  if (method !== 0 && method !== 8) throw new FormatError('undecodable', 'a zip compression that is not read')
  const local = Buffer.from(await file.read(offset, offset + 30))
  if (local.length < 30 || local.readUInt32LE(0) !== LOCAL) throw broken()
  const start = offset + 30 + local.readUInt16LE(26) + local.readUInt16LE(28)
  const raw = file.stream(start, start + packed)
  let [given, sum] = [0, 0]
  for await (const chunk of method === 0 ? raw : inflate(raw)) {
    given += chunk.length
    if (given > unpacked) throw new FormatError('too_large', 'a zip entry that is larger than announced')
    sum = crc32(chunk, sum)
    yield chunk
  }
  if (given < unpacked || sum !== checksum) throw new FormatError('undecodable', 'zip data is broken or cut short')
}

async function* inflate(raw: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(raw, { objectMode: false })
  // nothing is unpacked ahead: otherwise it would depend on chance whether buffered bytes before a fault are lost
  const options = { chunkSize: 256 * 1024, readableHighWaterMark: 1 }
  const inflater = createInflateRaw(options)
  source.on('error', (error) => inflater.destroy(error))
  try {
    for await (const chunk of source.pipe(inflater)) yield chunk as Buffer
  } catch (error) {
    if (error instanceof AppError || error instanceof FormatError) throw error
    throw new FormatError('undecodable', 'zip data is broken or cut short')
  } finally {
    source.destroy()
    inflater.destroy()
  }
}

function broken(): FormatError {
  return new FormatError('undecodable', 'a zip archive whose directory is broken')
}
