import {
  getBucketEncryption,
  getBucketPolicyStatus,
  getBucketVersioning,
  getLifecycle,
  getObjectLockConfiguration,
  getPublicAccessBlock,
  headBucket,
  listObjects,
} from './buckets.ts'
import { deleteObject, getObject, putObject, putObjectRetention, type ObjectOperation } from './objects.ts'
import { abortMultipartUpload, completeMultipartUpload, createMultipartUpload, uploadPart } from './uploads.ts'

export interface Operation {
  /** As the service's reference names it. */
  readonly name: string
  /** The permission that it takes (AWS, "Required permissions for Amazon S3 API operations"). */
  readonly action: string
  readonly run: ObjectOperation
}

type Route = readonly [method: string, parameter: string | null, name: string, action: string, run: ObjectOperation]

/** The first route whose parameter is there is taken. */
const OF_OBJECTS: readonly Route[] = [
  ['POST', 'uploads', 'CreateMultipartUpload', 's3:PutObject', createMultipartUpload],
  ['PUT', 'uploadId', 'UploadPart', 's3:PutObject', uploadPart],
  ['POST', 'uploadId', 'CompleteMultipartUpload', 's3:PutObject', completeMultipartUpload],
  ['DELETE', 'uploadId', 'AbortMultipartUpload', 's3:AbortMultipartUpload', abortMultipartUpload],
  ['PUT', 'retention', 'PutObjectRetention', 's3:PutObjectRetention', putObjectRetention],
  ['PUT', null, 'PutObject', 's3:PutObject', putObject],
  ['GET', null, 'GetObject', 's3:GetObject', getObject],
  ['HEAD', null, 'HeadObject', 's3:GetObject', getObject],
  ['DELETE', 'versionId', 'DeleteObject', 's3:DeleteObjectVersion', deleteObject],
  ['DELETE', null, 'DeleteObject', 's3:DeleteObject', deleteObject],
]

const OF_BUCKETS: readonly Route[] = [
  ['HEAD', null, 'HeadBucket', 's3:ListBucket', headBucket],
  ['GET', 'list-type', 'ListObjectsV2', 's3:ListBucket', listObjects],
  ['GET', 'publicAccessBlock', 'GetPublicAccessBlock', 's3:GetBucketPublicAccessBlock', getPublicAccessBlock],
  ['GET', 'policyStatus', 'GetBucketPolicyStatus', 's3:GetBucketPolicyStatus', getBucketPolicyStatus],
  ['GET', 'encryption', 'GetBucketEncryption', 's3:GetEncryptionConfiguration', getBucketEncryption],
  ['GET', 'versioning', 'GetBucketVersioning', 's3:GetBucketVersioning', getBucketVersioning],
  [
    'GET',
    'object-lock',
    'GetObjectLockConfiguration',
    's3:GetBucketObjectLockConfiguration',
    getObjectLockConfiguration,
  ],
  ['GET', 'lifecycle', 'GetBucketLifecycleConfiguration', 's3:GetLifecycleConfiguration', getLifecycle],
]

/** What a request asks for, or null. */
export function operationOf(method: string, key: string, query: URLSearchParams): Operation | null {
  const routes = key === '' ? OF_BUCKETS : OF_OBJECTS
  const route = routes.find(([verb, parameter]) => verb === method && (parameter === null || query.has(parameter)))
  if (route === undefined) return null
  const [, , name, action, run] = route
  return { name, action, run }
}
