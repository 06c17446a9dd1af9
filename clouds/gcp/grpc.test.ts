import { expect, test } from 'vitest'
import { localFault, refusedAccount } from './faults.ts'
import { grpcStatus } from './grpc.ts'

test('a status number has its name and what it means', () => {
  expect(grpcStatus(1)).toEqual({ name: 'CANCELLED', code: 'unavailable' })
  expect(grpcStatus(7)).toEqual({ name: 'PERMISSION_DENIED', code: 'denied' })
  expect(grpcStatus(15)).toEqual({ name: 'DATA_LOSS', code: 'corrupt' })
  expect(grpcStatus(16)).toEqual({ name: 'UNAUTHENTICATED', code: 'denied' })
})

test.each([0, 17, -1, 1.5, '7', 'ECONNRESET', undefined])('%j is no status', (number) => {
  expect(grpcStatus(number)).toBeUndefined()
})

test.each([
  ['Could not load the default credentials. Browse to …', 'no_credentials'],
  ['Unable to read the credential file specified by …', 'no_credentials'],
  ['14 UNAVAILABLE: unable to verify the first certificate', 'untrusted'],
  ['unable to get local issuer certificate', 'untrusted'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'untrusted'],
  ['read ECONNRESET', 'disconnected'],
  ['socket hang up', 'disconnected'],
  ['7 PERMISSION_DENIED: topic certificates', null],
  ['5 NOT_FOUND: unable to get object', null],
])('%j is %j', (text, fault) => {
  expect(localFault(text)).toBe(fault)
})

test('a refusal names the account, or nobody', () => {
  expect(refusedAccount('sa@p.iam.gserviceaccount.com does not have storage.objects.get access')).toBe(
    'sa@p.iam.gserviceaccount.com',
  )
  expect(refusedAccount('Permission denied')).toBe('this identity')
})
