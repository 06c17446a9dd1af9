import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import type { ObjectContext } from '#core/vault.ts'
import { createKeyRecords, type KeyRecords } from '../keys/records.ts'
import { keysStatus } from '../keys/status.ts'
import type { Keyring } from '../keyring.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import { findVersion, retireVersion, rewrap, rotateKeys } from './rotation.ts'
import { openSigner } from '../chain/signer.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'
import { createVault } from '../objects/vault.ts'

let folder = ''
let local: LocalKeyring
let store: Store
let keys: KeyRecords
let time = Date.UTC(2026, 0, 1)
const now = () => new Date(time)
beforeEach(async () => {
  time = Date.UTC(2026, 0, 1)
  folder = await mkdtemp(path.join(tmpdir(), 'credence-rotation-'))
  local = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true }, { now })
  store = createMemoryStore()
  keys = createKeyRecords({ store, keyrings: [local], now })
})
afterEach(() => rm(folder, { recursive: true, force: true }))

const about = (dataset: string): ObjectContext => ({ dataset, window: 'w', contract: 'c', codec: 'jsonl+zstd' })

async function twoDatasets(): Promise<void> {
  const vault = createVault({ store, keys })
  for (const dataset of ['mails', 'mnist']) {
    await vault.put(`clean/${dataset}/w1`, about(dataset), Buffer.from('one'))
    await vault.put(`quarantine/${dataset}/w1`, about(dataset), Buffer.from('two'))
  }
  await (await openSigner(keys)).keyid()
}

test('status tells each key by dataset, epoch and age, and what blocks each version', async () => {
  await twoDatasets()
  time += 10 * 24 * 60 * 60 * 1000
  await rotateKeys({ keys, newEpochs: true })
  const { epochs, versions } = await keysStatus({ keys, store, countObjects: true, now })
  expect(
    epochs.map(({ dataset, epoch, current, ageDays, objects }) => [dataset, epoch, current, ageDays, objects]),
  ).toEqual([
    ['_signing', 1, true, 10, null],
    ['mails', 1, false, 10, 2],
    ['mails', 2, true, 0, 0],
    ['mnist', 1, false, 10, 2],
    ['mnist', 2, true, 0, 0],
  ])
  expect(
    versions.map(({ version, current, created, blockedBy }) => [version, current, created, blockedBy.length]),
  ).toEqual([
    ['1', false, new Date(Date.UTC(2026, 0, 1)), 3],
    ['2', true, now(), 2],
  ])
})

test('status calls a version retirable where nothing is wrapped under it, and never the current one', async () => {
  await twoDatasets()
  const retirable = async (records = keys) =>
    (await keysStatus({ keys: records, store, now, onUnread: () => undefined })).versions.map((one) => one.retirable)
  expect(await retirable()).toEqual([false])
  await rotateKeys({ keys })
  expect(await retirable()).toEqual([false, false])
  await rewrap(keys)
  expect(await retirable()).toEqual([true, false])
  await store.create(`keys/mails/${'a'.repeat(32)}.json`, Buffer.from('{"format"'))
  expect(await retirable(createKeyRecords({ store, keyrings: [local], now }))).toEqual([false, false])
})

test('rewrapping touches key records alone: objects keep their bytes and open with the old version gone', async () => {
  await twoDatasets()
  const before = new Map<string, Buffer>()
  for await (const at of store.list('clean/')) before.set(at, Buffer.from((await store.read(at)).bytes))
  await rotateKeys({ keys })
  await expect(retireVersion({ keys, keyring: local, version: '1' })).rejects.toMatchObject({
    code: 'conflict',
    reason: 'in_use',
    message: expect.stringContaining('keys/mails/') as string,
  })
  const seen: string[] = []
  expect(await rewrap(keys, { dryRun: true })).toMatchObject({
    records: 3,
    rewrapped: 3,
    renewals: [{ provider: 'local', from: { version: '1' }, to: { version: '2' }, wraps: 3 }],
  })
  expect(await rewrap(keys, { dryRun: true })).toMatchObject({ rewrapped: 3 })
  expect(await rewrap(keys, { onProgress: ({ path }) => seen.push(path) })).toMatchObject({ rewrapped: 3, failed: [] })
  expect(seen).toHaveLength(3)
  expect(await rewrap(keys)).toMatchObject({ records: 3, rewrapped: 0, renewals: [] })
  await retireVersion({ keys, keyring: local, version: '1' })
  for (const [at, bytes] of before) expect(Buffer.from((await store.read(at)).bytes)).toEqual(bytes)
  const cold = createKeyRecords({ store, keyrings: [local], now })
  const opened = await createVault({ store, keys: cold }).open('clean/mnist/w1', about('mnist'))
  expect(Buffer.from(opened).toString()).toBe('one')
  expect(await (await openSigner(cold)).keyid()).toBe(await (await openSigner(keys)).keyid())
})

test('an interrupted rewrapping goes on where it stopped; a record that fails does not hold up the others', async () => {
  await twoDatasets()
  await rotateKeys({ keys })
  let failing = true
  const flaky: Store = {
    ...store,
    replace: async (at, bytes, version) => {
      if (failing && at.startsWith('keys/mails/')) throw new AppError('unavailable', 'no answer')
      return store.replace(at, bytes, version)
    },
  }
  const through = createKeyRecords({ store: flaky, keyrings: [local], now })
  const first = await rewrap(through)
  expect(first).toMatchObject({ records: 3, rewrapped: 2 })
  expect(first.failed).toMatchObject([{ code: 'unavailable' }])
  expect(first.last).toMatch(/^keys\/_signing\//)
  failing = false
  expect(await rewrap(through, { resume: first.last ?? '' })).toMatchObject({ records: 2, rewrapped: 1, failed: [] })
  await expect(rewrap(through, { resume: 'keys/mails/nothing.json' })).rejects.toMatchObject({ code: 'not_found' })
})

test('rotating with new epochs leaves what was written readable, and the signing key as it is', async () => {
  await twoDatasets()
  const keyid = await (await openSigner(keys)).keyid()
  const { epochs } = await rotateKeys({ keys, newEpochs: true })
  expect(epochs).toEqual(['mails', 'mnist'])
  const vault = createVault({ store, keys })
  expect(Buffer.from(await vault.open('clean/mnist/w1', about('mnist'))).toString()).toBe('one')
  const fresh = await vault.put('clean/mnist/w2', about('mnist'), Buffer.from('three'))
  expect(fresh.kid).toBe((await keys.pointer('mnist'))?.kid)
  expect(await (await openSigner(keys)).keyid()).toBe(keyid)
})

test('one service that is down is named, and does not keep the others from being rotated and rewrapped', async () => {
  const other = await createLocalKeyring(path.join(folder, 'other.json'), { keyFile: true }, { now })
  await createKeyRecords({ store, keyrings: [local, other], now }).current('mnist')
  const no = () => Promise.reject(new AppError('unavailable', 'no answer'))
  const down: Keyring = { ...other, provider: 'awskms', current: no, versions: no, rotate: no, unwrap: no }
  const through = createKeyRecords({ store, keyrings: [down, local], now })
  const rotated = await rotateKeys({ keys: through, newEpochs: true })
  expect(rotated.keys.map(({ provider, outcome }) => [provider, outcome])).toEqual([
    ['awskms', 'failed'],
    ['local', 'rotated'],
  ])
  expect(rotated.epochs).toEqual([])
  expect(await rewrap(through)).toMatchObject({ rewrapped: 1, failed: [], unreachable: [{ provider: 'awskms' }] })
  expect((await keysStatus({ keys: through, store, now })).unreachable).toMatchObject([{ code: 'unavailable' }])
})

test('a dry run of rotating changes nothing and says what is due', async () => {
  await twoDatasets()
  const before = await local.current()
  const { keys: rotations, epochs } = await rotateKeys({ keys, newEpochs: true, dryRun: true })
  expect(rotations).toEqual([{ provider: 'local', from: before, to: null, outcome: 'due' }])
  expect(epochs).toEqual(['mails', 'mnist'])
  expect(await local.current()).toEqual(before)
  expect((await keys.pointer('mnist'))?.epoch).toBe(1)
})

test('a dry run of retiring refuses what retiring would refuse, and ends nothing', async () => {
  await twoDatasets()
  const retire = (dryRun: boolean) => retireVersion({ keys, keyring: local, version: '1', dryRun })
  await expect(retire(true)).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
  await rotateKeys({ keys })
  await expect(retire(true)).rejects.toMatchObject({ code: 'conflict', reason: 'in_use' })
  await rewrap(keys)
  await retire(true)
  expect((await local.versions()).map(({ version }) => version)).toEqual(['1', '2'])
})

test('a version is found by its name, or by the beginning of it where that is one alone', async () => {
  const versions = ['abcdef01', 'abcdef02', 'fedcba01']
  const listing: Keyring = {
    ...local,
    versions: async () => versions.map((version) => ({ keyId: 'k', version, created: null, state: 'enabled' })),
  }
  expect((await findVersion([local, listing], '1')).keyring).toBe(local)
  expect((await findVersion([local, listing], 'fedcba')).version).toBe('fedcba01')
  await expect(findVersion([listing], 'abcdef')).rejects.toMatchObject({ code: 'invalid' })
  await expect(findVersion([listing], 'fed')).rejects.toMatchObject({ code: 'not_found' })
  await expect(findVersion([listing, listing], 'abcdef01')).rejects.toMatchObject({ code: 'invalid' })
})
