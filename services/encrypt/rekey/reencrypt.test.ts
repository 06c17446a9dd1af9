import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { AppError } from '#core/errors.ts'
import { encodeRecords } from '#core/record-codec.ts'
import type { Vault } from '#core/vault.ts'
import { kidOfObject } from '../objects/envelope.ts'
import { exportAdmitted } from '../chain/admitted.ts'
import { createKeyRecords, type KeyRecords } from '../keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import { objectPath, subjectOf, windowContext } from '#core/layout.ts'
import { createManifestChain, type ManifestChain } from '../chain/chain.ts'
import { reencryptDataset, type ReencryptOptions } from './reencrypt.ts'
import { followReencrypted } from '../chain/replacements.ts'
import { openSigner, type Signer } from '../chain/signer.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'
import { createVault } from '../objects/vault.ts'
import { verifyDataset } from '../chain/verify.ts'

const CONTRACT = 'c'.repeat(64)
const WINDOWS = ['w1', 'w2', 'w3']
let folder = ''
let keyring: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-reencrypt-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

interface Process {
  readonly store: Store
  readonly keys: KeyRecords
  readonly vault: Vault
  readonly chain: ManifestChain
  readonly signer: Signer
}

/** What a process that starts now has: nothing but the store and the keys. */
async function start(store: Store, now = () => new Date()): Promise<Process> {
  const keys = createKeyRecords({ store, keyrings: [keyring], now })
  const signer = await openSigner(keys)
  const vault = followReencrypted(createVault({ store, keys }), { store, verifier: signer.verifier })
  return { store, keys, vault, chain: createManifestChain({ store, signer }), signer }
}

const about = (id: string) => windowContext({ id, dataset: 'mnist', contract: CONTRACT }, 'jsonl+zstd')
const recordOf = (id: string) => ({ id, fields: {}, provenance: { source: 's', partition: 'p', position: id } })

/** Three windows and a release, under the first epoch key; the second is current. */
async function fill(store: Store): Promise<void> {
  const { vault, chain, keys } = await start(store)
  for (const [i, window] of WINDOWS.entries()) {
    const clean = await vault.put(
      objectPath('clean', 'mnist', window),
      about(window),
      encodeRecords([recordOf(`${i}a`)]),
    )
    const scores = await vault.put(
      `scores/mnist/${window}`,
      { ...about(window), codec: 'json+zstd' },
      Buffer.from('{}'),
    )
    await chain.append('mnist', {
      about: { kind: 'window', window },
      subjects: [clean, scores].map(subjectOf),
      details: {
        source: 's',
        segments: [{ partition: 'p', from: `${i}`, to: `${i}z` }],
        counts: { received: 2, admitted: 1, quarantined: 1, rejected: 0, deadLettered: 0 },
        contract: { sha256: CONTRACT },
        policy: {},
        detectors: [],
      },
    })
  }
  const released = await vault.put(
    objectPath('clean', 'mnist', 'w2', 'r1'),
    about('w2'),
    encodeRecords([recordOf('1b')]),
  )
  await chain.append('mnist', {
    about: { kind: 'release', review: 'r1' },
    subjects: [subjectOf(released)],
    details: {},
  })
  await keys.newEpoch('mnist')
}

async function reencrypt(store: Store, more: Partial<ReencryptOptions> = {}) {
  const { signer: _, ...process } = await start(store)
  const settled = () => Promise.resolve(true)
  return reencryptDataset({ dataset: 'mnist', ...process, settled, ...more })
}

async function exported(store: Store): Promise<string[]> {
  const { vault, chain } = await start(store)
  const ids: string[] = []
  for await (const { id } of exportAdmitted('mnist', { vault, links: chain.links('mnist') })) ids.push(id)
  return ids
}

async function kids(store: Store): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const zone of ['clean', 'scores']) {
    for await (const at of store.list(`${zone}/`)) found.set(at, kidOfObject((await store.read(at)).bytes))
  }
  return found
}

async function problems(store: Store) {
  const { vault, signer } = await start(store)
  const report = await verifyDataset('mnist', { store, verifier: signer.verifier, vault })
  return { problems: report.problems, unlisted: report.unlisted, objects: report.objects, admitted: report.admitted }
}

let store: Store
beforeEach(async () => {
  store = createMemoryStore()
  await fill(store)
})

const IDS = ['0a', '1a', '2a', '1b']
const SOUND = { problems: [], unlisted: [], objects: 7, admitted: 4 }

test('every object goes under the current key, the old ones are gone, and everything verifies and opens as before', async () => {
  expect(await reencrypt(store, { dryRun: true })).toMatchObject({ objects: 7, due: 7, reencrypted: 0, deleted: 0 })
  const report = await reencrypt(store)
  expect(report).toMatchObject({ objects: 7, due: 7, reencrypted: 7, deleted: 7, failed: [], waiting: 0 })
  const found = await kids(store)
  expect(found.size).toBe(7)
  expect(new Set(found.values())).toEqual(new Set([report.kid]))
  expect(await exported(store)).toEqual(IDS)
  expect(await problems(store)).toEqual(SOUND)
  expect(await reencrypt(store)).toMatchObject({ due: 0, reencrypted: 0, deleted: 0 })
})

test('afterwards the old epoch key can be destroyed; a second time goes from name to name', async () => {
  for (let epoch = 2; epoch <= 3; epoch++) {
    await reencrypt(store)
    const { keys } = await start(store, () => new Date(Date.now() + epoch * 2 * 86_400_000))
    const current = (await keys.pointer('mnist'))?.kid
    for await (const { kid, state } of keys.list('mnist')) {
      if (kid !== current && state === 'active') await keys.destroy('mnist', kid)
    }
    expect(await exported(store)).toEqual(IDS)
    expect(await problems(store)).toEqual(SOUND)
    await keys.newEpoch('mnist')
  }
  expect([...(await kids(store)).keys()].every((name) => name.split('.key-').length === 2)).toBe(true)
})

test('what a process still writes under the old key afterwards is brought over by the next run', async () => {
  store = createMemoryStore()
  const running = await start(store)
  const { kid } = await running.keys.current('mnist')
  await fill(store)
  await reencrypt(store)
  const at = objectPath('clean', 'mnist', 'w1', 'r2')
  const late = await running.vault.put(at, about('w1'), encodeRecords([recordOf('0b')]))
  expect(late.kid).toBe(kid)
  await running.chain.append('mnist', {
    about: { kind: 'release', review: 'r2' },
    subjects: [subjectOf(late)],
    details: {},
  })
  const report = await reencrypt(store)
  expect(report).toMatchObject({ due: 1, reencrypted: 1, failed: [] })
  expect(new Set((await kids(store)).values())).toEqual(new Set([report.kid]))
  expect(await exported(store)).toEqual(['0a', '1a', '2a', '0b', '1b'])
})

test('interrupted after any write or deletion, everything opens and verifies, and the next run does what is left', async () => {
  for (let allowed = 0; ; allowed++) {
    store = createMemoryStore()
    await fill(store)
    let left = allowed
    const counted =
      <A extends unknown[], R>(work: (...args: A) => Promise<R>) =>
      async (...args: A): Promise<R> => {
        if (left-- <= 0) throw new AppError('unavailable', 'the process died')
        return work(...args)
      }
    const dying: Store = {
      ...store,
      create: counted((at: string, bytes: Uint8Array) => store.create(at, bytes)),
      delete: counted((at: string) => store.delete(at)),
    }
    const attempt = reencrypt(dying, { batchSize: 3 })
    const outcome = await attempt.catch(() => null)
    expect(await exported(store)).toEqual(IDS)
    expect((await problems(store)).problems).toEqual([])
    await reencrypt(store, { batchSize: 3 })
    expect(await exported(store)).toEqual(IDS)
    expect(await problems(store)).toEqual(SOUND)
    if (outcome !== null && outcome.failed.length === 0) break
  }
})

test('two runs at once agree', async () => {
  await Promise.all([reencrypt(store, { batchSize: 2 }), reencrypt(store, { batchSize: 3 })])
  await reencrypt(store)
  expect(await exported(store)).toEqual(IDS)
  expect((await problems(store)).problems).toEqual([])
})

test('a reader that was there before follows the links, too', async () => {
  const { vault, chain } = await start(store)
  const link = await chain.find('mnist', { kind: 'window', window: 'w1' })
  const clean = link?.statement.subject.find(({ name }) => name.startsWith('clean/'))
  const open = () => vault.open(clean?.name ?? '', about('w1'), clean?.digest.sha256)
  const before = Buffer.from(await open())
  await reencrypt(store)
  expect(Buffer.from(await open())).toEqual(before)
  expect(Buffer.from(await vault.open(clean?.name ?? '', about('w1')))).toEqual(before)
})

test('an object with another digest than was replaced is not followed', async () => {
  const { vault } = await start(store)
  await reencrypt(store)
  const other = 'd'.repeat(64)
  await expect(vault.open('clean/mnist/w1', about('w1'), other)).rejects.toMatchObject({ code: 'not_found' })
})

test('what is not settled stays as it is, until it is', async () => {
  const waits = { settled: async (link: { readonly window?: string | undefined }) => link.window !== 'w1' }
  expect(await reencrypt(store, waits)).toMatchObject({ objects: 5, reencrypted: 5, waiting: 1 })
  expect(await store.exists('clean/mnist/w1')).toBe(true)
  expect(await reencrypt(store)).toMatchObject({ objects: 7, reencrypted: 2, waiting: 0 })
  expect(await problems(store)).toEqual(SOUND)
})

test('an object that is damaged is reported and kept; the others go on', async () => {
  const { bytes, version } = await store.read('clean/mnist/w1')
  await store.replace('clean/mnist/w1', Buffer.concat([bytes, Buffer.of(1)]), version)
  const report = await reencrypt(store)
  expect(report).toMatchObject({ reencrypted: 6, failed: [{ path: 'clean/mnist/w1', code: 'corrupt' }] })
  expect(await store.exists('clean/mnist/w1')).toBe(true)
})
