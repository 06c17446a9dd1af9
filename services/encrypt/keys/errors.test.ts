import { describe, expect, test } from 'vitest'
import { awsKmsError } from './awskms/errors.ts'
import { gcpKmsError } from './gcpkms/errors.ts'
import { keyVaultError } from './keyvault/errors.ts'

const call = (service: string, permission: string) => ({ service, key: 'the-key', permission })

function named(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name }, more)
}

describe('AWS KMS', () => {
  test.each([
    ['ThrottlingException', 'Rate exceeded', 'throttled', 'throttled'],
    ['TooManyRequestsException', '', 'throttled', 'throttled'],
    ['KMSInternalException', '', 'unavailable', 'unavailable'],
    ['KeyUnavailableException', '', 'unavailable', 'unavailable'],
    ['DependencyTimeoutException', '', 'unavailable', 'unavailable'],
    ['DisabledException', 'arn is disabled.', 'denied', 'key_disabled'],
    ['KMSInvalidStateException', 'arn is pending deletion.', 'denied', 'key_pending_deletion'],
    ['KMSInvalidStateException', 'arn is pending import.', 'denied', 'key_state'],
    ['NotFoundException', '', 'not_found', 'key_destroyed'],
    ['IncorrectKeyException', '', 'not_found', 'unknown_key'],
    ['InvalidCiphertextException', '', 'corrupt', 'wrong_context'],
    ['ExpiredTokenException', '', 'denied', 'credentials'],
    ['CredentialsProviderError', 'Could not load credentials from any providers', 'denied', 'credentials'],
    ['LimitExceededException', '', 'denied', 'rotation_limit'],
    ['ValidationException', '', 'invalid', 'bad_request'],
    ['SomethingNew', '', 'internal', 'unexpected'],
  ])('%s (%s) is %s, %s', (name, message, code, reason) => {
    expect(awsKmsError(named(name, message), call('AWS KMS', 'kms:Decrypt'))).toMatchObject({ code, reason })
  })

  test('what the service did not word is told by its status; what did not reach it, by the socket', () => {
    const about = call('AWS KMS', 'kms:Decrypt')
    const status = (httpStatusCode: number) => named('SyntaxError', 'not JSON', { $metadata: { httpStatusCode } })
    expect(awsKmsError(status(503), about).code).toBe('unavailable')
    expect(awsKmsError(status(429), about).code).toBe('throttled')
    for (const notKms of [200, 302, 404, 501])
      expect(awsKmsError(status(notKms), about)).toMatchObject({ code: 'invalid', reason: 'wrong_endpoint' })
    const unworded = named('UnknownError', '', { $metadata: { httpStatusCode: 501 } })
    expect(awsKmsError(unworded, about).message).not.toMatch(/try again/)
    expect(awsKmsError(named('Error', 'gone', { code: 'ECONNRESET' }), about).code).toBe('unavailable')
    expect(awsKmsError(named('TimeoutError', 'slow'), about).code).toBe('unavailable')
    const tls = named('Error', 'no', { cause: named('Error', 'no', { code: 'SELF_SIGNED_CERT_IN_CHAIN' }) })
    expect(awsKmsError(tls, about)).toMatchObject({ code: 'denied', reason: 'tls' })
  })

  test('a refusal names who was refused what', () => {
    const said =
      'User: arn:aws:sts::1:assumed-role/r/s is not authorized to perform: kms:ReEncryptFrom on resource: arn because'
    const { message } = awsKmsError(named('AccessDeniedException', said), call('AWS KMS', 'kms:ReEncrypt*'))
    expect(message).toBe(
      'AWS KMS refuses kms:ReEncryptFrom on the-key to arn:aws:sts::1:assumed-role/r/s: grant it that permission on the key ' +
        '(AccessDeniedException)',
    )
  })
})

describe('Key Vault', () => {
  const failure = (statusCode: number, code: string, message: string, inner?: string) =>
    named('RestError', message, {
      statusCode,
      code,
      response: {
        bodyAsText: JSON.stringify({
          error: { code, message, innererror: inner === undefined ? undefined : { code: inner } },
        }),
      },
    })
  const UNWRAP = 'Microsoft.KeyVault/vaults/keys/unwrap/action'
  const about = call('Key Vault', UNWRAP)

  test.each([
    [401, 'Unauthorized', undefined, 'denied', 'credentials'],
    [403, 'Forbidden', 'KeyDisabled', 'denied', 'key_disabled'],
    [403, 'Forbidden', 'KeyExpired', 'denied', 'key_expired'],
    [403, 'Forbidden', 'KeyNotYetValid', 'denied', 'key_not_yet_valid'],
    [403, 'Forbidden', 'KeyOperationForbidden', 'denied', 'key_operation'],
    [403, 'Forbidden', 'ForbiddenByRbac', 'denied', 'access_denied'],
    [403, 'Forbidden', 'ForbiddenByFirewall', 'denied', 'access_denied'],
    [404, 'KeyNotFound', undefined, 'not_found', 'key_destroyed'],
    [404, 'VaultNotFound', undefined, 'not_found', 'key_destroyed'],
    [409, 'Conflict', 'ObjectIsBeingDeleted', 'denied', 'key_pending_deletion'],
    [429, 'Throttled', undefined, 'throttled', 'throttled'],
    [400, 'BadParameter', undefined, 'corrupt', 'wrap_altered'],
    [408, 'RequestTimeout', undefined, 'unavailable', 'unavailable'],
    [501, 'NotImplemented', undefined, 'invalid', 'wrong_endpoint'],
    [503, 'ServiceUnavailable', undefined, 'unavailable', 'unavailable'],
  ])('%i %s %s is %s, %s', (status, code, inner, expected, reason) => {
    const error = keyVaultError(failure(status, code, 'no', inner), call('Key Vault', UNWRAP))
    expect(error).toMatchObject({ code: expected, reason })
  })

  test.each([
    [403, 'Operation sign is not allowed on an expired key.', 'key_expired'],
    [403, 'Operation wrapKey is not allowed on a key that is not yet valid.', 'key_not_yet_valid'],
    [403, 'Operation sign is not permitted on this key.', 'key_operation'],
    [0, 'Key https://v/keys/k/1 expired at 2020-01-01T00:00:00.000Z', 'key_expired'],
    [0, "Key https://v/keys/k/1 can't be used before 2999-01-01T00:00:00.000Z", 'key_not_yet_valid'],
    [0, 'Operation sign is not supported on key https://v/keys/k/1', 'key_operation'],
  ])('%i, %s, is %s: nobody is told to grant', (status, said, reason) => {
    const error = keyVaultError(status === 0 ? new Error(said) : failure(status, 'Forbidden', said), about)
    expect(error).toMatchObject({ code: 'denied', reason })
    expect(error.message).not.toMatch(/grant/)
  })

  test('a page for people is of no vault, unless it says that something is away', () => {
    const page = (statusCode: number) =>
      named('RestError', 'no JSON', { statusCode, code: 'PARSE_ERROR', response: { bodyAsText: '<!doctype html>' } })
    for (const status of [200, 302, 403, 404])
      expect(keyVaultError(page(status), about)).toMatchObject({ code: 'invalid', reason: 'wrong_endpoint' })
    for (const status of [502, 503]) expect(keyVaultError(page(status), about).code).toBe('unavailable')
    expect(keyVaultError(page(429), about).code).toBe('throttled')
  })

  test('credentials that cannot be had are told from a vault that does not answer', () => {
    expect(keyVaultError(named('CredentialUnavailableError', 'none'), about).reason).toBe('credentials')
    expect(keyVaultError(named('AggregateAuthenticationError', 'none'), about).reason).toBe('credentials')
    expect(keyVaultError(named('RestError', 'no', { code: 'REQUEST_SEND_ERROR' }), about).code).toBe('unavailable')
  })

  test.each([
    `Caller is not authorized to perform action on resource.\r\nCaller: appid=a-1;oid=o-1;iss=https://sts/\r\nAction: '${UNWRAP}'\r\nVault: v`,
    `The user, group or application 'appid=a-1;oid=o-1;iss=https://sts/' does not have keys unwrapKey permission on key vault 'v'.`,
  ])('the caller is read from %j', (message) => {
    const error = keyVaultError(failure(403, 'Forbidden', message, 'AccessDenied'), call('Key Vault', UNWRAP))
    expect(error.message).toContain(`refuses ${UNWRAP} on the-key to appid=a-1;oid=o-1:`)
    expect(error.message).not.toContain('\n')
  })
})

describe('Cloud KMS', () => {
  const failure = (code: number, message: string) => named('Error', `${code} X: ${message}`, { code, details: message })

  test.each([
    [8, 'Quota exceeded', 'throttled', 'throttled'],
    [14, 'The service is currently unavailable.', 'unavailable', 'unavailable'],
    [14, 'No connection established. Last error: self-signed certificate in certificate chain', 'denied', 'tls'],
    [4, 'Deadline exceeded', 'unavailable', 'unavailable'],
    [13, 'Internal error', 'unavailable', 'unavailable'],
    [12, 'unknown service google.cloud.kms.v1.KeyManagementService', 'invalid', 'wrong_endpoint'],
    [2, 'Received HTTP status code 302', 'invalid', 'wrong_endpoint'],
    [13, 'Received HTTP status code 400', 'invalid', 'wrong_endpoint'],
    [16, 'Request had invalid authentication credentials.', 'denied', 'credentials'],
    [5, 'CryptoKey x not found.', 'not_found', 'key_destroyed'],
    [9, 'x is not enabled, current state is: DISABLED.', 'denied', 'key_disabled'],
    [9, 'x is not enabled, current state is: DESTROY_SCHEDULED.', 'denied', 'key_pending_deletion'],
    [9, 'x is not enabled, current state is: DESTROYED.', 'not_found', 'key_destroyed'],
    [9, 'x is not enabled, current state is: PENDING_GENERATION.', 'denied', 'key_state'],
    [3, 'Decryption failed: the ciphertext is invalid.', 'corrupt', 'wrong_context'],
    [3, "Decryption failed: verify that 'name' refers to the correct CryptoKey.", 'not_found', 'unknown_key'],
    [3, 'The checksum in field ciphertext_crc32c did not match', 'unavailable', 'checksum'],
    [3, 'Invalid resource name', 'invalid', 'bad_request'],
  ])('%i, %s, is %s, %s', (status, message, code, reason) => {
    expect(gcpKmsError(failure(status, message), call('Cloud KMS', 'p'))).toMatchObject({ code, reason })
  })

  test('a refusal names the permission that is missing, and who lacks it where that is known', () => {
    const said = "Permission 'cloudkms.cryptoKeyVersions.useToDecrypt' denied on resource 'k' (or it may not exist)."
    const { message } = gcpKmsError(failure(7, said), call('Cloud KMS', 'p'), 'me@p.iam.gserviceaccount.com')
    expect(message).toContain(
      'refuses cloudkms.cryptoKeyVersions.useToDecrypt on the-key to me@p.iam.gserviceaccount.com:',
    )
  })
})
