import type { AuditReport } from '#runtime/audit/verify.ts'
import { checkpointAudit } from '#runtime/audit/checkpoint.ts'
import { exportAudit, verifyExport } from '#runtime/audit/export.ts'
import { verifyAudit } from '#runtime/audit/verify.ts'
import { verifierFromPem } from '#services/encrypt/chain/signer.ts'
import type { SigningSystem } from '../system.ts'

/**
 * Finds any edit, removal, reordering or truncation of the audit log. `publicKeyPem`: the key that checkpoints must be signed
 * by, in place of the installation's own. Throws `invalid` where that is none.
 */
export async function verifyAuditLog({ catalog, signer }: SigningSystem, publicKeyPem?: string): Promise<AuditReport> {
  const verifier = publicKeyPem === undefined ? signer.verifier : verifierFromPem(publicKeyPem)
  const checkpoints = await catalog.audit.checkpoints()
  const head = await catalog.audit.head()
  return verifyAudit(catalog.audit.entries(), { head, checkpoints, verifier })
}

/** The same of an exported log, line by line, without an installation. */
export async function verifyExportedLog(lines: AsyncIterable<string>, publicKeyPem: string): Promise<AuditReport> {
  return verifyExport(lines, verifierFromPem(publicKeyPem))
}

export interface ExportedLog {
  /** The whole log as JSON lines, its signed checkpoints among them. */
  readonly lines: AsyncIterable<string>
  /** What `verifyExportedLog` takes. */
  readonly publicKeyPem: string
}

/** The whole log up to now, signed, for whoever verifies it elsewhere. */
export async function exportAuditLog(system: SigningSystem): Promise<ExportedLog> {
  await signAuditLog(system)
  return { lines: exportAudit(system.catalog.audit), publicKeyPem: system.signer.publicKeyPem }
}

/** Signs the log's head, where it is not signed yet. */
export async function signAuditLog({ catalog, signer }: SigningSystem): Promise<void> {
  await checkpointAudit(catalog.audit, signer, { chains: await catalog.chains.heads() })
}
