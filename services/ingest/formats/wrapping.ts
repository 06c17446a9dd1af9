import { Readable } from 'node:stream'
import zlib from 'node:zlib'
import { AppError } from '#core/errors.ts'
import { FormatError, HEAD_BYTES } from './format.ts'

export const CHUNK = 256 * 1024
/** From this many unpacked bytes on, compressed data may expand at most this many times. */
const EXPANSION = { from: 64 * 1024 * 1024, times: 250 }

/** A file's name without the suffix of a compression format. */
export function plainName(name: string): string {
  return name.replace(/\.(gz|zst)$/i, '')
}

export type Wrapping = 'gzip' | 'zstd'

export function wrappingOf(magic: Uint8Array): Wrapping | null {
  const [a, b, c, d] = magic
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  return null
}

/** Decompresses a stream. Throws `FormatError` if it is broken or expands too far. */
export async function* unwrap(raw: AsyncIterable<Uint8Array>, wrapping: Wrapping): AsyncGenerator<Uint8Array> {
  let [taken, given] = [0, 0]
  const counted = async function* () {
    for await (const chunk of raw) {
      taken += chunk.length
      yield chunk
    }
  }
  // nothing is unpacked ahead: otherwise it would depend on chance whether buffered bytes before a fault are lost
  const options = { chunkSize: CHUNK, readableHighWaterMark: 1 }
  const source = Readable.from(counted(), { objectMode: false, highWaterMark: CHUNK })
  const inflater = wrapping === 'gzip' ? zlib.createGunzip(options) : zlib.createZstdDecompress(options)
  source.on('error', (error) => inflater.destroy(error))
  try {
    for await (const chunk of source.pipe(inflater)) {
      const bytes = chunk as Buffer
      given += bytes.length
      if (given > EXPANSION.from && given > taken * EXPANSION.times) {
        throw new FormatError('too_large', `${wrapping} expands more than ${EXPANSION.times} times`)
      }
      yield bytes
    }
  } catch (error) {
    if (error instanceof AppError || error instanceof FormatError) throw error
    throw new FormatError('undecodable', `${wrapping} data is broken or cut short`)
  } finally {
    source.destroy()
    inflater.destroy()
  }
}

/** The stream without its first `count` bytes. */
export async function* skip(stream: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of stream) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

/** The first bytes of a stream; `isAll` if the stream ends with them without an error. */
export async function beginningOf(stream: AsyncIterable<Uint8Array>): Promise<{ head: Uint8Array; isAll: boolean }> {
  const parts: Uint8Array[] = []
  let length = 0
  let isAll = true
  try {
    for await (const chunk of stream) {
      parts.push(chunk)
      length += chunk.length
      isAll = length <= HEAD_BYTES
      if (!isAll) break
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error // the bytes before the fault are enough to recognise the format
    isAll = false
  }
  return { head: Buffer.concat(parts).subarray(0, HEAD_BYTES), isAll }
}
