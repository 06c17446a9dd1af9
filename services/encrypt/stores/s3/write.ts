import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type ServerSideEncryption,
} from '@aws-sdk/client-s3'
import { AppError, isAppError } from '#core/errors.ts'
import { isRetained } from '#core/layout.ts'
import { inParallel } from '#runtime/waiting/in-parallel.ts'
import type { Version } from '../../store.ts'
import { PARTS_AT_ONCE } from '../parts.ts'
import type { S3Bucket } from './client.ts'

/** The condition on the current object at the path under which the write happens. */
export type Condition = { readonly IfNoneMatch: '*' } | { readonly IfMatch: Version }

/** The largest number of parts that S3 accepts. */
const MOST_PARTS = 10_000

/**
 * Writes an object in one request or, if it is large, in parts; nobody sees it before it is complete. Resolves to its ETag.
 * Throws `conflict` if the condition does not hold, `not_found` if the object to be replaced is gone, `invalid` if S3 did not
 * encrypt as configured: a new object is then removed; a replaced one is not, because there is no other copy.
 */
export async function writeObject(
  bucket: S3Bucket,
  path: string,
  bytes: Uint8Array,
  condition: Condition,
): Promise<Version> {
  try {
    const whole = bytes.length <= bucket.options.partBytes
    const created = 'IfNoneMatch' in condition
    if (created) bucket.refused.refuse(path)
    const written = await (whole ? putWhole : putInParts)(bucket, path, bytes, condition)
    const refusal = encryptionFault(bucket, path, written)
    if (refusal !== null && created) await bucket.refused.takeAway(path, refusal, () => remove(bucket, path, written))
    if (refusal !== null) throw refusal
    if (written.ETag === undefined) throw new AppError('internal', `S3 named no ETag for ${path}`)
    return written.ETag
  } catch (error) {
    // Two writes met. A creation is repeated, which decides it; a replacement starts from the new version (AWS, PutObject,
    // If-Match).
    const reason = 'conditional_request_conflict'
    if ('IfMatch' in condition && isAppError(error) && error.reason === reason) {
      throw new AppError('conflict', error.message, { cause: error, reason })
    }
    throw error
  }
}

interface Written {
  readonly ETag?: string | undefined
  readonly ServerSideEncryption?: ServerSideEncryption | undefined
  readonly SSEKMSKeyId?: string | undefined
}

/** The checksum is the SHA-256 of the bytes, by which manifests name objects. */
function putWhole(bucket: S3Bucket, path: string, bytes: Uint8Array, condition: Condition): Promise<Written> {
  const command = new PutObjectCommand({
    ...common(bucket, path),
    ...condition,
    Body: bytes,
    ContentLength: bytes.length,
    ChecksumSHA256: createHash('sha256').update(bytes).digest('base64'),
  })
  return bucket.calling('s3:PutObject', path, () => bucket.client.send(command))
}

/** The checksum is the CRC-32 of all the bytes: for SHA-256, S3 only has one of the parts' digests. */
async function putInParts(bucket: S3Bucket, path: string, bytes: Uint8Array, condition: Condition): Promise<Written> {
  const { client, target } = bucket
  const partBytes = Math.max(bucket.options.partBytes, Math.ceil(bytes.length / MOST_PARTS))
  const call = <T>(action: () => Promise<T>) => bucket.calling('s3:PutObject', path, action)
  const create = new CreateMultipartUploadCommand({
    ...common(bucket, path),
    ChecksumAlgorithm: 'CRC32',
    ChecksumType: 'FULL_OBJECT',
  })
  const { UploadId } = await call(() => client.send(create))
  const upload = { ...target, Key: bucket.keyOf(path), UploadId }
  try {
    const starts = Array.from({ length: Math.ceil(bytes.length / partBytes) }, (_, index) => index * partBytes)
    const parts = await inParallel(starts, PARTS_AT_ONCE, async (start, index): Promise<CompletedPart> => {
      const part = bytes.subarray(start, start + partBytes)
      const PartNumber = index + 1
      const ChecksumCRC32 = crc32Base64(part)
      const command = new UploadPartCommand({
        ...upload,
        PartNumber,
        Body: part,
        ContentLength: part.length,
        ChecksumCRC32,
      })
      const { ETag } = await call(() => client.send(command))
      return { PartNumber, ETag, ChecksumCRC32 }
    })
    const complete = new CompleteMultipartUploadCommand({
      ...upload,
      ...condition,
      MultipartUpload: { Parts: parts },
      ChecksumCRC32: crc32Base64(bytes),
      ChecksumType: 'FULL_OBJECT',
      MpuObjectSize: bytes.length,
    })
    return await call(() => client.send(complete))
  } catch (error) {
    // best effort: a rule of the bucket (AbortIncompleteMultipartUpload) removes what is left
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined)
    throw error
  }
}

function common({ target, keyOf, options: { kmsKey, objectLock, now } }: S3Bucket, path: string) {
  const locked = objectLock !== undefined && isRetained(path)
  return {
    ...target,
    Key: keyOf(path),
    ContentType: 'application/octet-stream',
    ...(kmsKey === undefined
      ? {}
      : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKey, BucketKeyEnabled: true }),
    ...(locked
      ? {
          ObjectLockMode: objectLock.mode,
          ObjectLockRetainUntilDate: new Date(now().getTime() + objectLock.days * 24 * 60 * 60 * 1000),
        }
      : {}),
  }
}

/** Removes only the object with the ETag of what was written, so never another writer's. */
function remove(bucket: S3Bucket, path: string, { ETag }: Written): Promise<unknown> {
  const command = new DeleteObjectCommand({ ...bucket.target, Key: bucket.keyOf(path), IfMatch: ETag })
  return bucket.calling('s3:DeleteObject', path, () => bucket.client.send(command))
}

function encryptionFault({ options: { bucket, kmsKey } }: S3Bucket, path: string, written: Written): AppError | null {
  const { ServerSideEncryption: algorithm, SSEKMSKeyId: key = '' } = written
  const found = `${algorithm ?? 'no encryption'}${key === '' ? '' : ` under ${key}`}`
  const asked = kmsKey === undefined ? 'AES256 or aws:kms' : `aws:kms under ${kmsKey}`
  const right =
    kmsKey === undefined
      ? algorithm !== undefined
      : algorithm === 'aws:kms' && (key === kmsKey || key.endsWith(`:key/${kmsKey}`))
  if (right) return null
  const message = `s3://${bucket}: ${path} was written with ${found} instead of ${asked}: this service does not encrypt as asked`
  return new AppError('invalid', message, { reason: 'encryption' })
}

/** CRC-32 as S3 writes it: base64 of the four bytes, highest first. */
export function crc32Base64(bytes: Uint8Array): string {
  const four = Buffer.alloc(4)
  four.writeUInt32BE(crc32(bytes))
  return four.toString('base64')
}
