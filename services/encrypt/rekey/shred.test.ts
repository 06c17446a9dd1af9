import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { poolPath } from '#core/layout.ts'
import type { ObjectContext } from '#core/vault.ts'
import { createKeyRecords, type KeyRecords } from '../keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import { objectsUnder, readShredReport, shredKey } from './shred.ts'
import { signInToto } from '../chain/dsse.ts'
import { openSigner } from '../chain/signer.ts'
import { verifierFromPem } from '../chain/verifier.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'
import { createVault } from '../objects/vault.ts'

let folder = ''
let keyring: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-shred-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const about: ObjectContext = { dataset: 'mails', window: 'w', contract: 'c', codec: 'jsonl+zstd' }
/** What the window gave to its dataset's pool is forgotten with it. */
const POOL = poolPath('mails', 'w1', 'ab'.repeat(32))
const now = () => new Date(Date.UTC(2026, 0, 4))

let store: Store
let keys: KeyRecords
let kid = ''
beforeEach(async () => {
  store = createMemoryStore()
  keys = createKeyRecords({ store, keyrings: [keyring], now: () => new Date(Date.UTC(2026, 0, 1)) })
  const vault = createVault({ store, keys })
  for (const zone of ['clean', 'quarantine']) await vault.put(`${zone}/mails/w1`, about, Buffer.from('secret'))
  await vault.put(POOL, about, Buffer.from('secret'))
  kid = (await keys.current('mails')).kid
  await keys.newEpoch('mails')
  await vault.put('clean/mails/w2', about, Buffer.from('stays'))
})

const shred = async (through = store) =>
  shredKey({
    kid,
    keys: createKeyRecords({ store: through, keyrings: [keyring], now }),
    store: through,
    signer: await openSigner(keys),
    by: 'ann',
    now,
  })

test('what was under the key opens for nobody; the signed report names it, and nothing else', async () => {
  const { path: at, report } = await shred()
  expect(report.subject.map(({ name }) => name)).toEqual([POOL, 'clean/mails/w1', 'quarantine/mails/w1'])
  const verifier = verifierFromPem(await (await openSigner(keys)).publicKeyPem())
  expect(await readShredReport(store, at, verifier)).toEqual(report)
  expect(report.predicate).toMatchObject({ dataset: 'mails', kid, epoch: 1, by: 'ann' })
  const vault = createVault({ store, keys: createKeyRecords({ store, keyrings: [keyring] }) })
  for (const path of ['clean/mails/w1', POOL])
    await expect(vault.open(path, about)).rejects.toMatchObject({ code: 'denied', reason: 'key_destroyed' })
  expect(Buffer.from(await vault.open('clean/mails/w2', about)).toString()).toBe('stays')
})

test('a run that ended before its report is finished by the next; the first report stands', async () => {
  const broken: Store = { ...store, create: () => Promise.reject(new AppError('unavailable', 'no answer')) }
  await expect(shred(broken)).rejects.toMatchObject({ code: 'unavailable' })
  const { path: at, report } = await shred()
  expect(report.subject).toHaveLength(3)
  const { bytes } = await store.read(at)
  await store.delete('clean/mails/w1')
  expect((await shred()).report).toEqual(report)
  expect((await store.read(at)).bytes).toEqual(bytes)
})

test('a report that somebody put there, of another key or of less than is found, does not stand for this one', async () => {
  const signer = await openSigner(keys)
  const { path: at, report } = await shred()
  const put = async (other: object) => {
    await store.delete(at)
    await store.create(at, await signInToto({ ...report, ...other }, signer))
  }
  for (const other of [
    { subject: report.subject.slice(1) },
    { subject: report.subject.map(({ name }) => ({ name, digest: { sha256: '0'.repeat(64) } })) },
    { predicate: { ...report.predicate, kid: 'f'.repeat(32) } },
    { predicate: { ...report.predicate, dataset: 'letters' } },
  ]) {
    await put(other)
    await expect(shred()).rejects.toMatchObject({ code: 'corrupt', reason: 'destroyed_report' })
  }
  await put({})
  expect((await shred()).report).toEqual(report)
})

test('nothing is destroyed while a process that runs may still write under the key', async () => {
  const early = shredKey({ kid, keys, store, signer: await openSigner(keys), by: 'ann' })
  await expect(early).rejects.toMatchObject({ code: 'conflict', reason: 'too_young' })
  expect((await keys.get('mails', kid)).kid).toBe(kid)
  expect(await store.exists(`destroyed/mails/${kid}.json`)).toBe(false)
})

test('the current key and signing keys are refused; a look changes nothing', async () => {
  const current = (await keys.current('mails')).kid
  const signer = await openSigner(keys)
  const options = { keys, store, signer, by: 'ann' }
  await expect(shredKey({ ...options, kid: current })).rejects.toMatchObject({ code: 'conflict', reason: 'current' })
  const signing = (await keys.current('_signing')).kid
  await expect(shredKey({ ...options, kid: signing })).rejects.toMatchObject({ code: 'invalid' })
  await expect(shredKey({ ...options, kid: 'f'.repeat(32) })).rejects.toMatchObject({ code: 'not_found' })
  expect((await objectsUnder(kid, options)).objects).toHaveLength(3)
  expect((await keys.get('mails', kid)).kid).toBe(kid)
})
