import { RestError } from '@azure/storage-blob'
import { expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { azureError, type AzureCall } from './storage-errors.ts'

const call: AzureCall = {
  doing: 'reading',
  action: 'read',
  path: 'clean/d/w',
  account: 'acct',
  container: 'lake',
  identity: 'app 2',
}

test.each([
  [409, 'BlobAlreadyExists', 'conflict'],
  [409, 'PathAlreadyExists', 'conflict'],
  [412, 'ConditionNotMet', 'conflict'],
  [403, 'UnauthorizedBlobOverwrite', 'conflict'],
  [404, 'BlobNotFound', 'not_found'],
  [404, 'PathNotFound', 'not_found'],
  [404, 'ContainerNotFound', 'invalid'],
  [404, 'FilesystemNotFound', 'invalid'],
  [409, 'ContainerBeingDeleted', 'unavailable'],
  [401, 'InvalidAuthenticationInfo', 'denied'],
  [403, 'AuthorizationPermissionMismatch', 'denied'],
  [403, 'AuthorizationFailure', 'denied'],
  [409, 'BlobImmutableDueToPolicy', 'denied'],
  [503, 'ServerBusy', 'throttled'],
  [500, 'OperationTimedOut', 'unavailable'],
  [500, 'InternalError', 'unavailable'],
  [400, 'Md5Mismatch', 'unavailable'],
  [400, 'InvalidHeaderValue', 'invalid'],
  [409, 'SomethingNew', 'conflict'],
  [507, 'SomethingNew', 'unavailable'],
])('%d %s becomes %s', (statusCode, code, expected) => {
  const error = azureError(new RestError('says the service', { statusCode, code }), call)
  expect(error).toMatchObject({ code: expected, reason: code })
  expect(error.message).toContain(`reading clean/d/w in container lake of account acct: ${code}`)
})

test.each([
  [429, 'throttled'],
  [404, 'not_found'],
  [408, 'unavailable'],
  [502, 'unavailable'],
  [413, 'invalid'],
])('%d without a code of the service becomes %s', (statusCode, expected) => {
  expect(azureError(new RestError('no body', { statusCode, code: 'UNKNOWN' }), call)).toMatchObject({ code: expected })
})

test.each([
  [new RestError('socket', { code: 'ECONNREFUSED' }), 'unavailable', 'ECONNREFUSED'],
  [new RestError('dns', { code: 'ENOTFOUND' }), 'unavailable', 'ENOTFOUND'],
  [Object.assign(new Error('pipe'), { code: 'EPIPE' }), 'unavailable', 'EPIPE'],
  [Object.assign(new Error('aborted'), { name: 'AbortError' }), 'unavailable', 'no answer in time'],
  [new RestError('tls', { code: 'CERT_HAS_EXPIRED' }), 'denied', 'set `ca`'],
  [Object.assign(new Error('x'), { name: 'CredentialUnavailableError' }), 'denied', 'az login'],
  [Object.assign(new Error('x'), { name: 'AuthenticationError', statusCode: 503 }), 'unavailable', '503'],
  [new TypeError('a defect'), 'internal', 'TypeError'],
])('%s becomes %s', (thrown, expected, words) => {
  const error = azureError(thrown, call)
  expect(error.code).toBe(expected)
  expect(error.message).toContain(words)
})

test('what is an AppError already passes', () => {
  const error = new AppError('corrupt', 'x')
  expect(azureError(error, call)).toBe(error)
})

test('a refusal names who was refused which action, and nothing that the service said beyond its code', () => {
  const thrown = new RestError('says <Secret>', { statusCode: 403, code: 'AuthorizationPermissionMismatch' })
  const { message } = azureError(thrown, call)
  expect(message).toContain('app 2 is refused Microsoft.Storage/storageAccounts/blobServices/containers/blobs/read')
  expect(message).not.toContain('Secret')
  expect(message).not.toContain('\n')
})
