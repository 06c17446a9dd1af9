import type { BlobClient, BlobDownloadResponseParsed } from '@azure/storage-blob'
import { RestError } from '@azure/storage-blob'
import { AppError } from '#core/errors.ts'
import { inParallel } from '#runtime/waiting/in-parallel.ts'
import type { Version } from '../../store.ts'
import { PARTS_AT_ONCE } from '../parts.ts'
import type { AzureContainer } from './account.ts'
import { md5 } from './md5.ts'

/** The metadata by which the Blob service marks a hierarchical account's directories; older tools left markers with it. */
export const FOLDER_MARK = 'hdi_isfolder'

/** Bytes per request. */
const PART = 8 * 1024 * 1024

interface Part {
  readonly bytes: Buffer
  readonly etag: string
  readonly total: number
  readonly md5: Uint8Array | undefined
}

/**
 * Reads a blob in parts, a few at a time, all of one version, and compares the whole with the MD5 that was stored when it was
 * written. Throws `corrupt` if they differ, and what the SDK throws.
 */
export async function readBlob(at: AzureContainer, path: string): Promise<{ bytes: Uint8Array; version: Version }> {
  const blob = at.client.getBlobClient(`${at.prefix}${path}`)
  const first = await firstPart(at, blob, path)
  const bytes = first.total === first.bytes.length ? first.bytes : Buffer.allocUnsafe(first.total)
  if (bytes !== first.bytes) {
    first.bytes.copy(bytes)
    const offsets: number[] = []
    for (let offset = first.bytes.length; offset < first.total; offset += PART) offsets.push(offset)
    await inParallel(offsets, PARTS_AT_ONCE, async (offset) => {
      const part = await partAt(at, blob, path, offset, Math.min(PART, first.total - offset), first.etag)
      part.bytes.copy(bytes, offset)
    })
  }
  if (first.md5 !== undefined && !md5(bytes).equals(first.md5)) {
    throw new AppError('corrupt', `${path} in container ${at.container} does not have the MD5 that it was stored with`)
  }
  return { bytes, version: first.etag }
}

async function firstPart(at: AzureContainer, blob: BlobClient, path: string): Promise<Part> {
  try {
    return await partAt(at, blob, path, 0, PART)
  } catch (error) {
    if (!(error instanceof RestError) || error.statusCode !== 416) throw error
    return partAt(at, blob, path, 0) // an empty blob has no range
  }
}

async function partAt(
  at: AzureContainer,
  blob: BlobClient,
  path: string,
  offset: number,
  length?: number,
  etag?: string,
): Promise<Part> {
  const response = await blob
    .download(offset, length, {
      abortSignal: at.signal(),
      maxRetryRequests: 0,
      ...(etag === undefined ? {} : { conditions: { ifMatch: etag } }),
    })
    .catch((error: unknown) => {
      if (etag === undefined || !(error instanceof RestError) || ![412, 404, 416].includes(error.statusCode ?? 0))
        throw error
      throw new AppError('unavailable', `${path} was replaced while it was read`, { cause: error })
    })
  if (response.metadata?.[FOLDER_MARK] === 'true') {
    response.readableStreamBody?.resume() // discards the body so that its connection can be reused
    throw new AppError('not_found', `${path} in container ${at.container} is a directory`)
  }
  const bytes = await collect(response, path)
  const { contentRange } = response
  return {
    bytes,
    etag: response.etag ?? '',
    total: contentRange === undefined ? bytes.length : Number(contentRange.slice(contentRange.indexOf('/') + 1)),
    // an answer to a range has the MD5 of the whole blob in another field
    md5: contentRange === undefined ? response.contentMD5 : response.blobContentMD5,
  }
}

async function collect(
  { readableStreamBody, contentLength }: BlobDownloadResponseParsed,
  path: string,
): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of readableStreamBody ?? []) chunks.push(Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk))
  const bytes = Buffer.concat(chunks)
  if (contentLength !== undefined && bytes.length !== contentLength) {
    throw new AppError('unavailable', `${path}: the answer ended after ${bytes.length} of ${contentLength} bytes`)
  }
  return bytes
}
