import { CallBook, type Fault } from '../emulator.ts'
import { S3Failure } from './failure.ts'
import { encryptionOf } from './objects.ts'
import type { Operation } from './operations.ts'
import type { Bucket } from './state.ts'
import type { S3Request } from './wire.ts'

export const ACCOUNT = '000000000000'
export const IDENTITY = `arn:aws:iam::${ACCOUNT}:user/credence`

/** How calls of one operation fail; narrower than a `Fault`, for the operations share permissions. */
export interface OperationFault {
  /** `UploadPart`, as the service's reference names it. */
  readonly operation: string
  /** A fault's kind, or an error as S3 words it. */
  readonly failure: Fault['kind'] | { readonly status: number; readonly code: string }
  /** How many calls pass before. */
  readonly skip?: number
  /** How many calls fail; 1 without it. */
  readonly times?: number
}

/** What a call needs: the action, and on what. */
export type Permission = readonly [action: string, resource: string]

/** Notes calls, and makes those fail that are to. */
export class S3Faults {
  readonly book = new CallBook()
  readonly operations: string[] = []
  #due: { readonly fault: OperationFault; skip: number; times: number }[] = []

  add(fault: OperationFault): void {
    this.#due.push({ fault, skip: fault.skip ?? 0, times: fault.times ?? 1 })
  }

  clear(): void {
    this.book.clearFaults()
    this.#due = []
  }

  /** Notes the call. Throws as it is to fail; says when its connection is to break, before the work or after it. */
  meet(operation: string, permissions: readonly Permission[]): 'torn' | 'torn_after' | null {
    this.operations.push(operation)
    const noted = permissions.map(([action, resource]) => ({
      action,
      resource,
      failure: this.book.note(action, resource),
    }))
    const [first] = noted
    const due = this.#take(operation)
    const met = due === null ? noted.find(({ failure }) => failure !== null) : { ...first, failure: due }
    const { action = '', resource = '', failure = null } = met ?? {}
    if (failure === null || failure === 'torn' || failure === 'torn_after') return failure
    throw typeof failure === 'object' ? new S3Failure(failure.status, failure.code) : worded(failure, action, resource)
  }

  #take(operation: string): OperationFault['failure'] | null {
    const due = this.#due.find(({ fault, times }) => fault.operation === operation && times > 0)
    if (due === undefined) return null
    if (due.skip > 0) {
      due.skip--
      return null
    }
    due.times--
    return due.fault.failure
  }
}

/** An identity's permissions for a call; S3 uses a KMS key in the caller's name. */
export function permissionsOf(
  { name, action }: Operation,
  { bucket: bucketName, key, headers }: S3Request,
  bucket: Bucket | undefined,
): Permission[] {
  const resource = `arn:aws:s3:::${bucketName}${key === '' ? '' : `/${key}`}`
  const permissions: Permission[] = [[action, resource]]
  if (headers['x-amz-object-lock-mode'] !== undefined) permissions.push(['s3:PutObjectRetention', resource])
  if (bucket === undefined || key === '') return permissions
  const written = name === 'PutObject' || name === 'CreateMultipartUpload'
  const kmsKey = written ? encryptionOf(bucket, headers).key : bucket.objects.get(key)?.at(-1)?.encryption.key
  if (kmsKey === undefined) return permissions
  if (written) permissions.push(['kms:GenerateDataKey', kmsKey])
  // the parts of an upload are opened again to put them together
  if (name === 'GetObject' || name === 'CreateMultipartUpload') permissions.push(['kms:Decrypt', kmsKey])
  return permissions
}

function worded(kind: Exclude<Fault['kind'], 'torn' | 'torn_after'>, action: string, resource: string): S3Failure {
  const ofKey = action.startsWith('kms:')
  switch (kind) {
    case 'throttled':
      return ofKey
        ? new S3Failure(400, 'KMS.ThrottlingException', 'You have exceeded the rate at which you may call KMS.')
        : new S3Failure(503, 'SlowDown', 'Please reduce your request rate.')
    case 'denied': {
      const who = `User: ${IDENTITY} is not authorized to perform: ${action} on resource: "${resource}"`
      return new S3Failure(403, 'AccessDenied', `${who} because no identity-based policy allows the ${action} action`)
    }
    case 'disabled':
      return new S3Failure(400, 'KMS.DisabledException', `${resource} is disabled.`)
    case 'destroyed':
      return new S3Failure(400, 'KMS.KMSInvalidStateException', `${resource} is pending deletion.`)
    case 'unavailable':
      return new S3Failure(500, 'InternalError', 'We encountered an internal error. Please try again.')
  }
}
