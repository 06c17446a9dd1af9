import type { Bucket, BucketMetadata, Storage } from '@google-cloud/storage'
import { AppError, isAppError } from '#core/errors.ts'
import type { CheckLine } from '#core/check.ts'
import { restError } from '#clouds/gcp/errors.ts'
import { identityLine } from '#clouds/gcp/identity.ts'
import type { GcsStoreOptions } from './options.ts'

/** The permissions that the store needs, as IAM names them. Without `list`, the service answers 403 for a missing object. */
const GCS_PERMISSIONS = [
  'storage.buckets.get',
  'storage.objects.create',
  'storage.objects.get',
  'storage.objects.list',
  'storage.objects.delete', // replacing needs it too
] as const

const DAY = 24 * 60 * 60

export async function fetchBucket(bucket: Bucket): Promise<BucketMetadata> {
  try {
    const [metadata] = await bucket.getMetadata()
    return metadata
  } catch (error) {
    throw restError(error, `reading the settings of gs://${bucket.name}`)
  }
}

/** Throws `invalid` unless public access is prevented and access is uniform, so that no ACL can make an object public. */
export function requirePrivate(metadata: BucketMetadata): void {
  const line = publicAccessLine(metadata)
  if (line.state === 'failed') {
    throw new AppError('invalid', `${line.what}: ${line.says}; ${line.fix ?? ''}`, { reason: 'public_bucket' })
  }
}

export interface GcsCheck {
  readonly storage: Storage
  readonly bucket: Bucket
  readonly options: GcsStoreOptions
}

/** Checks each thing that must be right, and returns one line for each, with the fix. */
export async function checkGcs({ storage, bucket, options }: GcsCheck): Promise<CheckLine[]> {
  const { emulator, credentials, authClient } = options
  const isNobody = emulator === true && credentials === undefined && authClient === undefined
  const identity = await identityLine(
    'Google identity',
    isNobody ? null : () => storage.authClient.getCredentials(),
    (error) => restError(error, 'finding credentials'),
  )
  try {
    const metadata = await fetchBucket(bucket)
    return [
      { what: `bucket gs://${bucket.name}`, state: 'ok', says: 'reachable' },
      identity,
      ...(await permissionLines(bucket)),
      encryptionLine(metadata, options.kmsKey),
      retentionLine(metadata, options.retentionDays),
      publicAccessLine(metadata),
    ]
  } catch (error) {
    const says = error instanceof Error ? error.message : 'failed'
    const fix = isAppError(error, 'not_found')
      ? `create it: gcloud storage buckets create gs://${bucket.name} --uniform-bucket-level-access --public-access-prevention`
      : 'check the network, the credentials and the permission storage.buckets.get'
    return [{ what: `bucket gs://${bucket.name}`, state: 'failed', says, fix }, identity]
  }
}

async function permissionLines(bucket: Bucket): Promise<CheckLine[]> {
  try {
    const [granted] = await bucket.iam.testPermissions([...GCS_PERMISSIONS])
    return GCS_PERMISSIONS.map((permission): CheckLine => {
      const what = `permission ${permission}`
      if (granted[permission] === true) return { what, state: 'ok', says: `granted on gs://${bucket.name}` }
      const role = permission === 'storage.buckets.get' ? 'roles/storage.bucketViewer' : 'roles/storage.objectUser'
      const fix = `gcloud storage buckets add-iam-policy-binding gs://${bucket.name} --member=MEMBER --role=${role}`
      return { what, state: 'failed', says: `not granted on gs://${bucket.name}`, fix }
    })
  } catch (error) {
    const { message } = restError(error, `testing permissions on gs://${bucket.name}`)
    return [{ what: 'permissions', state: 'unknown', says: message }]
  }
}

function encryptionLine({ encryption, name }: BucketMetadata, asked: string | undefined): CheckLine {
  const what = 'default encryption key'
  const found = encryption?.defaultKmsKeyName
  if (asked === undefined)
    return { what, state: 'ok', says: found ?? "Google's own key: no key of yours is configured" }
  if (found === asked) return { what, state: 'ok', says: found }
  return {
    what,
    state: 'warn',
    says: `${found ?? "Google's own key"}; objects are written under ${asked} all the same`,
    fix: `gcloud storage buckets update gs://${name} --default-encryption-key=${asked}`,
  }
}

/**
 * Checks retention. Soft delete keeps what was replaced or deleted, as it should; a retention policy would refuse to replace and
 * delete, which the store must do.
 */
function retentionLine({ retentionPolicy, softDeletePolicy, versioning, name }: BucketMetadata, days = 0): CheckLine {
  const what = 'retention'
  const held = Number(retentionPolicy?.retentionPeriod ?? 0)
  const soft = Number(softDeletePolicy?.retentionDurationSeconds ?? 0)
  const fix = `gcloud storage buckets update gs://${name} --clear-retention-period --soft-delete-duration=${Math.max(7, days)}d`
  if (held > 0 && versioning?.enabled !== true) {
    const says = `the bucket's retention policy refuses replacing and deleting for ${toDays(held)} days, which key records and staged objects need`
    return { what, state: 'failed', says, fix }
  }
  const restorable = Math.max(soft, versioning?.enabled === true ? held : 0)
  if (restorable >= days * DAY) {
    return { what, state: 'ok', says: `what is replaced or deleted can be restored for ${toDays(restorable)} days` }
  }
  const says = `what is replaced or deleted can be restored for ${toDays(restorable)} days, not ${days}`
  return { what, state: 'failed', says, fix: fix.replace(' --clear-retention-period', '') }
}

function publicAccessLine({ iamConfiguration, name }: BucketMetadata): CheckLine {
  const what = `public access to gs://${name}`
  const uniform = iamConfiguration?.uniformBucketLevelAccess?.enabled === true
  const prevented = iamConfiguration?.publicAccessPrevention === 'enforced'
  if (uniform && prevented) return { what, state: 'ok', says: 'prevented, and access is uniform' }
  const wrong = [...(prevented ? [] : ['not prevented']), ...(uniform ? [] : ['access is not uniform'])].join(', ')
  const fix = `gcloud storage buckets update gs://${name} --public-access-prevention --uniform-bucket-level-access`
  return { what, state: 'failed', says: wrong, fix }
}

function toDays(seconds: number): number {
  return Math.floor((seconds / DAY) * 10) / 10
}
