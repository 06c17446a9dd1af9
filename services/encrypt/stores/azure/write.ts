import { createHash } from 'node:crypto'
import type {
  BlobImmutabilityPolicy,
  BlobRequestConditions,
  BlockBlobClient,
  BlockBlobUploadOptions,
} from '@azure/storage-blob'
import { AppError } from '#core/errors.ts'
import { isRetained } from '#core/layout.ts'
import { inParallel } from '#runtime/waiting/in-parallel.ts'
import type { Version } from '../../store.ts'
import { PARTS_AT_ONCE } from '../parts.ts'
import type { AzureContainer } from './account.ts'
import { md5 } from './md5.ts'

/** Bytes up to which an object is sent in one request. Larger objects are sent in blocks. */
const ONE_REQUEST = 16 * 1024 * 1024
const BLOCK = 8 * 1024 * 1024
const DAY_MS = 24 * 60 * 60 * 1000

interface Written {
  readonly etag?: string | undefined
  readonly isServerEncrypted?: boolean | undefined
  readonly encryptionScope?: string | undefined
}

/**
 * Writes a block blob under conditions: by one request or, if it is large, by blocks and a list that commits them. The service
 * verifies the MD5 of what arrives and stores that of the whole. Whether it encrypted and retained as configured is verified
 * here (`invalid`): a new object that is not as configured is removed; a replaced one is not, because there is no other copy.
 * Throws what the SDK throws.
 */
export async function writeBlob(
  at: AzureContainer,
  path: string,
  bytes: Uint8Array,
  conditions: BlobRequestConditions,
): Promise<Version> {
  const blob = at.client.getBlockBlobClient(`${at.prefix}${path}`)
  const created = conditions.ifMatch === undefined
  if (created) at.refused.refuse(path)
  const { encryptionScope } = at.options
  const options: BlockBlobUploadOptions = {
    conditions,
    blobHTTPHeaders: { blobContentType: 'application/octet-stream', blobContentMD5: md5(bytes) },
    ...(encryptionScope === undefined ? {} : { encryptionScope }),
    ...retention(at, path),
  }
  const written =
    bytes.length <= ONE_REQUEST
      ? await blob.upload(bytes, bytes.length, { ...options, abortSignal: at.signal() })
      : await writeBlocks(at, blob, bytes, options)
  const refusal = await refusalOf(at, path, blob, written)
  if (refusal !== null && created) await at.refused.takeAway(path, refusal, () => remove(at, path, blob, written))
  if (refusal !== null) throw refusal
  return written.etag ?? ''
}

/** Removes only the blob with the ETag of what was written, so never another writer's. */
function remove(at: AzureContainer, path: string, blob: BlockBlobClient, { etag }: Written): Promise<unknown> {
  const conditions = etag === undefined ? {} : { ifMatch: etag }
  return at.failing('deleting', 'delete', path, () => blob.delete({ abortSignal: at.signal(), conditions }))
}

async function writeBlocks(
  at: AzureContainer,
  blob: BlockBlobClient,
  bytes: Uint8Array,
  { conditions = {}, ...options }: BlockBlobUploadOptions,
): Promise<Written> {
  await refuseEarly(at, blob, conditions)
  const { encryptionScope } = at.options
  const blocks: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += BLOCK) blocks.push(bytes.subarray(from, from + BLOCK))
  const ids = blocks.map(blockId)
  await inParallel(blocks, PARTS_AT_ONCE, async (block, index) => {
    await blob.stageBlock(ids[index] ?? '', block, block.length, {
      abortSignal: at.signal(),
      transactionalContentMD5: md5(block),
      ...(encryptionScope === undefined ? {} : { encryptionScope }),
    })
  })
  return blob.commitBlockList(ids, { ...options, conditions, abortSignal: at.signal() })
}

/** A block's id follows from its content: a retry sends the same blocks again, and two writers cannot mix theirs up. */
function blockId(block: Uint8Array, index: number): string {
  const digest = createHash('sha256').update(block).digest('hex').slice(0, 40)
  return Buffer.from(`${String(index).padStart(6, '0')}-${digest}`).toString('base64')
}

/**
 * Checks the conditions before sending. Blocks carry no conditions, so without this gigabytes would be sent before their list is
 * refused.
 */
async function refuseEarly(
  at: AzureContainer,
  blob: BlockBlobClient,
  { ifMatch }: BlobRequestConditions,
): Promise<void> {
  const etag = await blob.getProperties({ abortSignal: at.signal() }).then(
    (found) => found.etag,
    (error: { statusCode?: number }) => {
      if (error.statusCode === 404) return null
      throw error
    },
  )
  const conflict = ifMatch === undefined ? etag !== null : etag !== ifMatch
  if (conflict)
    throw new AppError('conflict', `${blob.name} ${etag === null ? 'is gone' : 'exists with another version'}`)
}

function retention(at: AzureContainer, path: string): { immutabilityPolicy?: BlobImmutabilityPolicy } {
  const { immutabilityDays, immutabilityMode = 'unlocked' } = at.options
  if (immutabilityDays === undefined || !isRetained(path)) return {}
  return {
    immutabilityPolicy: {
      expiriesOn: new Date(Date.now() + immutabilityDays * DAY_MS),
      policyMode: immutabilityMode === 'locked' ? 'Locked' : 'Unlocked',
    },
  }
}

async function refusalOf(
  at: AzureContainer,
  path: string,
  blob: BlockBlobClient,
  written: Written,
): Promise<AppError | null> {
  const fault = encryptionFault(at, written) ?? (await retentionFault(at, path, blob))
  if (fault === null) return null
  const message = `${path} in container ${at.container} of account ${at.account}: ${fault.says}`
  return new AppError('invalid', message, { reason: fault.reason })
}

interface Fault {
  readonly reason: string
  readonly says: string
}

function encryptionFault(at: AzureContainer, { isServerEncrypted, encryptionScope }: Written): Fault | null {
  if (isServerEncrypted !== true)
    return { reason: 'not_encrypted', says: 'the service does not say that it encrypted it' }
  const asked = at.options.encryptionScope
  if (asked === undefined || encryptionScope === asked) return null
  const says = `encrypted under scope ${encryptionScope ?? '(that of the account)'}, not under ${asked}`
  return { reason: 'wrong_encryption_scope', says }
}

async function retentionFault(at: AzureContainer, path: string, blob: BlockBlobClient): Promise<Fault | null> {
  if (at.options.immutabilityDays === undefined || !isRetained(path)) return null
  const { immutabilityPolicyExpiresOn } = await blob.getProperties({ abortSignal: at.signal() })
  if (immutabilityPolicyExpiresOn !== undefined && immutabilityPolicyExpiresOn.getTime() > Date.now()) return null
  return { reason: 'not_immutable', says: 'no immutability policy holds it: enable version-level immutability' }
}
