import { readFileSync } from 'node:fs'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { verifyExport } from '#runtime/audit/export.ts'
import type { NewReview } from '#runtime/catalog/catalog.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { readLinks } from '#services/encrypt/chain/chain.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { hasEnded } from '#services/encrypt/chain/signing-order.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import { verify } from '#services/encrypt/chain/verify-anywhere.ts'
import { verifyDataset } from '#services/encrypt/chain/verify.ts'
import { isDecided } from '#services/encrypt/decision.ts'
import { openLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import type { Store } from '#services/encrypt/store.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { GOLDEN_PASSPHRASE, goldenInstall, type GoldenInstall } from '#test/support/golden-install.ts'

let install: GoldenInstall
let store: Store
beforeAll(async () => {
  install = goldenInstall('rotated.json')
  store = await openFileStore(path.join(install.folder, 'objects'))
})
afterAll(() => install[Symbol.dispose]())
const fileOf = (name: string) => readFileSync(path.join(install.folder, name), 'utf8')

test('the chain verifies with its public keys in their order, in Node.js and anywhere', async () => {
  const report = await verifyDataset('golden', { store, verifier: verifierFromPem(install.publicKey) })
  expect(report).toMatchObject({ links: 3, objects: 4, problems: [], counts: { admitted: 2 } })
  const read = async (name: string) => ((await store.exists(name)) ? (await store.read(name)).bytes : null)
  const anywhere = await verify('golden', { publicKey: install.publicKey, read })
  expect(anywhere).toMatchObject({ links: 3, objects: 4, head: report.head })
})

test('its keyring opens both signing keys, and the records that they signed for', async () => {
  const keyring = await openLocalKeyring(path.join(install.folder, 'keyring.json'), { passphrase: GOLDEN_PASSPHRASE })
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  const signer = await openSigner(keys)
  expect(await signer.publicKeyPem()).toBe(install.publicKey)
  const links = readLinks(store, signer.verifier, 'golden')
  const ids: string[] = []
  for await (const { id } of exportAdmitted('golden', { vault: createVault({ store, keys }), links })) ids.push(id)
  expect(ids).toEqual(['texts:1', 'texts:2'])
})

test('the log verifies, with the heads that its checkpoints sign', async () => {
  const lines = fileOf('audit.jsonl').trimEnd().split('\n')
  const report = await verifyExport(lines, verifierFromPem(install.publicKey))
  expect(report).toMatchObject({ checkpoints: 2, problems: [] })
  expect(report.chains.get('golden')?.ordinal).toBe(3)
  const otherHead = lines.map((line) => line.replace('"ordinal":3', '"ordinal":2'))
  const kinds = (await verifyExport(otherHead, verifierFromPem(install.publicKey))).problems.map(({ kind }) => kind)
  expect(kinds).toContain('checkpoint')
})

test('each decision is signed by the key of its time', () => {
  const verifier = verifierFromPem(install.publicKey)
  const reviews = JSON.parse(fileOf('reviews.json')) as NewReview[]
  expect(reviews.map((review) => isDecided(review, verifier))).toEqual([true, true])
  expect(reviews.map(({ signature }) => hasEnded(signature!.keyid, verifier))).toEqual([true, false])
  expect(reviews.map((review) => isDecided({ ...review, reason: 'other' }, verifier))).toEqual([false, false])
})
