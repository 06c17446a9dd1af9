import { S3Client } from '@aws-sdk/client-s3'
import { AppError } from '#core/errors.ts'
import { clientSettings, httpHandler } from '#clouds/aws/client.ts'
import { awsError } from '#clouds/aws/errors.ts'
import { callerIdentity } from '#clouds/aws/identity.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { checkPath } from '../path.ts'
import { refusedWrites, type RefusedWrites } from '../refused.ts'
import type { S3Config } from './config.ts'

export interface S3StoreOptions extends S3Config {
  /** The endpoint of STS, which reports the caller's identity. Default: AWS's own, or the emulator's `endpoint`. */
  readonly stsEndpoint?: string | undefined
  /** If absent, the SDK's default chain. */
  readonly credentials?: S3Credentials | undefined
  /** Allows plain http, and puts the bucket's name into the path. */
  readonly emulator?: boolean | undefined
  /** The account (12 digits) that must own the bucket, so that nothing is written to another owner's bucket of that name. */
  readonly accountId?: string | undefined
  /** Objects above this size are written and read in parts of this size. At least 5 MiB, S3's minimum; default 16 MiB. */
  readonly partBytes?: number | undefined
  readonly now?: (() => Date) | undefined
}

export interface S3Credentials {
  readonly accessKeyId: string
  readonly secretAccessKey: string
  readonly sessionToken?: string
}

/** What every operation on the bucket needs. */
export interface S3Bucket {
  readonly client: S3Client
  readonly options: S3StoreOptions & { readonly partBytes: number; readonly now: () => Date }
  /** The bucket and its required owner, as every request names them. */
  readonly target: { readonly Bucket: string; readonly ExpectedBucketOwner?: string }
  readonly keyOf: (path: string) => string
  /** Runs a call. What it throws becomes an `AppError` that names the action and the object (default: the bucket). */
  readonly calling: <T>(action: string, path: string | null, call: () => Promise<T>) => Promise<T>
  /** The caller's ARN in AWS; null if the service names nobody. Throws what the SDK throws. */
  readonly identity: () => Promise<string | null>
  readonly refused: RefusedWrites
}

const PART = 16 * 1024 * 1024
const SMALLEST_PART = 5 * 1024 * 1024
const LARGEST_PART = 5 * 1024 ** 3
const LONGEST_PREFIX = 100 // together with the port's longest path, below S3's 1024 bytes
const DAYS_OF_A_CENTURY = 36_500

/**
 * Opens the client for a bucket; it verifies TLS 1.2 or newer and never retries. Throws `invalid` for options that cannot work
 * or are unsafe.
 */
export function openBucket({ partBytes = PART, now = () => new Date(), ...rest }: S3StoreOptions): S3Bucket {
  const options = { ...rest, partBytes, now }
  checkOptions(options)
  const { bucket, prefix, accountId } = options
  const start = prefix === undefined ? '' : `${prefix}/`
  const resourceOf = (path: string | null) => `s3://${bucket}${path === null ? '' : `/${start}${path}`}`
  return {
    client: clientFor(options),
    options,
    refused: refusedWrites(),
    target: { Bucket: bucket, ...(accountId === undefined ? {} : { ExpectedBucketOwner: accountId }) },
    keyOf: (path) => {
      checkPath(path)
      return start + path
    },
    calling: async (action, path, call) => {
      try {
        return await call()
      } catch (error) {
        throw awsError(error, { action, resource: resourceOf(path) })
      }
    },
    identity() {
      const { emulator = false, region = regionOf(emulator), credentials } = options
      const endpoint = options.stsEndpoint ?? (emulator ? options.endpoint : undefined)
      return callerIdentity({ region, endpoint, credentials })
    },
  }
}

function clientFor({ emulator = false, region = regionOf(emulator), endpoint, credentials }: S3StoreOptions): S3Client {
  return new S3Client({
    ...clientSettings({ region, endpoint, credentials }),
    forcePathStyle: emulator,
    // this store computes and verifies checksums over whole objects, which the SDK does not do for parts
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    requestHandler: httpHandler({ connectMs: 10_000, silenceMs: 60_000 }),
  })
}

/** An emulator has no regions, but the SDK requires one. */
function regionOf(emulator: boolean): string | undefined {
  return emulator ? 'us-east-1' : undefined
}

function checkOptions({ bucket, prefix, accountId, kmsKey, objectLock, partBytes, ...rest }: S3StoreOptions): void {
  const refuse = (message: string, reason: string): never => {
    throw new AppError('invalid', message, { reason })
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) refuse(`not a bucket's name: ${bucket}`, 'bucket_name')
  if (bucket.endsWith('--x-s3')) refuse(`${bucket} is a directory bucket, which lists in no order`, 'directory_bucket')
  if (prefix !== undefined) {
    checkPath(prefix)
    if (prefix.length > LONGEST_PREFIX) refuse(`the prefix is longer than ${LONGEST_PREFIX} characters`, 'prefix')
  }
  if (accountId !== undefined && !/^\d{12}$/.test(accountId)) refuse('an account id has 12 digits', 'account_id')
  if (kmsKey !== undefined && /^(arn:[^/]*:)?alias\//.test(kmsKey)) {
    refuse(`${kmsKey} is an alias: name the key's ARN, which what S3 answers can be compared with`, 'kms_alias')
  }
  if (objectLock !== undefined) {
    const { days } = objectLock
    if (!Number.isInteger(days) || days < 1 || days > DAYS_OF_A_CENTURY)
      refuse('lock objects for 1 day or more', 'lock')
  }
  if (partBytes !== undefined && !(partBytes >= SMALLEST_PART && partBytes <= LARGEST_PART)) {
    refuse('parts have 5 MiB at least and 5 GiB at most', 'part_bytes')
  }
  for (const endpoint of [rest.endpoint, rest.stsEndpoint]) {
    if (endpoint !== undefined) endpointUrl(endpoint, `bucket ${bucket}`, rest.emulator)
  }
}
