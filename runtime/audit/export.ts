import { z } from 'zod'
import { canonicalJson, type Value } from '#core/value.ts'
import type { AuditCatalog, AuditCheckpoint, AuditEntry } from './log.ts'
import { verifyAudit, type AuditEvidence, type AuditReport, type SignatureVerifier } from './verify.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)

const lineSchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('head'), seq: z.int().nonnegative(), hash: sha256 }),
  z.strictObject({
    type: z.literal('checkpoint'),
    seq: z.int().positive(),
    hash: sha256,
    at: z.string(),
    keyid: z.string(),
    signature: z.base64(),
    heads: z.record(z.string(), z.strictObject({ ordinal: z.int().positive(), sha256 })).optional(),
  }),
  z.strictObject({
    type: z.literal('entry'),
    seq: z.int().positive(),
    at: z.string(),
    actor: z.string(),
    action: z.string(),
    subject: z.string(),
    detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
    previous: sha256,
    hash: sha256,
  }),
])
type Line = z.infer<typeof lineSchema>

/**
 * The whole log as JSONL, each line canonical JSON: the `head`, the `checkpoint`s, every `entry`. Anybody with the public key
 * can check it, by `verifyExport` or with just SHA-256 and Ed25519.
 */
export async function* exportAudit(audit: AuditCatalog): AsyncGenerator<string> {
  // The head is read first: entries added later are not part of the export.
  const { seq, hash } = await audit.head()
  yield line({ type: 'head', seq, hash })
  for (const checkpoint of await audit.checkpoints()) {
    if (checkpoint.seq <= seq) yield line({ type: 'checkpoint', ...checkpoint })
  }
  for await (const entry of audit.entries()) {
    if (entry.seq > seq) return
    yield line({ type: 'entry', ...entry })
  }
}

/** Verifies an exported log in one pass, whatever its length. */
export async function verifyExport(
  lines: AsyncIterable<string> | Iterable<string>,
  verifier?: SignatureVerifier,
  since?: AuditEvidence['since'],
): Promise<AuditReport> {
  const malformed: number[] = []
  const checkpoints: AuditCheckpoint[] = []
  let head: AuditEvidence['head']
  const parsed = parseLines(lines, malformed)
  let next = await parsed.next()
  while (next.done !== true && next.value.type !== 'entry') {
    const { type, ...rest } = next.value
    if (type === 'head') head = rest
    else checkpoints.push(rest as AuditCheckpoint)
    next = await parsed.next()
  }
  async function* entries(): AsyncGenerator<AuditEntry> {
    for (; next.done !== true; next = await parsed.next()) {
      const { type, ...rest } = next.value
      // After the first entry only entries may follow: an export never writes a head or a checkpoint there.
      if (type === 'entry') yield rest as AuditEntry
      else malformed.push(0)
    }
  }
  const evidence = { checkpoints, ...(head && { head }), ...(verifier && { verifier }), since }
  const report = await verifyAudit(entries(), evidence)
  const problems = malformed.map((number) => ({
    kind: 'malformed' as const,
    seq: 0,
    message: number === 0 ? 'a head or a checkpoint stands among the entries' : `line ${number} is not of an export`,
  }))
  const headless = { kind: 'malformed' as const, seq: 0, message: 'the export does not begin with its head' }
  return { ...report, problems: [...(head === undefined ? [headless] : []), ...problems, ...report.problems] }
}

async function* parseLines(lines: AsyncIterable<string> | Iterable<string>, malformed: number[]): AsyncGenerator<Line> {
  let number = 0
  for await (const text of lines) {
    number++
    if (text.trim() === '') continue
    const parsed = lineSchema.safeParse(parseJson(text))
    if (parsed.success) yield parsed.data
    else malformed.push(number)
  }
}

function line(value: Line): string {
  return `${canonicalJson(value as Value)}\n`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
