import type { AuditCatalog, AuditCheckpoint } from '#runtime/catalog/catalog.ts'
import { checkpointBytes } from './chain.ts'

/** Whoever signs: Ed25519, with the private key out of sight. */
export interface CheckpointSigner {
  readonly keyid: string
  /** `sig` is base64. */
  sign(bytes: Uint8Array): { readonly sig: string }
}

/**
 * Signs the log's head and keeps the signature beside it; resolves to the checkpoint, or to null where the head is signed
 * already or there is nothing to sign. A copy kept elsewhere is what finds a log that was rewritten as a whole.
 */
export async function checkpointAudit(
  audit: AuditCatalog,
  signer: CheckpointSigner,
  clock: () => Date = () => new Date(),
): Promise<AuditCheckpoint | null> {
  const { seq, hash } = await audit.head()
  const last = (await audit.checkpoints()).at(-1)
  if (seq === 0 || last?.seq === seq) return null
  const at = clock().toISOString()
  const { sig: signature } = signer.sign(checkpointBytes({ seq, hash, at }))
  const checkpoint = { seq, hash, at, keyid: signer.keyid, signature }
  await audit.addCheckpoint(checkpoint)
  return checkpoint
}
