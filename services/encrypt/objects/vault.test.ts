import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { zstdCompressSync } from 'node:zlib'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import type { ObjectContext } from '#core/vault.ts'
import { encryptObject } from './envelope.ts'
import { createKeyRecords, type KeyRecords } from '../keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'
import { createVault } from './vault.ts'

const CONTEXT: ObjectContext = { dataset: 'mnist', window: 'w1', contract: 'c'.repeat(64), codec: 'jsonl+zstd' }
const PATH = 'clean/mnist/w1'
const TEXT = Buffer.from('{"id":"a"}\n'.repeat(1000))

let folder = ''
let keyring: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-vault-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let store: Store
let keys: KeyRecords
beforeEach(() => {
  store = createMemoryStore()
  keys = createKeyRecords({ store, keyrings: [keyring] })
})

test('what is put opens again, under the digest and the key that putting names', async () => {
  const vault = createVault({ store, keys })
  const ref = await vault.put(PATH, CONTEXT, TEXT)
  expect(ref).toMatchObject({ path: PATH, kid: (await keys.current('mnist')).kid })
  expect(Buffer.from(await vault.open(PATH, CONTEXT, ref.sha256))).toEqual(TEXT)
  const { bytes } = await store.read(PATH)
  expect(bytes.length).toBe(ref.size)
  expect(Buffer.from(bytes).includes('"id"')).toBe(false)
})

test('putting the same again adopts what is there; putting something else is a conflict', async () => {
  const vault = createVault({ store, keys })
  const ref = await vault.put(PATH, CONTEXT, TEXT)
  expect(await createVault({ store, keys }).put(PATH, CONTEXT, TEXT)).toEqual(ref)
  await expect(vault.put(PATH, CONTEXT, Buffer.from('else'))).rejects.toMatchObject({ code: 'conflict' })
  await expect(vault.put(PATH, { ...CONTEXT, window: 'w2' }, TEXT)).rejects.toMatchObject({ code: 'conflict' })
})

test('adopting works across a change of epoch', async () => {
  const ref = await createVault({ store, keys }).put(PATH, CONTEXT, TEXT)
  await keys.newEpoch('mnist')
  expect(await createVault({ store, keys }).put(PATH, CONTEXT, TEXT)).toEqual(ref)
})

test('a repeat after a write without an answer sends the same bytes', async () => {
  const sent: Uint8Array[] = []
  const silent: Store = {
    ...store,
    create: async (at, bytes) => {
      if (!at.startsWith('clean/')) return store.create(at, bytes)
      sent.push(bytes)
      if (sent.length > 1) return store.create(at, bytes)
      await store.create(at, bytes)
      throw new AppError('unavailable', 'no answer')
    },
  }
  const vault = createVault({ store: silent, keys })
  await expect(vault.put(PATH, CONTEXT, TEXT)).rejects.toMatchObject({ code: 'unavailable' })
  const ref = await vault.put(PATH, CONTEXT, TEXT)
  expect(Buffer.compare(sent[0] ?? Buffer.of(), sent[1] ?? Buffer.of())).toBe(0)
  expect(Buffer.from(await vault.open(PATH, CONTEXT, ref.sha256))).toEqual(TEXT)
})

test('a repeat after a change of epoch is under the new key: the old one may be destroyed when it arrives', async () => {
  let answers = false
  const silent: Store = {
    ...store,
    create: async (at, bytes) => {
      if (!at.startsWith('clean/') || answers) return store.create(at, bytes)
      throw new AppError('unavailable', 'no answer')
    },
  }
  const vault = createVault({ store: silent, keys })
  await expect(vault.put(PATH, CONTEXT, TEXT)).rejects.toMatchObject({ code: 'unavailable' })
  const { kid } = await keys.newEpoch('mnist')
  answers = true
  expect((await vault.put(PATH, CONTEXT, TEXT)).kid).toBe(kid)
})

test.each<[string, Partial<ObjectContext>, string]>([
  ['another window', { window: 'w2' }, PATH],
  ['another contract', { contract: 'd'.repeat(64) }, PATH],
  ['another codec', { codec: 'json+zstd' }, PATH],
  ['another path', {}, 'clean/mnist/w2'],
  ['another zone', {}, 'staging/mnist/w1'],
])('bytes do not open as %s', async (_, change, at) => {
  const vault = createVault({ store, keys })
  await vault.put(PATH, CONTEXT, TEXT)
  if (at !== PATH) await store.create(at, (await store.read(PATH)).bytes)
  await expect(vault.open(at, { ...CONTEXT, ...change })).rejects.toMatchObject({
    code: 'corrupt',
    reason: 'wrong_context',
  })
})

test('bytes of one dataset do not open in another', async () => {
  const vault = createVault({ store, keys })
  await vault.put(PATH, CONTEXT, TEXT)
  await store.create('clean/mails/w1', (await store.read(PATH)).bytes)
  await expect(vault.open('clean/mails/w1', { ...CONTEXT, dataset: 'mails' })).rejects.toMatchObject({
    reason: 'wrong_context',
  })
})

test('another object under the same context is refused by its digest', async () => {
  const vault = createVault({ store, keys })
  const { sha256 } = await vault.put(PATH, CONTEXT, TEXT)
  await store.delete(PATH)
  await vault.put(PATH, CONTEXT, Buffer.from('older'))
  await expect(vault.open(PATH, CONTEXT, sha256)).rejects.toMatchObject({ code: 'corrupt', reason: 'digest' })
})

test('what decompresses to too much is refused before it fills memory', async () => {
  const vault = createVault({ store, keys, maxPlaintextBytes: 1024 })
  const bomb = await encryptObject(
    zstdCompressSync(Buffer.alloc(64 * 1024 * 1024)),
    { ...CONTEXT, path: PATH },
    await keys.current('mnist'),
  )
  await store.create(PATH, bomb)
  await expect(vault.open(PATH, CONTEXT)).rejects.toMatchObject({ code: 'corrupt', reason: 'decompressed_size' })
})

test('paths outside the zones of the dataset are refused', async () => {
  const vault = createVault({ store, keys })
  for (const at of ['keys/mnist/x', 'manifests/mnist/x', 'clean/mails/w1', 'w1', 'cleanmnist/w1']) {
    await expect(vault.put(at, CONTEXT, TEXT)).rejects.toMatchObject({ code: 'invalid' })
    await expect(vault.open(at, CONTEXT)).rejects.toMatchObject({ code: 'invalid' })
  }
})

test('only staging objects can be discarded', async () => {
  const vault = createVault({ store, keys })
  await vault.put('staging/mnist/w1', CONTEXT, TEXT)
  await vault.discard('staging/mnist/w1')
  await vault.discard('staging/mnist/w1')
  expect(await store.exists('staging/mnist/w1')).toBe(false)
  await expect(vault.discard(PATH)).rejects.toMatchObject({ code: 'invalid' })
})
