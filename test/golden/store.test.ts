import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { exportJsonl } from '#services/encrypt/export/jsonl.ts'
import { exportAdmitted } from '#services/encrypt/chain/admitted.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { openLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { readLinks } from '#services/encrypt/chain/chain.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import type { Store } from '#services/encrypt/store.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { verifyDataset } from '#services/encrypt/chain/verify.ts'

const files = JSON.parse(readFileSync(new URL('store.json', import.meta.url), 'utf8')) as Record<string, string>
const pem = Buffer.from(files['public.pem'] ?? '', 'base64').toString()
let folder = ''
let store: Store
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'credence-golden-'))
  for (const [name, base64] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true })
    writeFileSync(path.join(folder, name), Buffer.from(base64, 'base64'), { mode: 0o600 })
  }
  store = await openFileStore(path.join(folder, 'objects'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function openVault() {
  const keyring = await openLocalKeyring(path.join(folder, 'keyring.json'), { passphrase: 'a golden passphrase' })
  const keys = createKeyRecords({ store, keyrings: [keyring] })
  return { vault: createVault({ store, keys }), keys }
}

test('the golden install verifies with its public key alone', async () => {
  const known = [{ ordinal: 5, sha256: null, about: null }]
  expect(await verifyDataset('golden', { store, verifier: verifierFromPem(pem), known })).toMatchObject({
    links: 5,
    objects: 8,
    counts: { received: 8, admitted: 4, quarantined: 2, rejected: 2, deadLettered: 0 },
    problems: [],
    unlisted: [],
  })
})

test('its keyring opens, its signing key is the one of its public key, and its export is what it was', async () => {
  const { vault, keys } = await openVault()
  const signer = await openSigner(keys)
  expect(await signer.publicKeyPem()).toBe(pem)
  const links = readLinks(store, signer.verifier, 'golden')
  const parts: Uint8Array[] = []
  for await (const part of exportJsonl(exportAdmitted('golden', { vault, links }), { whole: true })) parts.push(part)
  const lines = Buffer.concat(parts).toString().trim().split('\n')
  expect(lines.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual([
    'digits:10',
    'digits:11',
    'digits:21',
    'digits:12',
  ])
  expect(lines[0]).toBe(
    '{"fields":{"image":{"$tensor":"u8","data":"AQAA/w==","shape":[2,2]},"label":0,"text":"Grüße"},"id":"digits:10",' +
      '"provenance":{"contributor":"someone","partition":"digits.jsonl","position":"10","source":"file"}}',
  )
})
