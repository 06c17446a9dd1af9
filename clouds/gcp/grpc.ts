import type { ErrorCode } from '#core/errors.ts'

export interface GrpcStatus {
  /** `PERMISSION_DENIED` */
  readonly name: string
  readonly code: ErrorCode
}

/** https://grpc.io/docs/guides/status-codes/, from 1 on; 0 means no error. */
const STATUSES: readonly (readonly [name: string, code: ErrorCode])[] = [
  ['CANCELLED', 'unavailable'],
  ['UNKNOWN', 'unavailable'],
  ['INVALID_ARGUMENT', 'invalid'],
  ['DEADLINE_EXCEEDED', 'unavailable'],
  ['NOT_FOUND', 'not_found'],
  ['ALREADY_EXISTS', 'conflict'],
  ['PERMISSION_DENIED', 'denied'],
  ['RESOURCE_EXHAUSTED', 'throttled'],
  ['FAILED_PRECONDITION', 'invalid'],
  ['ABORTED', 'unavailable'], // safe to retry
  ['OUT_OF_RANGE', 'invalid'],
  ['UNIMPLEMENTED', 'invalid'],
  ['INTERNAL', 'unavailable'],
  ['UNAVAILABLE', 'unavailable'],
  ['DATA_LOSS', 'corrupt'],
  ['UNAUTHENTICATED', 'denied'],
]

/** The meaning of a status number; undefined if it is none, such as the code of an error that never reached the service. */
export function grpcStatus(number: unknown): GrpcStatus | undefined {
  const [name, code] = (typeof number === 'number' ? STATUSES[number - 1] : undefined) ?? []
  return name === undefined || code === undefined ? undefined : { name, code }
}
