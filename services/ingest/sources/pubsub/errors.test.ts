import { describe, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { pubsubError } from './errors.ts'

const attempt = { permission: 'pubsub.subscriptions.consume', resource: 'projects/p/subscriptions/s' }
const rpc = (code: number, details: string) => Object.assign(new Error(`${code}: ${details}`), { code, details })

describe('errors of Pub/Sub', () => {
  test.for([
    [1, 'unavailable'],
    [3, 'invalid'],
    [4, 'unavailable'],
    [5, 'not_found'],
    [6, 'conflict'],
    [7, 'denied'],
    [8, 'throttled'],
    [9, 'invalid'],
    [10, 'unavailable'],
    [13, 'unavailable'],
    [14, 'unavailable'],
    [15, 'corrupt'],
    [16, 'denied'],
    [99, 'internal'],
  ] as const)('gRPC status %i is %s', ([code, expected]) => {
    const error = pubsubError(rpc(code, 'what the service says'), attempt)
    expect(error.code).toBe(expected)
    expect(error.message).toContain(attempt.resource)
    expect(error.message).not.toContain('\n')
  })

  test('a refusal names the permission, and who lacks it where that is known', () => {
    const said = 'reader@p.iam.gserviceaccount.com is not authorized to perform this action.'
    const { message } = pubsubError(rpc(7, said), attempt)
    expect(message).toContain('reader@p.iam.gserviceaccount.com lacks pubsub.subscriptions.consume')
    const unnamed = pubsubError(rpc(7, 'User not authorized to perform this action.'), attempt)
    expect(unnamed.message).toContain('this identity lacks pubsub.subscriptions.consume')
  })

  test('a key that cannot be used is a refusal', () => {
    const error = pubsubError(rpc(9, 'Cloud KMS key is not enabled (KEY_DISABLED).'), attempt)
    expect(error).toMatchObject({ code: 'denied', reason: 'kms_key_unusable' })
  })

  test('tells missing credentials, untrusted certificates and broken connections apart', () => {
    const none = new Error('Could not load the default credentials. Browse to …')
    expect(pubsubError(none, attempt)).toMatchObject({ code: 'denied', reason: 'no_credentials' })
    const tls = rpc(14, 'No connection established. Last error: self-signed certificate')
    expect(pubsubError(tls, attempt)).toMatchObject({ code: 'invalid', reason: 'tls_untrusted' })
    const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
    expect(pubsubError(reset, attempt)).toMatchObject({ code: 'unavailable', reason: 'connection' })
    expect(pubsubError('what is this', attempt)).toMatchObject({ code: 'internal' })
  })

  test('leaves errors of ours as they are', () => {
    const own = new AppError('conflict', 'ours')
    expect(pubsubError(own, attempt)).toBe(own)
  })
})
