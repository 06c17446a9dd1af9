import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { encodeRecords } from '#core/record-codec.ts'
import type { ObjectRef, Vault } from '#core/vault.ts'
import { exportAdmitted } from './admitted.ts'
import { createKeyRecords } from '../keys/records.ts'
import { createLocalKeyring, type LocalKeyring } from '../keys/local/keyring.ts'
import { subjectOf, windowContext } from '#core/layout.ts'
import { createManifestChain, readLinks, type ManifestChain } from './chain.ts'
import { openSigner, type Signer } from './signer.ts'
import { verifierFromPem } from './verifier.ts'
import type { Store } from '../store.ts'
import { createMemoryStore } from '../stores/memory.ts'
import { createVault } from '../objects/vault.ts'
import { datasetsIn, verifyDataset } from './verify.ts'

const CONTRACT = 'c'.repeat(64)
let folder = ''
let keyring: LocalKeyring
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'credence-verify-'))
  keyring = await createLocalKeyring(path.join(folder, 'keyring.json'), { keyFile: true })
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let store: Store
let vault: Vault
let signer: Signer
let chain: ManifestChain
beforeEach(async () => {
  store = createMemoryStore()
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  vault = createVault({ store, keys })
  signer = await openSigner(keys)
  chain = createManifestChain({ store, signer })
})

const about = (id: string) => windowContext({ id, dataset: 'mnist', contract: CONTRACT }, 'jsonl+zstd')

function clean(window: string, ids: readonly string[], name = window): Promise<ObjectRef> {
  const records = ids.map((id) => ({ id, fields: {}, provenance: { source: 's', partition: 'p', position: id } }))
  return vault.put(`clean/mnist/${name}`, about(window), encodeRecords(records))
}

async function commit(window: string, from: string, ids: readonly string[], details: object = {}): Promise<void> {
  const scores = await vault.put(`scores/mnist/${window}`, { ...about(window), codec: 'json+zstd' }, Buffer.from('{}'))
  const count = ids.length
  await chain.append('mnist', {
    about: { kind: 'window', window },
    subjects: [await clean(window, ids), scores].map(subjectOf),
    details: {
      source: 's',
      segments: [{ partition: 'p', from, to: ids.at(-1) ?? '' }],
      counts: { received: count, admitted: count, quarantined: 0, rejected: 0, deadLettered: 0 },
      contract: { sha256: CONTRACT },
      policy: {},
      detectors: [],
      ...details,
    },
  })
}

async function exported(): Promise<string[]> {
  const ids: string[] = []
  for await (const { id } of exportAdmitted('mnist', { vault, links: chain.links('mnist') })) ids.push(id)
  return ids
}

const verify = async (more: object = {}) =>
  verifyDataset('mnist', { store, verifier: verifierFromPem(await signer.publicKeyPem()), ...more })

async function overwrite(at: string, change: (bytes: Buffer) => Uint8Array): Promise<void> {
  const { bytes, version } = await store.read(at)
  await store.replace(at, change(Buffer.from(bytes)), version)
}

describe('export', () => {
  test('the order is the source’s, however the windows came to be committed', async () => {
    await commit('w3', '9', ['10', '11'])
    await commit('w1', '', ['1', '2'])
    await commit('w2', '2', ['3', '9'])
    expect(await exported()).toEqual(['1', '2', '3', '9', '10', '11'])
  })

  test('the last link that names a record decides', async () => {
    await commit('w1', '', ['1', '2', '3'])
    const revoke = (review: string, revoked: string[]) =>
      chain.append('mnist', { about: { kind: 'revocation', review }, subjects: [], details: { revoked } })
    const release = async (review: string, ids: string[]) =>
      chain.append('mnist', {
        about: { kind: 'release', review },
        subjects: [subjectOf(await clean('w1', ids, `w1.release.${review}`))],
        details: {},
      })
    await release('r1', ['5', '4'])
    expect(await exported()).toEqual(['1', '2', '3', '4', '5'])
    await revoke('r2', ['2', '4'])
    expect(await exported()).toEqual(['1', '3', '5'])
    await release('r3', ['4', '2'])
    expect(await exported()).toEqual(['1', '3', '2', '4', '5'])
    await revoke('r4', ['1', '2', '3', '4', '5'])
    expect(await exported()).toEqual([])
  })

  test('an object that was exchanged or altered stops it', async () => {
    await commit('w1', '', ['1'])
    await overwrite('clean/mnist/w1', (bytes) => Buffer.concat([bytes, Buffer.of(0)]))
    await expect(exported()).rejects.toMatchObject({ code: 'corrupt', reason: 'digest' })
  })

  test('an object that no manifest names is never read', async () => {
    await commit('w1', '', ['1'])
    await clean('w2', ['2'])
    expect(await exported()).toEqual(['1'])
  })

  test.each([
    ['no policy', { policy: undefined }],
    ['no detectors', { detectors: undefined }],
  ])('a link with %s admits nothing: it was not scanned', async (_, details) => {
    await commit('w1', '', ['1'], details)
    await expect(exported()).rejects.toMatchObject({ code: 'corrupt', reason: 'unscanned' })
  })

  test('a link cannot admit from another dataset, nor release from a window that was not committed', async () => {
    const admits = { about: { kind: 'release', review: 'r1' }, details: {} } as const
    await chain.append('mnist', { ...admits, subjects: [subjectOf(await clean('w1', ['1'], 'w1.release.r1'))] })
    await expect(exported()).rejects.toMatchObject({ reason: 'release' })
    await chain.append('mails', { ...admits, subjects: [subjectOf(await clean('w1', ['1'], 'w1.release.r2'))] })
    const other = exportAdmitted('mails', { vault, links: chain.links('mails') })
    await expect(other.next()).rejects.toMatchObject({ reason: 'subject' })
  })
})

describe('verify', () => {
  test('needs only the store and the public key', async () => {
    await commit('w1', '', ['1', '2'])
    await commit('w2', '2', ['3'])
    const report = await verify()
    expect(report).toMatchObject({ links: 2, objects: 4, admitted: null, problems: [], unlisted: [] })
    expect(report.counts).toMatchObject({ received: 3, admitted: 3 })
    expect(await verify({ vault })).toMatchObject({ admitted: 3, problems: [] })
    expect(await datasetsIn(store)).toEqual(['mnist'])
  })

  const faults: [string, () => Promise<void>, string][] = [
    ['a lost object', () => store.delete('clean/mnist/w1'), 'missing_object'],
    ['an altered object', () => overwrite('clean/mnist/w1', (bytes) => bytes.fill(1, 200, 201)), 'digest'],
    ['an altered link', () => overwrite('manifests/mnist/00000002.json', () => Buffer.from('{}')), 'manifest_format'],
    ['a chain that was cut short', () => store.delete('manifests/mnist/00000003.json'), 'chain_truncated'],
    ['a link that is missing', () => store.delete('manifests/mnist/00000002.json'), 'gap'],
  ]
  test.each(faults)('finds %s', async (_, harm, code) => {
    for (const i of [1, 2, 3]) await commit(`w${i}`, String(i - 1), [String(i)])
    await harm()
    expect((await verify({ known: [{ ordinal: 3, sha256: null, about: null }] })).problems).toMatchObject([{ code }])
  })

  test('finds a signature by another key', async () => {
    await commit('w1', '', ['1'])
    const stranger = await openSigner(createKeyRecords({ store: createMemoryStore(), keyrings: [keyring] }))
    const report = await verify({ verifier: stranger.verifier })
    expect(report).toMatchObject({ links: 0, problems: [{ code: 'signature' }] })
  })

  test('finds records that are admitted twice, and counts that do not add up', async () => {
    await commit('w1', '', ['1'])
    await commit('w2', '1', ['1'])
    expect((await verify({ vault })).problems).toMatchObject([{ code: 'repeated' }])
    const counts = { received: 2, admitted: 1, quarantined: 0, rejected: 0, deadLettered: 0 }
    await commit('w3', '2', ['3'], { counts })
    expect((await verify()).problems).toMatchObject([{ code: 'counts' }])
  })

  test('names objects that no link signs for', async () => {
    await commit('w1', '', ['1'])
    await clean('w2', ['2'])
    expect(await verify()).toMatchObject({ problems: [], unlisted: ['clean/mnist/w2'] })
  })

  test('a chain can be read from any link on', async () => {
    for (const i of [1, 2, 3]) await commit(`w${i}`, String(i - 1), [String(i)])
    const ordinals: number[] = []
    const [first] = [await chain.find('mnist', { kind: 'window', window: 'w1' })]
    for await (const { ordinal } of readLinks(store, signer.verifier, 'mnist', first ?? undefined))
      ordinals.push(ordinal)
    expect(ordinals).toEqual([2, 3])
  })
})
