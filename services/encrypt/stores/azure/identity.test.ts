import { StorageSharedKeyCredential } from '@azure/storage-blob'
import { expect, test } from 'vitest'
import { AzureIdentity, describeToken } from './identity.ts'

function token(claims: unknown): string {
  return `head.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`
}

test.each([
  [{ upn: 'ada@example.com', oid: '1', appid: '2' }, 'user ada@example.com (object 1)'],
  [{ preferred_username: 'ada@example.com' }, 'user ada@example.com'],
  [{ appid: '2', oid: '1' }, 'app 2 (object 1)'],
  [{ azp: '2' }, 'app 2'],
  [{ oid: '1' }, 'object 1'],
  [{}, null],
  [{ upn: 'two\nlines', oid: 7 }, null],
  [null, null],
  ['text', null],
])('reads %j as %j', (claims, described) => {
  expect(describeToken(token(claims))).toBe(described)
})

test('an opaque token says nothing', () => {
  for (const opaque of ['', 'opaque', 'a.b', 'a.!!.c']) expect(describeToken(opaque)).toBeNull()
})

test('an identity is known once a token was handed out, and stays known', async () => {
  const tokens = [token({ appid: '2' }), 'opaque']
  const identity = new AzureIdentity({
    getToken: async () => ({ token: tokens.shift() ?? '', expiresOnTimestamp: 0 }),
  })
  expect(identity.describe()).toBeNull()
  if (!('getToken' in identity.credential)) throw new Error('not a token credential')
  await identity.credential.getToken('scope')
  expect(identity.describe()).toBe('app 2')
  await identity.credential.getToken('scope')
  expect(identity.describe()).toBe('app 2')
})

test('an account key is named by its account, never by itself', () => {
  const key = Buffer.alloc(32, 1).toString('base64')
  const described = new AzureIdentity(new StorageSharedKeyCredential('myaccount', key)).describe()
  expect(described).toBe('the key of account myaccount')
})
