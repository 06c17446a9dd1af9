import { S3Failure } from './failure.ts'
import type { ObjectOperation } from './objects.ts'
import type { BucketSettings, S3State } from './state.ts'
import { xml, type S3Answer, type S3Request, type XmlValue } from './wire.ts'

/** What a bucket is when it is made today: closed, and encrypted with keys of S3's own. */
export const NEW_BUCKET: BucketSettings = {
  region: 'us-east-1',
  owner: '000000000000',
  publicAccessBlock: {
    BlockPublicAcls: true,
    IgnorePublicAcls: true,
    BlockPublicPolicy: true,
    RestrictPublicBuckets: true,
  },
  policyIsPublic: null,
  encryption: { algorithm: 'AES256' },
  versioning: null,
  objectLock: false,
  defaultRetentionDays: null,
  lifecycle: [],
  claimedEncryption: null,
}

export function createBucket(state: S3State, { bucket, headers }: S3Request): S3Answer {
  if (state.buckets.has(bucket)) {
    throw new S3Failure(409, 'BucketAlreadyOwnedByYou', 'Your previous request to create the bucket succeeded.')
  }
  const objectLock = headers['x-amz-bucket-object-lock-enabled']?.toLowerCase() === 'true'
  state.setBucket(bucket, { ...NEW_BUCKET, objectLock, versioning: objectLock ? 'Enabled' : null })
  return { headers: { location: `/${bucket}` } }
}

export const headBucket: ObjectOperation = (_state, { settings }) => ({
  headers: { 'x-amz-bucket-region': settings.region },
})

export const listObjects: ObjectOperation = (_state, bucket, { bucket: name, query }) => {
  const prefix = query.get('prefix') ?? ''
  const delimiter = query.get('delimiter') ?? ''
  const most = Math.min(1000, Number(query.get('max-keys') ?? 1000))
  const token = query.get('continuation-token')
  const after = token === null ? (query.get('start-after') ?? '') : Buffer.from(token, 'base64url').toString()
  const shown = (key: string) =>
    query.get('encoding-type') === 'url' ? encodeURIComponent(key).replaceAll('%2F', '/') : key

  const contents: XmlValue[] = []
  const folders = new Set<string>()
  let last = after
  let truncated = false
  const keys = [...bucket.objects].filter(
    ([key, versions]) => key.startsWith(prefix) && versions.at(-1)?.marker === false,
  )
  for (const [key, versions] of keys.sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))) {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const folder = end < 0 ? null : key.slice(0, end + delimiter.length)
    const position = folder ?? key
    if (Buffer.compare(Buffer.from(position), Buffer.from(after)) <= 0 || folders.has(position)) continue
    if (contents.length + folders.size >= most) {
      truncated = most > 0
      break
    }
    last = position
    const version = versions.at(-1)
    if (folder !== null) folders.add(folder)
    else {
      contents.push({
        Key: shown(key),
        LastModified: version?.at,
        ETag: version?.etag,
        Size: version?.size,
        StorageClass: 'STANDARD',
      })
    }
  }
  return {
    body: xml('ListBucketResult', {
      Name: name,
      Prefix: shown(prefix),
      KeyCount: contents.length + folders.size,
      MaxKeys: most,
      IsTruncated: truncated,
      NextContinuationToken: truncated ? Buffer.from(last).toString('base64url') : undefined,
      Contents: contents,
      CommonPrefixes: [...folders].map((folder) => ({ Prefix: shown(folder) })),
    }),
  }
}

export const getPublicAccessBlock: ObjectOperation = (_state, { settings }) => {
  if (settings.publicAccessBlock === null) {
    throw new S3Failure(
      404,
      'NoSuchPublicAccessBlockConfiguration',
      'The public access block configuration was not found',
    )
  }
  return { body: xml('PublicAccessBlockConfiguration', settings.publicAccessBlock) }
}

export const getBucketPolicyStatus: ObjectOperation = (_state, { settings }) => {
  if (settings.policyIsPublic === null) {
    throw new S3Failure(404, 'NoSuchBucketPolicy', 'The bucket policy does not exist')
  }
  return { body: xml('PolicyStatus', { IsPublic: settings.policyIsPublic }) }
}

export const getBucketEncryption: ObjectOperation = (_state, { settings }) => {
  const { algorithm, key } = settings.encryption
  const byDefault = { SSEAlgorithm: algorithm, KMSMasterKeyID: key }
  const rule = { ApplyServerSideEncryptionByDefault: byDefault, BucketKeyEnabled: algorithm === 'aws:kms' }
  return { body: xml('ServerSideEncryptionConfiguration', { Rule: rule }) }
}

export const getBucketVersioning: ObjectOperation = (_state, { settings }) => ({
  body: xml('VersioningConfiguration', { Status: settings.versioning ?? undefined }),
})

export const getObjectLockConfiguration: ObjectOperation = (_state, { settings }) => {
  if (!settings.objectLock) {
    throw new S3Failure(
      404,
      'ObjectLockConfigurationNotFoundError',
      'Object Lock configuration does not exist for this bucket',
    )
  }
  const { defaultRetentionDays: Days } = settings
  const Rule = Days === null ? undefined : { DefaultRetention: { Mode: 'GOVERNANCE', Days } }
  return { body: xml('ObjectLockConfiguration', { ObjectLockEnabled: 'Enabled', Rule }) }
}

export const getLifecycle: ObjectOperation = (_state, { settings }) => {
  if (settings.lifecycle.length === 0) {
    throw new S3Failure(404, 'NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist')
  }
  const rules = settings.lifecycle.map(({ prefix, noncurrentDays, abortUploadsAfterDays }, index) => ({
    ID: `rule-${index}`,
    Status: 'Enabled',
    Filter: { Prefix: prefix },
    NoncurrentVersionExpiration: noncurrentDays === undefined ? undefined : { NoncurrentDays: noncurrentDays },
    AbortIncompleteMultipartUpload:
      abortUploadsAfterDays === undefined ? undefined : { DaysAfterInitiation: abortUploadsAfterDays },
  }))
  return { body: xml('LifecycleConfiguration', { Rule: rules }) }
}
