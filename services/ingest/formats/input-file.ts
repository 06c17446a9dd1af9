import { basename, dirname, join } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { AppError, isAppError } from '#core/errors.ts'
import { FormatError, HEAD_BYTES, type InputFile, type RandomAccess } from './format.ts'
import { fileError, openPlainFile } from './plain-file.ts'

const CHUNK = 256 * 1024
/** Compressed data that has become this large may be at most this many times what it came from. */
const EXPANSION = { from: 64 * 1024 * 1024, times: 250 }

/** A file's name without the suffix of a compression. */
export function plainName(name: string): string {
  return name.replace(/\.(gz|zst)$/i, '')
}

/** A local file: beside its contents, what lies on the disk. */
export interface LocalFile extends InputFile {
  /** Its first bytes as they are stored, at least `HEAD_BYTES` of them where there are so many. */
  readonly start: Uint8Array
  readonly size: number
}

/** A local file, unwrapped where its first bytes say gzip or zstd. Throws as `openPlainFile` does. */
export async function openInputFile(path: string): Promise<LocalFile> {
  const start = await readStart(path)
  const wrapping = wrappingOf(start.head)
  const raw = (from: number) => (start.isAll ? once(start.head.subarray(from)) : chunks(path, from))
  const contents = (from = 0) => (wrapping ? skip(unwrap(raw(0), wrapping), from) : raw(from))
  let head: Promise<Uint8Array> | undefined
  return {
    name: plainName(basename(path)),
    start: start.head,
    size: start.size,
    head: () => (head ??= wrapping ? firstBytes(contents(), HEAD_BYTES) : Promise.resolve(start.head)),
    stream: contents,
    random: async () => openRandom(plainPath(path, wrapping)),
    randomPath: async () => plainPath(path, wrapping),
    async sibling(names) {
      for (const name of names.flatMap((name) => [name, `${name}.gz`, `${name}.zst`])) {
        const candidate = join(dirname(path), name)
        const found = candidate === path ? null : await openIfThere(candidate)
        if (found) return found
      }
      return null
    },
  }
}

async function openIfThere(path: string): Promise<LocalFile | null> {
  try {
    return await openInputFile(path)
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  if (bytes.length > 0) yield bytes
}

type Wrapping = 'gzip' | 'zstd'

function wrappingOf(magic: Uint8Array): Wrapping | null {
  const [a, b, c, d] = magic
  if (a === 0x1f && b === 0x8b) return 'gzip'
  if (a === 0x28 && b === 0xb5 && c === 0x2f && d === 0xfd) return 'zstd'
  return null
}

function plainPath(path: string, wrapping: Wrapping | null): string {
  if (!wrapping) return path
  throw new FormatError('undecodable', `${wrapping} around a format that is read at random: unpack it`)
}

async function* chunks(path: string, start: number, end?: number): AsyncGenerator<Uint8Array> {
  const { handle } = await openPlainFile(path)
  try {
    const range = { start, ...(end === undefined ? {} : { end: end - 1 }) }
    for await (const chunk of handle.createReadStream({ ...range, highWaterMark: CHUNK })) yield chunk as Buffer
  } catch (error) {
    throw fileError(error, path)
  } finally {
    await handle.close()
  }
}

async function* unwrap(raw: AsyncIterable<Uint8Array>, wrapping: Wrapping): AsyncGenerator<Uint8Array> {
  let [taken, given] = [0, 0]
  const counted = async function* () {
    for await (const chunk of raw) {
      taken += chunk.length
      yield chunk
    }
  }
  // nothing is unpacked ahead: what lies in a buffer when the fault is met would be lost, or not, by chance
  const options = { chunkSize: CHUNK, readableHighWaterMark: 1 }
  const source = Readable.from(counted(), { objectMode: false, highWaterMark: CHUNK })
  const inflater = wrapping === 'gzip' ? createGunzip(options) : createZstdDecompress(options)
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

async function* skip(stream: AsyncIterable<Uint8Array>, count: number): AsyncGenerator<Uint8Array> {
  let left = count
  for await (const chunk of stream) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left)
    left = Math.max(0, left - chunk.length)
  }
}

async function firstBytes(stream: AsyncIterable<Uint8Array>, count: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of stream) {
      parts.push(chunk)
      length += chunk.length
      if (length >= count) break
    }
  } catch (error) {
    if (!(error instanceof FormatError)) throw error // what came before the fault is enough to recognise by
  }
  return Buffer.concat(parts).subarray(0, count)
}

/** The beginning of a file, and whether that is all of it. */
async function readStart(path: string): Promise<{ head: Uint8Array; size: number; isAll: boolean }> {
  const file = await openRandom(path)
  try {
    const head = await file.read(0, HEAD_BYTES)
    return { head, size: file.size, isAll: file.size <= HEAD_BYTES }
  } finally {
    await file.close()
  }
}

async function openRandom(path: string): Promise<RandomAccess> {
  const { handle, size } = await openPlainFile(path)
  return {
    size,
    async read(start, end) {
      const buffer = Buffer.alloc(Math.max(0, Math.min(end, size) - start))
      let filled = 0
      while (filled < buffer.length) {
        const { bytesRead } = await handle
          .read(buffer, filled, buffer.length - filled, start + filled)
          .catch((error: unknown) => {
            throw fileError(error, path)
          })
        if (bytesRead === 0) break
        filled += bytesRead
      }
      return buffer.subarray(0, filled)
    },
    stream: (start, end) => (end > start ? chunks(path, start, end) : chunks(path, size, size + 1)),
    close: () => handle.close(),
  }
}
