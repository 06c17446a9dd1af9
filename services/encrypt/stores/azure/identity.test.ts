import { StorageSharedKeyCredential } from '@azure/storage-blob'
import { expect, test } from 'vitest'
import { identityOf } from './identity.ts'

test('an account key is named by its account, never by itself', () => {
  const key = Buffer.alloc(32, 1).toString('base64')
  const described = identityOf(new StorageSharedKeyCredential('myaccount', key)).describe()
  expect(described).toBe('the key of account myaccount')
})
