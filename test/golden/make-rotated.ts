/**
 * Makes the golden install in `rotated.json`, each file in base64, in which another signing key took the place of the first: a
 * keyring, key records, a chain with a rotation, its objects, an exported audit log whose checkpoints sign the chain's head, and
 * reviews with the signatures of both keys. It is made once and kept: what it holds must verify and open for ever. Run: node
 * test/golden/make-rotated.ts
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { objectPath, subjectOf, windowContext } from '#core/layout.ts'
import { encodeRecords } from '#core/record-codec.ts'
import { checkpointAudit } from '#runtime/audit/checkpoint.ts'
import { exportAudit } from '#runtime/audit/export.ts'
import type { NewReview } from '#runtime/catalog/catalog.ts'
import { createCatalog } from '#runtime/catalog/create-catalog.ts'
import { migrate } from '#runtime/catalog/migrations.ts'
import { openPglite } from '#runtime/catalog/pglite.ts'
import { createManifestChain } from '#services/encrypt/chain/chain.ts'
import { openSigner } from '#services/encrypt/chain/signer.ts'
import { signReview } from '#services/encrypt/decision.ts'
import { createLocalKeyring } from '#services/encrypt/keys/local/keyring.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { createVault } from '#services/encrypt/objects/vault.ts'
import { rotateSigningKey } from '#services/encrypt/rekey/rotate-signing.ts'
import { openFileStore } from '#services/encrypt/stores/files.ts'

const target = new URL('rotated.json', import.meta.url)
if (existsSync(target)) throw new Error('the golden install exists: it is never made again')
const folder = mkdtempSync(path.join(tmpdir(), 'credence-golden-'))
const at = (name: string) => path.join(folder, name)

const sql = await openPglite()
await migrate(sql)
const catalog = createCatalog(sql, { actor: 'ann' })
const store = await openFileStore(at('objects'))
const keyring = await createLocalKeyring(at('keyring.json'), { passphrase: 'a golden passphrase' }, { log2N: 10 })
const keys = createKeyRecords({ store, keyrings: [keyring], memory: catalog.epochs })
const vault = createVault({ store, keys })
const signer = await openSigner(keys)
const chain = createManifestChain({ store, signer })

const dataset = 'golden'
const contract = '0123456789abcdef'.repeat(4)
const reviews: NewReview[] = []
const formerPem = await signer.publicKeyPem()

for (const number of [1, 2]) {
  const id = `w${number}`
  const context = windowContext({ id, dataset, contract }, 'jsonl+zstd')
  const provenance = { source: 'file', partition: 'texts.jsonl', position: id }
  const records = [{ id: `texts:${number}`, fields: { text: 'Grüße' }, provenance }]
  const clean = await vault.put(objectPath('clean', dataset, id), context, encodeRecords(records))
  const scores = await vault.put(
    objectPath('scores', dataset, id),
    { ...context, codec: 'json+zstd' },
    Buffer.from('{}'),
  )
  const { ordinal, sha256 } = await chain.append(dataset, {
    about: { kind: 'window', window: id },
    subjects: [clean, scores].map(subjectOf),
    details: {
      source: 'file',
      segments: [{ partition: 'texts.jsonl', from: String(number - 1), to: String(number) }],
      counts: { received: 1, admitted: 1, quarantined: 0, rejected: 0, deadLettered: 0 },
      contract: { sha256: contract },
      policy: {},
      detectors: [],
    },
  })
  await catalog.audit.append('ann', 'window.committed', id, { manifest: ordinal, sha256 })
  await checkpointAudit(catalog.audit, signer, { chains: new Map([[dataset, { ordinal, sha256 }]]) })
  const decided = { dataset, action: 'reject', undoes: null, records: [`texts:${number}`], actor: 'ann' } as const
  reviews.push(await signReview({ ...decided, id: `review${number}`, reason: 'looked at' }, signer))
  if (number === 1)
    await rotateSigningKey({ keys, signer, chain, datasets: [dataset], reviews: { list: () => Promise.resolve([]) } })
}

const lines: string[] = []
for await (const line of exportAudit(catalog.audit)) lines.push(line)
const base64 = (content: string) => Buffer.from(content).toString('base64')
const files: Record<string, string> = {
  'former.pem': base64(formerPem),
  'public.pem': base64(await signer.publicKeyPem()),
  'keyring.json': readFileSync(at('keyring.json')).toString('base64'),
  'audit.jsonl': base64(lines.join('')),
  'reviews.json': base64(JSON.stringify(reviews)),
}
for await (const object of store.list('')) {
  files[`objects/${object}`] = Buffer.from((await store.read(object)).bytes).toString('base64')
}
writeFileSync(target, `${JSON.stringify(files, null, 2)}\n`)
await sql.close()
rmSync(folder, { recursive: true })
