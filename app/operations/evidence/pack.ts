import { readFile } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import type { SigningSystem } from '../../system.ts'
import { datasetsIn } from '#services/encrypt/chain/verify.ts'
import { decisionText } from '#services/encrypt/decision.ts'
import type { ReviewRow } from '#runtime/catalog/catalog.ts'
import { exportAuditLog, verifyAuditLog } from '../audit.ts'
import { linksOf } from '../windows.ts'
import { readme } from './readme.ts'
import { zip, type ZipEntry } from './zip.ts'

const VERIFIER = new URL('./verify.py', import.meta.url)
const LINKS = 50

/**
 * The evidence for an auditor as one ZIP archive: the log, the signed decisions and the chains' signed links, with the public
 * keys, the result of verifying them here, and a program that verifies them again without this one. It contains no record.
 * Throws `not_found` (`unsigned`) before the first link.
 */
export async function evidencePack(system: SigningSystem, by: string): Promise<AsyncIterable<Uint8Array>> {
  // in this order, so that the log has every decision, and each chain reaches as far as the log says
  const decisions = (await system.catalog.reviews.list({})).filter(({ signature }) => signature !== undefined)
  const { lines, publicKeyPem } = await exportAuditLog(system)
  const { entries, certifiedTo, problems } = await verifyAuditLog(system)
  const datasets = await datasetsIn(system.store)
  const keys = createHash('sha256').update(publicKeyPem).digest('hex')
  const at = new Date().toISOString()
  const found = { at, by, entries, certifiedTo, decisions: decisions.length, datasets, problems }
  return zip([
    { name: 'README.md', content: [readme({ ...found, keys })] },
    { name: 'found.json', content: [`${JSON.stringify(found, null, 2)}\n`] },
    { name: 'signing-keys.pem', content: [publicKeyPem] },
    { name: 'audit.jsonl', content: lines },
    { name: 'decisions.jsonl', content: decisions.map(decisionLine) },
    ...datasets.map((dataset): ZipEntry => ({ name: `chains/${dataset}.jsonl`, content: chainLines(system, dataset) })),
    { name: 'verify.py', content: [await readFile(VERIFIER)] },
  ])
}

function decisionLine(review: ReviewRow): string {
  const { signature, createdAt, state, undoneBy } = review
  const proof = { signed: decisionText(review), keyid: signature?.keyid, signature: signature?.sig }
  return `${JSON.stringify({ ...proof, at: createdAt.toISOString(), state, undoneBy })}\n`
}

async function* chainLines(system: SigningSystem, dataset: string): AsyncGenerator<string> {
  for (let from = 1; ; from += LINKS) {
    const { links } = await linksOf(system, dataset, from, LINKS)
    for (const { path, envelope } of links) {
      if (envelope === null) return
      yield `${JSON.stringify({ path, envelope: Buffer.from(envelope).toString('base64') })}\n`
    }
  }
}
