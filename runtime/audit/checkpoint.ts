import type { ChainHead } from '#core/manifest.ts'
import type { AuditCatalog, AuditCheckpoint } from './log.ts'
import { checkpointBytes } from './chain.ts'

/** Signs with Ed25519; the private key stays hidden. */
export interface CheckpointSigner {
  /** `sig` is base64. */
  sign(bytes: Uint8Array): Promise<{ readonly keyid: string; readonly sig: string }>
}

export interface CheckpointOptions {
  /** The heads of the chains, which are signed too (`ChainCatalog.heads`). */
  readonly chains?: ReadonlyMap<string, ChainHead>
  readonly clock?: () => Date
}

/**
 * Signs the log's head and stores the signature beside it. Resolves to the checkpoint, or to null if the head is signed already
 * or there is nothing to sign. Only a copy that is kept elsewhere reveals that a whole log was rewritten.
 */
export async function checkpointAudit(
  audit: AuditCatalog,
  signer: CheckpointSigner,
  { chains = new Map(), clock = () => new Date() }: CheckpointOptions = {},
): Promise<AuditCheckpoint | null> {
  const { seq, hash } = await audit.head()
  const last = (await audit.checkpoints()).at(-1)
  if (seq === 0 || last?.seq === seq) return null
  const at = clock().toISOString()
  const signed = { seq, hash, at, ...(chains.size > 0 && { heads: Object.fromEntries(chains) }) }
  const { keyid, sig: signature } = await signer.sign(checkpointBytes(signed))
  const checkpoint = { ...signed, keyid, signature }
  await audit.addCheckpoint(checkpoint)
  return checkpoint
}
