import { createHash, randomUUID } from 'node:crypto'
import { ALGORITHMS, badDigest, checksumOf, type Checksum } from './checksums.ts'
import { S3Failure } from './failure.ts'
import {
  checkConditions,
  checksumHeaders,
  encryptionOf,
  lockOf,
  storeVersion,
  writtenHeaders,
  type ObjectOperation,
} from './objects.ts'
import type { Part, S3State, Upload } from './state.ts'
import { elements, text, xml, type S3Request } from './wire.ts'

const SMALLEST_PART = 5 * 1024 * 1024

export const createMultipartUpload: ObjectOperation = (state, bucket, { bucket: name, key, headers }) => {
  lockOf(bucket, headers)
  encryptionOf(bucket, headers)
  const algorithm = headers['x-amz-checksum-algorithm']
  const type = headers['x-amz-checksum-type']
  if (type === 'FULL_OBJECT' && !['CRC32', 'CRC32C'].includes(algorithm ?? '')) {
    throw new S3Failure(
      400,
      'InvalidRequest',
      `The FULL_OBJECT checksum type cannot be used with ${algorithm ?? 'none'}.`,
    )
  }
  const id = randomUUID()
  state.beginUpload({ id, bucket: name, key, headers })
  return { body: xml('InitiateMultipartUploadResult', { Bucket: name, Key: key, UploadId: id }) }
}

export const uploadPart: ObjectOperation = (state, _bucket, request) => {
  const { upload } = findUpload(state, request)
  const number = Number(request.query.get('partNumber'))
  if (!Number.isInteger(number) || number < 1 || number > 10_000) {
    throw new S3Failure(400, 'InvalidArgument', 'Part number must be an integer between 1 and 10000, inclusive')
  }
  const checksum = checksumOf(request.headers, request.body)
  const declared = upload.headers['x-amz-checksum-algorithm']?.toLowerCase()
  if (declared !== undefined && checksum?.algorithm !== declared) {
    throw new S3Failure(400, 'InvalidRequest', `Checksum Type mismatch occurred, expected checksum Type: ${declared}`)
  }
  const etag = `"${createHash('md5').update(request.body).digest('hex')}"`
  const blob = state.putBlob(request.body)
  state.addPart(upload.id, { number, blob, size: request.body.length, etag, checksum })
  return { headers: { etag, ...checksumHeaders(checksum) } }
}

export const completeMultipartUpload: ObjectOperation = (state, bucket, request) => {
  const { upload, parts } = findUpload(state, request)
  const chosen = chooseParts(request.body.toString(), parts)
  const bytes = Buffer.concat(chosen.map(({ blob }) => state.blob(blob)))
  const size = request.headers['x-amz-mp-object-size']
  if (size !== undefined && Number(size) !== bytes.length) {
    throw new S3Failure(
      400,
      'InvalidRequest',
      'The provided x-amz-mp-object-size does not match the size of the object.',
    )
  }
  const checksum = wholeChecksum(upload, chosen, bytes, request)
  checkConditions(state, bucket, request)
  const digests = chosen.map(({ etag }) => Buffer.from(etag.replaceAll('"', ''), 'hex'))
  const etag = `${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${chosen.length}`
  const content = {
    blob: state.putBlob(bytes),
    size: bytes.length,
    etag,
    checksum,
    lock: lockOf(bucket, upload.headers),
  }
  const version = storeVersion(state, bucket, { ...request, headers: upload.headers }, content)
  state.endUpload(upload.id)
  const { bucket: Bucket, key: Key } = request
  const told =
    checksum === null
      ? {}
      : { [`Checksum${checksum.algorithm.toUpperCase()}`]: checksum.value, ChecksumType: checksum.type }
  return {
    headers: writtenHeaders(bucket, version),
    body: xml('CompleteMultipartUploadResult', { Bucket, Key, ETag: version.etag, ...told }),
  }
}

export const abortMultipartUpload: ObjectOperation = (state, _bucket, request) => {
  state.endUpload(findUpload(state, request).upload.id)
  return { status: 204 }
}

function findUpload(
  state: S3State,
  { query, bucket, key }: S3Request,
): { readonly upload: Upload; readonly parts: Map<number, Part> } {
  const found = state.uploads.get(query.get('uploadId') ?? '')
  if (found === undefined || found.upload.bucket !== bucket || found.upload.key !== key) {
    throw new S3Failure(404, 'NoSuchUpload', 'The specified multipart upload does not exist.')
  }
  return found
}

function chooseParts(document: string, parts: ReadonlyMap<number, Part>): Part[] {
  const named = elements(document, 'Part')
  if (named.length === 0) throw new S3Failure(400, 'MalformedXML', 'You must specify at least one part')
  const numbers = named.map((part) => Number(text(part, 'PartNumber')))
  if (numbers.some((number, index) => index > 0 && number <= (numbers[index - 1] ?? 0))) {
    throw new S3Failure(400, 'InvalidPartOrder', 'The list of parts was not in ascending order.')
  }
  return named.map((part, index) => {
    const number = numbers[index] ?? 0
    const held = parts.get(number)
    const sums = [...part.matchAll(/<Checksum\w+>([^<]*)</g)].map(([, value = '']) => value)
    const same = held?.etag.replaceAll('"', '') === text(part, 'ETag')?.replaceAll('"', '')
    if (held === undefined || !same || sums.some((sum) => sum !== held.checksum?.value)) {
      throw new S3Failure(400, 'InvalidPart', 'One or more of the specified parts could not be found.')
    }
    if (index < named.length - 1 && held.size < SMALLEST_PART) {
      throw new S3Failure(400, 'EntityTooSmall', 'Your proposed upload is smaller than the minimum allowed size')
    }
    return held
  })
}

/** Of all the bytes, or of the parts' checksums, as the upload began. */
function wholeChecksum(
  { headers }: Upload,
  parts: readonly Part[],
  bytes: Buffer,
  request: S3Request,
): Checksum | null {
  const algorithm = headers['x-amz-checksum-algorithm']?.toLowerCase()
  const compute = ALGORITHMS[algorithm ?? '']
  if (algorithm === undefined || compute === undefined) return null
  const type = headers['x-amz-checksum-type'] === 'FULL_OBJECT' ? 'FULL_OBJECT' : 'COMPOSITE'
  const raw = parts.map(({ checksum }) => Buffer.from(checksum?.value ?? '', 'base64'))
  const value =
    type === 'FULL_OBJECT'
      ? compute(bytes).toString('base64')
      : `${compute(Buffer.concat(raw)).toString('base64')}-${parts.length}`
  const sent = request.headers[`x-amz-checksum-${algorithm}`]
  if (sent !== undefined && sent !== value) throw badDigest(algorithm.toUpperCase())
  return { algorithm, value, type }
}
