import { once, type EventEmitter } from 'node:events'
import type { IncomingHttpHeaders } from 'node:http'
import { CRC32C, type File } from '@google-cloud/storage'
import { AppError } from '#core/errors.ts'
import { restError, statusOf } from '#clouds/gcp/errors.ts'
import type { Version } from '../../store.ts'

/** Bytes above which an upload is resumable: its parts are acknowledged one by one, and it is invisible before the last. */
const RESUMABLE_ABOVE = 8 * 1024 * 1024
const CHUNK = 8 * 1024 * 1024
const PARALLEL_RANGES = 4
/** A transfer without progress for this long is aborted; the caller's retry starts it again. */
const IDLE_MS = 60_000

export interface Written {
  readonly generation: Version
  readonly kmsKeyName: string | undefined
}

/** CRC32C (Castagnoli) in base64, as Cloud Storage reports it. */
export function checksum(bytes: Uint8Array): string {
  const crc = new CRC32C()
  crc.update(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  return crc.toString()
}

/**
 * Writes an object if the current one has this generation; generation 0 means that there is none. The service receives the
 * bytes' CRC32C and refuses other bytes; the CRC32C in its answer is compared again. Throws `conflict`, `corrupt`, and what
 * calls throw.
 */
export async function writeObject(file: File, bytes: Uint8Array, generation: Version, what: string): Promise<Written> {
  // the caller may reuse its buffer while the SDK is sending
  const sent = Buffer.from(bytes)
  const crc32c = checksum(sent)
  const resumable = sent.length > RESUMABLE_ABOVE
  const stream = file.createWriteStream({
    resumable,
    ...(resumable ? { chunkSize: CHUNK } : {}),
    // with its own validation the SDK deletes an object that it finds wrong, even another writer's
    validation: false,
    timeout: IDLE_MS,
    preconditionOpts: { ifGenerationMatch: generation },
    metadata: {
      contentType: 'application/octet-stream',
      cacheControl: 'private, no-store',
      crc32c,
      ...(resumable ? { contentLength: sent.length } : {}),
    },
  })
  const idle = watchIdle(stream, what)
  stream.on('progress', idle.touch)
  try {
    const finished = once(stream, 'finish')
    stream.end(sent)
    await finished
  } catch (error) {
    throw restError(error, what)
  } finally {
    idle.stop()
  }
  const { generation: written, crc32c: stored, kmsKeyName } = file.metadata
  if (stored !== crc32c || written === undefined) {
    throw new AppError('corrupt', `${what}: the service has other bytes than were sent`, { reason: 'crc32c' })
  }
  return { generation: String(written), kmsKeyName }
}

export interface ReadBytes {
  readonly bytes: Uint8Array
  readonly generation: Version
  /** The CRC32C of the whole object, as the service reports it. */
  readonly crc32c: string | undefined
}

/**
 * Reads an object: its first range, then the others at once, all of the generation that the first one had. Throws `not_found`,
 * `conflict` if it was replaced meanwhile, and what calls throw.
 */
export async function readObject(fileOf: (generation?: Version) => File, what: string): Promise<ReadBytes> {
  const first = await readRange(fileOf(), { start: 0, end: CHUNK - 1 }, what)
  const generation = header(first.headers, 'x-goog-generation')
  if (generation === undefined) throw new AppError('corrupt', `${what}: an answer without a generation`)
  const size = Number(/\/(\d+)$/.exec(header(first.headers, 'content-range') ?? '')?.[1] ?? first.bytes.length)
  const crc32c = /crc32c=([^,]+)/.exec(header(first.headers, 'x-goog-hash') ?? '')?.[1]
  const parts = [first.bytes]
  for (let at = first.bytes.length; at < size; at += PARALLEL_RANGES * CHUNK) {
    const starts = Array.from({ length: PARALLEL_RANGES }, (_, i) => at + i * CHUNK).filter((start) => start < size)
    const ranges = starts.map((start) => ({ start, end: Math.min(size, start + CHUNK) - 1 }))
    const reads = await Promise.all(ranges.map((range) => readRange(fileOf(generation), range, what, true)))
    parts.push(...reads.map(({ bytes }) => bytes))
  }
  const bytes = parts.length === 1 ? first.bytes : Buffer.concat(parts)
  if (bytes.length !== size)
    throw new AppError('unavailable', `${what}: the connection ended early`, { reason: 'short' })
  return { bytes, generation, crc32c: crc32c ?? (await crcOf(fileOf(generation), what)) }
}

interface Range {
  readonly start: number
  readonly end: number
}

async function readRange(file: File, range: Range | undefined, what: string, pinned = false) {
  let headers: IncomingHttpHeaders = {}
  const stream = file.createReadStream({ decompress: false, ...(range ?? { validation: false }) })
  stream.on('response', (response: { headers: IncomingHttpHeaders; body?: EventEmitter }) => {
    headers = response.headers
    response.body?.setMaxListeners(30) // the SDK's pipelines add eleven listeners, which Node takes for a leak
  })
  const idle = watchIdle(stream, what)
  try {
    const chunks: Buffer[] = []
    for await (const chunk of stream) {
      idle.touch()
      chunks.push(chunk as Buffer)
    }
    return { bytes: Buffer.concat(chunks), headers }
  } catch (error) {
    // an empty object has no first byte, so any range fails
    if (statusOf(error) === 416 && range?.start === 0) return readWhole(file, what)
    if (statusOf(error) === 404 && pinned) {
      throw new AppError('unavailable', `${what}: it was replaced meanwhile`, { cause: error, reason: 'replaced' })
    }
    throw restError(error, what)
  } finally {
    idle.stop()
  }
}

function readWhole(file: File, what: string): Promise<{ bytes: Buffer; headers: IncomingHttpHeaders }> {
  return readRange(file, undefined, what)
}

async function crcOf(file: File, what: string): Promise<string | undefined> {
  try {
    const [metadata] = await file.getMetadata()
    return metadata.crc32c
  } catch (error) {
    throw restError(error, what)
  }
}

function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name]
  return Array.isArray(value) ? value[0] : value
}

/** Aborts a transfer in which nothing moves; the SDK's streams have no deadline of their own. */
function watchIdle(stream: { destroy(error: Error): unknown }, what: string) {
  const timer = setTimeout(() => {
    stream.destroy(new AppError('unavailable', `${what}: nothing moved for ${IDLE_MS / 1000} s`, { reason: 'timeout' }))
  }, IDLE_MS)
  return { touch: () => void timer.refresh(), stop: () => clearTimeout(timer) }
}
