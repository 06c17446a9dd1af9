import {
  GetBucketEncryptionCommand,
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyStatusCommand,
  GetBucketVersioningCommand,
  GetObjectLockConfigurationCommand,
  GetPublicAccessBlockCommand,
  HeadBucketCommand,
  type LifecycleRule,
} from '@aws-sdk/client-s3'
import { AppError, isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { folderPath, RETAINED } from '#core/layout.ts'
import type { S3Bucket } from './client.ts'

/** Checks one setting of the bucket; throws what the call threw. */
export type Look = (bucket: S3Bucket) => Promise<CheckLine>

/** Throws `invalid` if the bucket does not exist or is known to be unsafe. A setting that may not be read is ignored. */
export async function refuseUnsafeBucket(bucket: S3Bucket): Promise<void> {
  await lookAtBucket(bucket)
  const looks = [
    lookAtPublicAccessBlock,
    lookAtPolicy,
    ...(bucket.options.objectLock === undefined ? [] : [lookAtLock]),
  ]
  for (const look of looks) {
    const line = await look(bucket).catch((error: unknown) => {
      if (isAppError(error, 'denied') || isAppError(error, 'invalid')) return null // we may not read it, or the service does not have it
      throw error
    })
    if (line?.state !== 'failed') continue
    throw new AppError('invalid', `s3://${bucket.options.bucket}: ${line.what}: ${line.says}; ${line.fix ?? ''}`, {
      reason: line.what.replaceAll(' ', '_'),
    })
  }
}

export const lookAtBucket: Look = async (bucket) => {
  const { client, target, options } = bucket
  try {
    const { BucketRegion: region } = await bucket.calling('s3:ListBucket', null, () =>
      client.send(new HeadBucketCommand(target)),
    )
    const where = region === undefined ? '' : ` from ${region}`
    return { what: `bucket ${options.bucket}`, state: 'ok', says: `answers${where}` }
  } catch (error) {
    // an answer to HEAD has no body that would name the error
    if (isAppError(error, 'not_found')) {
      throw new AppError('invalid', `there is no bucket ${options.bucket}: make it, or name another`, {
        cause: error,
        reason: 'no_such_bucket',
      })
    }
    throw error
  }
}

const BLOCKS = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'] as const

export const lookAtPublicAccessBlock: Look = async (bucket) => {
  const what = 'public access block'
  const answer = await unlessAbsent(
    bucket.calling('s3:GetBucketPublicAccessBlock', null, () =>
      bucket.client.send(new GetPublicAccessBlockCommand(bucket.target)),
    ),
  )
  const open = BLOCKS.filter((block) => answer?.PublicAccessBlockConfiguration?.[block] !== true)
  if (open.length === 0) return { what, state: 'ok', says: 'all four protections are on' }
  const fix =
    `aws s3api put-public-access-block --bucket ${bucket.options.bucket} ` +
    `--public-access-block-configuration ${BLOCKS.map((block) => `${block}=true`).join(',')}`
  return { what, state: 'failed', says: `the bucket could become public: ${open.join(', ')} off`, fix }
}

export const lookAtPolicy: Look = async (bucket) => {
  const what = 'bucket policy'
  const answer = await unlessAbsent(
    bucket.calling('s3:GetBucketPolicyStatus', null, () =>
      bucket.client.send(new GetBucketPolicyStatusCommand(bucket.target)),
    ),
  )
  if (answer?.PolicyStatus?.IsPublic !== true) {
    return { what, state: 'ok', says: answer === null ? 'none; not public' : 'not public' }
  }
  const fix = `take "Principal": "*" without a condition out of the policy of ${bucket.options.bucket}`
  return { what, state: 'failed', says: 'the policy makes the bucket public', fix }
}

export const lookAtLock: Look = async (bucket) => {
  const what = 'object lock'
  const { objectLock } = bucket.options
  const answer = await unlessAbsent(
    bucket.calling('s3:GetBucketObjectLockConfiguration', null, () =>
      bucket.client.send(new GetObjectLockConfigurationCommand(bucket.target)),
    ),
  )
  const enabled = answer?.ObjectLockConfiguration?.ObjectLockEnabled === 'Enabled'
  const byDefault = answer?.ObjectLockConfiguration?.Rule?.DefaultRetention
  if (byDefault !== undefined) {
    const fix = 'remove the default retention, and configure objectLock: it retains committed zones only'
    return { what, state: 'failed', says: 'the default retention keeps staging objects and keys too', fix }
  }
  if (objectLock === undefined) {
    return { what, state: 'ok', says: enabled ? 'enabled, not asked for' : 'off, and not asked for' }
  }
  if (enabled) {
    const zones = RETAINED.map((folder) => folderPath(folder)).join(', ')
    return { what, state: 'ok', says: `${objectLock.mode}, ${objectLock.days} days, on ${zones}` }
  }
  const fix =
    `aws s3api put-object-lock-configuration --bucket ${bucket.options.bucket} ` +
    '--object-lock-configuration ObjectLockEnabled=Enabled (with versioning on), or take objectLock out'
  return { what, state: 'failed', says: 'objects are to be locked, and the bucket cannot', fix }
}

export const lookAtEncryption: Look = async (bucket) => {
  const what = 'default encryption'
  const answer = await unlessAbsent(
    bucket.calling('s3:GetEncryptionConfiguration', null, () =>
      bucket.client.send(new GetBucketEncryptionCommand(bucket.target)),
    ),
  )
  const byDefault = answer?.ServerSideEncryptionConfiguration?.Rules?.[0]?.ApplyServerSideEncryptionByDefault
  if (byDefault?.SSEAlgorithm === undefined) {
    return {
      what,
      state: 'warn',
      says: 'none',
      fix: 'give the bucket a default encryption (aws s3api put-bucket-encryption)',
    }
  }
  const { SSEAlgorithm: algorithm, KMSMasterKeyID: key } = byDefault
  return { what, state: 'ok', says: `${algorithm}${key === undefined ? '' : ` under ${key}`}` }
}

/** Checks versioning. In a versioned bucket old versions stay: they take space and keep wraps of destroyed keys. */
export const lookAtVersioning: Look = async (bucket) => {
  const what = 'versioning'
  const { Status: status = 'off' } = await bucket.calling('s3:GetBucketVersioning', null, () =>
    bucket.client.send(new GetBucketVersioningCommand(bucket.target)),
  )
  if (status === 'off') return { what, state: 'ok', says: 'off: what is deleted is gone' }
  const rules = await lifecycleRules(bucket)
  const kept = ['keys/', 'staging/'].filter(
    (folder) => !covered(bucket, rules, folder, (rule) => rule.NoncurrentVersionExpiration !== undefined),
  )
  const says = status.toLowerCase()
  if (kept.length === 0) return { what, state: 'ok', says: `${says}; older versions of keys/ and staging/ expire` }
  return {
    what,
    state: 'warn',
    says: `${says}: older versions under ${kept.join(' and ')} stay; a destroyed key is gone only with its versions`,
    fix: `add lifecycle rules with NoncurrentVersionExpiration for ${kept.map((folder) => at(bucket, folder)).join(', ')}`,
  }
}

export const lookAtUploads: Look = async (bucket) => {
  const what = 'unfinished uploads'
  const rules = await lifecycleRules(bucket)
  const tidy = ['clean/', 'quarantine/', 'staging/'].every((folder) =>
    covered(bucket, rules, folder, (rule) => rule.AbortIncompleteMultipartUpload !== undefined),
  )
  if (tidy) return { what, state: 'ok', says: 'a lifecycle rule removes them' }
  const fix = `add a lifecycle rule with AbortIncompleteMultipartUpload for ${at(bucket, '') || 'the bucket'}`
  return { what, state: 'warn', says: 'parts of uploads that a crash left are kept, and paid for', fix }
}

async function lifecycleRules(bucket: S3Bucket): Promise<readonly LifecycleRule[]> {
  const answer = await unlessAbsent(
    bucket.calling('s3:GetLifecycleConfiguration', null, () =>
      bucket.client.send(new GetBucketLifecycleConfigurationCommand(bucket.target)),
    ),
  )
  return (answer?.Rules ?? []).filter(({ Status }) => Status === 'Enabled')
}

function covered(
  bucket: S3Bucket,
  rules: readonly LifecycleRule[],
  folder: string,
  does: (rule: LifecycleRule) => boolean,
): boolean {
  const onlyByPrefix = ({ Filter }: LifecycleRule) => Object.keys(Filter ?? {}).every((key) => key === 'Prefix')
  return rules.some((rule) => {
    const prefix = rule.Filter?.Prefix ?? ''
    return does(rule) && onlyByPrefix(rule) && at(bucket, folder).startsWith(prefix)
  })
}

function at({ options: { prefix } }: S3Bucket, folder: string): string {
  return `${prefix === undefined ? '' : `${prefix}/`}${folder}`
}

/** Null if S3 answers that the configuration does not exist; each configuration has its own error code for that. */
async function unlessAbsent<T>(answer: Promise<T>): Promise<T | null> {
  return answer.catch((error: unknown) => {
    const absent =
      isAppError(error) && /(^no_such_.*(configuration|policy)$)|_not_found_error$/.test(error.reason ?? '')
    if (absent) return null
    throw error
  })
}
