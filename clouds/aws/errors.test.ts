import { expect, test } from 'vitest'
import { AppError, isRetryable } from '#core/errors.ts'
import { awsError } from './errors.ts'

const CALL = { action: 's3:PutObject', resource: 's3://bucket/clean/d/w' }

function answered(code: string, status: number, message = code): Error {
  return Object.assign(new Error(message), {
    name: code,
    Code: code,
    $metadata: { httpStatusCode: status, requestId: 'R1' },
  })
}

function broken(code: string, message = code): Error {
  return Object.assign(new Error(message), { code })
}

test.each([
  ['SlowDown', 503, 'throttled'],
  ['RequestLimitExceeded', 503, 'throttled'],
  ['ThrottlingException', 400, 'throttled'],
  ['TooManyRequestsException', 429, 'throttled'],
  ['KMS.ThrottlingException', 400, 'throttled'],
  ['ServiceUnavailable', 503, 'unavailable'],
  ['InternalError', 500, 'unavailable'],
  ['RequestTimeout', 400, 'unavailable'],
  ['BadDigest', 400, 'unavailable'],
  ['ConditionalRequestConflict', 409, 'unavailable'],
  ['OperationAborted', 409, 'unavailable'],
  ['NoSuchUpload', 404, 'unavailable'],
  ['AccessDenied', 403, 'denied'],
  ['ExpiredToken', 400, 'denied'],
  ['InvalidAccessKeyId', 403, 'denied'],
  ['SignatureDoesNotMatch', 403, 'denied'],
  ['KMS.DisabledException', 400, 'denied'],
  ['KMS.NotFoundException', 400, 'denied'],
  ['KMS.KMSInvalidStateException', 400, 'denied'],
  ['NoSuchKey', 404, 'not_found'],
  ['NoSuchBucket', 404, 'invalid'],
  ['PermanentRedirect', 301, 'invalid'],
  ['RequestTimeTooSkewed', 403, 'invalid'],
  ['InvalidObjectState', 403, 'invalid'],
  ['EntityTooLarge', 400, 'invalid'],
  ['NotImplemented', 501, 'invalid'],
  ['PreconditionFailed', 412, 'conflict'],
])('%s (%i) becomes %s', (code, status, expected) => {
  expect(awsError(answered(code, status), CALL)).toMatchObject({ code: expected })
})

test.each([
  [403, 'denied'],
  [404, 'not_found'],
  [412, 'conflict'],
  [429, 'throttled'],
  [500, 'unavailable'],
  [503, 'unavailable'],
  [400, 'invalid'],
])('an answer of %i without a body becomes %s', (status, expected) => {
  expect(awsError(answered('UnknownError', status), CALL)).toMatchObject({ code: expected, reason: `http${status}` })
})

test.each(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT'])(
  '%s is tried again',
  (code) => {
    expect(isRetryable(awsError(broken(code), CALL))).toBe(true)
  },
)

test.each([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'CERT_HAS_EXPIRED',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
])('%s is final: who answers is not who was called', (code) => {
  expect(awsError(broken(code), CALL)).toMatchObject({ code: 'invalid' })
})

test('a refusal names who lacks what on what', () => {
  const message =
    'User: arn:aws:sts::1:assumed-role/ingest/i-1 is not authorized to perform: kms:GenerateDataKey on resource: arn:aws:kms:r:1:key/k because no identity-based policy allows the kms:GenerateDataKey action'
  const error = awsError(answered('AccessDenied', 403, message), CALL)
  expect(error.message).toBe(
    's3:PutObject on s3://bucket/clean/d/w: arn:aws:sts::1:assumed-role/ingest/i-1 lacks kms:GenerateDataKey on arn:aws:kms:r:1:key/k: ' +
      "grant it in its policy, and in the bucket's or key's (request R1)",
  )
})

test('an explicit deny is told apart from a grant that is missing', () => {
  const message =
    'User: arn:aws:iam::1:user/u is not authorized to perform: s3:PutObject with an explicit deny in a resource-based policy'
  expect(awsError(answered('AccessDenied', 403, message), CALL).message).toContain('is explicitly denied s3:PutObject')
})

test('a wrong region names the right one', () => {
  const error = Object.assign(answered('UnknownError', 301), {
    $response: { headers: { 'x-amz-bucket-region': 'eu-west-1' } },
  })
  expect(awsError(error, CALL)).toMatchObject({
    code: 'invalid',
    message: expect.stringContaining('is in eu-west-1') as string,
  })
})

test('the cause has no request on it, whose headers carry the token of the session', () => {
  const error = Object.assign(answered('SlowDown', 503), {
    $response: { headers: { 'x-amz-security-token': 'secret' } },
  })
  const { cause } = awsError(error, CALL)
  expect(cause).toMatchObject({ name: 'SlowDown', message: 'SlowDown' })
  expect(Object.keys(cause as object)).not.toContain('$response')
})

test('an AppError stays what it is; anything else that was thrown is a defect', () => {
  const own = new AppError('corrupt', 'x')
  expect(awsError(own, CALL)).toBe(own)
  expect(awsError(new TypeError('x is not a function'), CALL)).toMatchObject({ code: 'internal', reason: 'type_error' })
  expect(awsError('text', CALL)).toMatchObject({ code: 'internal', reason: 'unknown' })
})
