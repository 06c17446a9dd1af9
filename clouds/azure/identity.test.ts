import { expect, test } from 'vitest'
import { describeToken, noteIdentity } from './identity.ts'

function token(claims: unknown): string {
  return `head.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.signature`
}

test.each([
  [{ upn: 'ada@example.com', oid: '1', appid: '2' }, 'user ada@example.com (object 1)'],
  [{ preferred_username: 'ada@example.com' }, 'user ada@example.com'],
  [{ appid: '2', oid: '1' }, 'app 2 (object 1)'],
  [{ azp: '2' }, 'app 2'],
  [{ oid: '1' }, 'object 1'],
  [{ unique_name: 'ada@example.com' }, 'user ada@example.com'],
  [{}, null],
  [[], null],
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
  const identity = noteIdentity({
    getToken: async () => ({ token: tokens.shift() ?? '', expiresOnTimestamp: 0 }),
  })
  expect(identity.describe()).toBeNull()
  await identity.getToken('scope')
  expect(identity.describe()).toBe('app 2')
  await identity.getToken('scope')
  expect(identity.describe()).toBe('app 2')
})
