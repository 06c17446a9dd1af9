import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { kinesisError } from './errors.ts'

const call = { action: 'kinesis:GetRecords', resource: 'mail, shardId-000000000001' }
const named = (name: string, message = 'said so') => Object.assign(new Error(message), { name })
const coded = (code: string, message = 'x') => Object.assign(new Error(message), { code })
const answered = (httpStatusCode: number) => Object.assign(new Error('x'), { $metadata: { httpStatusCode } })

describe('errors of Kinesis', () => {
  test.each([
    [named('ProvisionedThroughputExceededException'), 'throttled', 'throttled'],
    [named('LimitExceededException'), 'throttled', 'throttled'],
    [named('KMSThrottlingException'), 'throttled', 'throttled'],
    [answered(429), 'throttled', 'throttled'],
    [named('ResourceNotFoundException'), 'not_found', 'not_found'],
    [named('AccessDeniedException'), 'denied', 'permission'],
    [answered(403), 'denied', 'permission'],
    [named('ExpiredTokenException'), 'denied', 'credentials'],
    [named('CredentialsProviderError'), 'denied', 'credentials'],
    [named('KMSDisabledException'), 'denied', 'stream_key'],
    [named('KMSAccessDeniedException'), 'denied', 'stream_key'],
    [named('ResourceInUseException'), 'unavailable', 'in_use'],
    [named('InternalFailureException'), 'unavailable', 'unavailable'],
    [answered(503), 'unavailable', 'unavailable'],
    [coded('ECONNRESET'), 'unavailable', 'unavailable'],
    [coded('ENOTFOUND'), 'unavailable', 'unavailable'],
    [coded('ERR_HTTP2_STREAM_CANCEL', 'canceled (caused by: connect ECONNREFUSED)'), 'unavailable', 'unavailable'],
    [named('TimeoutError'), 'unavailable', 'unavailable'],
    [coded('DEPTH_ZERO_SELF_SIGNED_CERT'), 'invalid', 'untrusted_certificate'],
    [coded('ERR_TLS_CERT_ALTNAME_INVALID'), 'invalid', 'untrusted_certificate'],
    [coded('ERR_HTTP2_STREAM_CANCEL', 'caused by: self-signed certificate'), 'invalid', 'untrusted_certificate'],
    [named('InvalidArgumentException'), 'invalid', 'invalid_call'],
    [named('ExpiredIteratorException'), 'invalid', 'expired_iterator'],
    [answered(400), 'invalid', 'invalid_call'],
    [new TypeError('a defect'), 'internal', 'unexpected'],
    ['thrown', 'internal', 'unexpected'],
  ] as const)('%s is %s (%s)', (error, code, reason) => {
    const mapped = kinesisError(error, call)
    expect(mapped).toMatchObject({ code, reason })
    expect(mapped.message).toMatch(/kinesis:GetRecords/)
    expect(mapped.message).toMatch(/mail, shardId-000000000001/)
    expect(mapped.message).not.toMatch(/\n/)
  })

  test('tell the number of consumers, which stays, from a rate, which passes', () => {
    const registering = { action: 'kinesis:RegisterStreamConsumer', resource: 'mail, consumer credence' }
    const mapped = kinesisError(named('LimitExceededException'), registering)
    expect(mapped).toMatchObject({ code: 'denied', reason: 'consumer_limit' })
    expect(mapped.message).toMatch(/take one away, or set mode: polling/)
    expect(kinesisError(named('ThrottlingException'), registering).code).toBe('throttled')
  })

  test('ask for the region where there is none', () => {
    const mapped = kinesisError(new Error('Region is missing'), call)
    expect(mapped).toMatchObject({ code: 'invalid', reason: 'no_region' })
    expect(mapped.message).toMatch(/configure it/)
  })

  test('say who was refused what', () => {
    const said = 'User: arn:aws:iam::1:user/ann is not authorized to perform: kinesis:GetRecords\nmore'
    expect(kinesisError(named('AccessDeniedException', said), call).message).toBe(
      'kinesis:GetRecords on mail, shardId-000000000001 was refused; allow it to the identity in use ' +
        '(User: arn:aws:iam::1:user/ann is not authorized to perform: kinesis:GetRecords)',
    )
  })

  test('keep what failed, without the exchange that it failed in', () => {
    const error = Object.assign(named('AccessDeniedException'), { $response: { headers: { authorization: 'secret' } } })
    const { cause } = kinesisError(error, call)
    expect(cause).toMatchObject({ name: 'AccessDeniedException', message: 'said so' })
    expect(JSON.stringify(cause)).not.toMatch(/secret/)
  })

  test('of ours pass', () => {
    const ours = new AppError('throttled', 'x')
    expect(kinesisError(ours, call)).toBe(ours)
  })
})
