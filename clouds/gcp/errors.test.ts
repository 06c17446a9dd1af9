import { expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { grpcError, restError } from './errors.ts'

const WHAT = 'creating gs://b/k'

/** An error as the JSON APIs' client raises it. */
function apiError(code: number, reason: string, message = 'Details.') {
  return Object.assign(new Error(message), { code, errors: [{ reason, message }] })
}

test.each([
  [400, 'invalid', 'invalid'],
  [401, 'authError', 'denied'],
  [403, 'forbidden', 'denied'],
  [403, 'rateLimitExceeded', 'throttled'],
  [403, 'quotaExceeded', 'throttled'],
  [404, 'notFound', 'not_found'],
  [408, 'timeout', 'unavailable'],
  [409, 'conflict', 'conflict'],
  [410, 'gone', 'unavailable'],
  [412, 'conditionNotMet', 'conflict'],
  [429, 'rateLimitExceeded', 'throttled'],
  [500, 'backendError', 'unavailable'],
  [503, 'backendError', 'unavailable'],
])('status %i, %s becomes %s', (status, reason, code) => {
  expect(restError(apiError(status, reason), WHAT)).toMatchObject({ code, reason })
})

test.each(['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ENOTFOUND', 'ERR_STREAM_PREMATURE_CLOSE'])(
  '%s is unavailable',
  (code) => {
    expect(restError(Object.assign(new Error('x'), { code }), WHAT)).toMatchObject({
      code: 'unavailable',
      reason: code.toLowerCase(),
    })
  },
)

test.each(['DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'CERT_HAS_EXPIRED'])(
  '%s is a setting to mend',
  (code) => {
    const expected = { code: 'invalid', reason: 'tls_untrusted' }
    expect(restError(Object.assign(new Error('x'), { code }), WHAT)).toMatchObject(expected)
    expect(grpcError({ code: 14, message: `No connection established. Last error: ${code}` }, WHAT)).toMatchObject(
      expected,
    )
  },
)

test('who was refused what is said in one line', () => {
  const message =
    "a@p.iam.gserviceaccount.com does not have storage.objects.create access.\n  Permission denied on 'x'."
  expect(restError(apiError(403, 'forbidden', message), WHAT).message).toBe(
    `${WHAT}: a@p.iam.gserviceaccount.com lacks storage.objects.create: grant a role that has it`,
  )
})

test('a body that the client did not parse still says its reason', () => {
  const body = JSON.stringify({
    error: { code: 412, message: 'No.', errors: [{ reason: 'conditionNotMet', message: 'No.' }] },
  })
  expect(restError(Object.assign(new Error(body), { code: 412 }), WHAT)).toMatchObject({ reason: 'conditionNotMet' })
  expect(restError({ response: { status: 412, data: body } }, WHAT)).toMatchObject({ code: 'conflict' })
})

test('a key that cannot be used is told from a call that is wrong', () => {
  const expected = { code: 'denied', reason: 'kms_key_unusable' }
  expect(restError(apiError(400, 'invalid', 'The Cloud KMS key is disabled.'), WHAT)).toMatchObject(expected)
  expect(grpcError({ code: 9, message: 'Cloud KMS key is destroyed' }, WHAT)).toMatchObject(expected)
})

test('missing credentials are told as such', () => {
  const error = new Error('Could not load the default credentials. Browse to …')
  expect(restError(error, WHAT)).toMatchObject({ code: 'denied', reason: 'no_credentials' })
  expect(grpcError(error, WHAT)).toMatchObject({ code: 'denied', reason: 'no_credentials' })
})

test.each([
  [3, 'invalid'],
  [4, 'unavailable'],
  [5, 'not_found'],
  [6, 'conflict'],
  [7, 'denied'],
  [8, 'throttled'],
  [10, 'unavailable'],
  [13, 'unavailable'],
  [14, 'unavailable'],
  [16, 'denied'],
])('gRPC code %i becomes %s', (code, expected) => {
  expect(grpcError({ code, message: 'Details.' }, WHAT)).toMatchObject({ code: expected, reason: `grpc_${code}` })
})

test('an error of ours stays what it is, and what nobody knows is a defect', () => {
  const ours = new AppError('corrupt', 'x')
  expect(restError(ours, WHAT)).toBe(ours)
  expect(grpcError(ours, WHAT)).toBe(ours)
  expect(restError(new TypeError('x is not a function'), WHAT)).toMatchObject({ code: 'internal' })
})
