import { createHash } from 'node:crypto'
import type { Readable } from 'node:stream'
import { GetObjectCommand, type GetObjectCommandOutput } from '@aws-sdk/client-s3'
import { AppError, isAppError } from '#core/errors.ts'
import { inParallel } from '#runtime/waiting/in-parallel.ts'
import type { Version } from '../../store.ts'
import { PARTS_AT_ONCE } from '../parts.ts'
import type { S3Bucket } from './client.ts'
import { crc32Base64 } from './write.ts'

/** The largest object that is read, so that nobody who can write to the bucket can exhaust our memory. */
const LARGEST_OBJECT = 2 * 1024 ** 3

/**
 * Reads an object and verifies its length and the checksum that S3 stores for it; a large one in parts, all of one version.
 * Throws `not_found`, `corrupt` if the checksum differs, `unavailable` if the object was replaced during the reading.
 */
export async function readObject(
  bucket: S3Bucket,
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly version: Version }> {
  const { target, options } = bucket
  const Key = bucket.keyOf(path)
  const call = <T>(action: () => Promise<T>) => bucket.calling('s3:GetObject', path, action)
  return call(async () => {
    const answer = await bucket.client.send(getWithChecksum({ ...target, Key }))
    const { ContentLength: length, ETag: version } = answer
    if (length === undefined || version === undefined) {
      throw new AppError('internal', `S3 named no length or no ETag for ${path}`)
    }
    if (length > LARGEST_OBJECT) {
      ;(answer.Body as Readable).destroy()
      throw new AppError('corrupt', `${path} has ${length} bytes, more than any object that Credence writes`, {
        reason: 'size',
      })
    }
    const bytes = Buffer.allocUnsafeSlow(length)
    // this answer contains the first part of a large object; the others are requested in parallel
    const parts = Math.max(1, Math.ceil(length / options.partBytes))
    const starts = Array.from({ length: parts }, (_, index) => index * options.partBytes)
    await inParallel(starts, PARTS_AT_ONCE, (start, index) => {
      const part = bytes.subarray(start, start + options.partBytes)
      if (index === 0) return fill(part, answer, parts > 1)
      const Range = `bytes=${start}-${start + part.length - 1}`
      return readRange(bucket, { ...target, Key, Range, IfMatch: version }, path, part)
    })
    checkChecksum(answer, bytes, path)
    return { bytes, version }
  })
}

async function readRange(
  bucket: S3Bucket,
  input: ConstructorParameters<typeof GetObjectCommand>[0],
  path: string,
  part: Buffer,
): Promise<void> {
  try {
    await bucket.calling('s3:GetObject', path, async () =>
      fill(part, await bucket.client.send(new GetObjectCommand(input))),
    )
  } catch (error) {
    if (!isAppError(error, 'conflict') && !isAppError(error, 'not_found')) throw error
    throw new AppError('unavailable', `${path} was replaced while it was read`, { cause: error, reason: 'replaced' })
  }
}

/** Fills `bytes` from an answer's body. With `partly`, the rest of the body is not read and its connection is closed. */
async function fill(bytes: Buffer, { Body }: GetObjectCommandOutput, partly = false): Promise<void> {
  let filled = 0
  for await (const chunk of Body as Readable as AsyncIterable<Buffer>) {
    const wanted = partly ? chunk.subarray(0, bytes.length - filled) : chunk
    if (filled + wanted.length > bytes.length) throw shortOrLong()
    wanted.copy(bytes, filled)
    filled += wanted.length
    if (partly && filled === bytes.length) break
  }
  if (filled !== bytes.length) throw shortOrLong()
}

function shortOrLong(): AppError {
  return new AppError('unavailable', 'S3 sent another number of bytes than it said', { reason: 'length' })
}

/** Requests the checksum without the SDK's own validation, which would compute everything twice and skips parts. */
function getWithChecksum(input: ConstructorParameters<typeof GetObjectCommand>[0]): GetObjectCommand {
  const command = new GetObjectCommand(input)
  command.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> }
      headers['x-amz-checksum-mode'] = 'ENABLED'
      return next(args)
    },
    { step: 'build', name: 'askForChecksum' },
  )
  return command
}

function checkChecksum(answer: GetObjectCommandOutput, bytes: Uint8Array, path: string): void {
  const { ChecksumSHA256: sha256, ChecksumCRC32: crc32 } = answer
  const composite = /-\d+$/ // a digest of the parts' digests: not written by this store, and cannot be computed from the bytes
  const right =
    (sha256 === undefined ||
      composite.test(sha256) ||
      createHash('sha256').update(bytes).digest('base64') === sha256) &&
    (crc32 === undefined || composite.test(crc32) || crc32Base64(bytes) === crc32)
  if (!right)
    throw new AppError('corrupt', `${path} does not match what was written: its checksum differs`, {
      reason: 'checksum',
    })
}
