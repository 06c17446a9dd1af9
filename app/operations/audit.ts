import { checkpointAudit } from '#runtime/audit/checkpoint.ts'
import { exportAudit, verifyExport } from '#runtime/audit/export.ts'
import { verifyAudit, type AuditEvidence, type AuditReport } from '#runtime/audit/verify.ts'
import type { AuditCheckpoint, AuditEntry } from '#runtime/audit/log.ts'
import { riskFaults } from '#services/encrypt/chain/against-rows.ts'
import { createLogFacts, holdToLog } from '#services/encrypt/chain/against-log.ts'
import { verifierFromPem } from '#services/encrypt/chain/verifier.ts'
import { SIGNING } from '#services/encrypt/keys/record.ts'
import { isAppError } from '#core/errors.ts'
import { datasetsIn } from '#services/encrypt/chain/verify.ts'
import { readScores } from '../read-window.ts'
import type { SigningSystem } from '../system.ts'

export interface InstallationReport extends AuditReport {
  /** The number of windows with held records whose scores could not be opened, so that nothing was compared with them. */
  readonly unopened: number
}

/** What is known about a log from elsewhere. */
export interface AuditKnowledge extends Pick<AuditEvidence, 'since'> {
  /** The key that must have signed the checkpoints, in place of the installation's own. */
  readonly publicKeyPem?: string | undefined
  /** Whether held records are also compared with their windows' scores, for which each of these is opened. */
  readonly scores?: boolean
}

/**
 * Finds any edit, removal, reordering or truncation of the audit log, and compares reviews and chains with it. Throws `invalid`
 * if `publicKeyPem` is not a key.
 */
export async function verifyAuditLog(
  system: SigningSystem,
  { publicKeyPem, since, scores = false }: AuditKnowledge = {},
): Promise<InstallationReport> {
  const { catalog, chain, store, signer, keys } = system
  const verifier = publicKeyPem === undefined ? signer.verifier : verifierFromPem(publicKeyPem)
  await signer.verifier.refresh()
  const [head, checkpoints] = [await catalog.audit.head(), await catalog.audit.checkpoints()]
  const facts = createLogFacts()
  async function* entries(): AsyncGenerator<AuditEntry> {
    for await (const entry of catalog.audit.entries()) {
      facts.see(entry)
      yield entry
    }
  }
  const report = await verifyAudit(entries(), { head, checkpoints, verifier, since })
  const datasets = await datasetsIn(store)
  const rest = await holdToLog(facts, { catalog, chain, store, verifier: signer.verifier, datasets })
  // before the first link, nothing can confirm the log, and it confirms nothing
  const isFresh = datasets.length === 0 && (await keys.chosen(SIGNING)).length === 0
  const found = isFresh ? report.problems.filter(({ kind }) => kind !== 'unsigned') : report.problems
  const compared = scores ? await scoreFaults(system, datasets) : { problems: [], unopened: 0 }
  return { ...report, problems: [...found, ...rest, ...compared.problems], unopened: compared.unopened }
}

/** Reports rows of held records that differ from the scores. Why scores do not open is reported by `verify`. */
async function scoreFaults(
  system: SigningSystem,
  datasets: readonly string[],
): Promise<Pick<InstallationReport, 'problems' | 'unopened'>> {
  const { windows, flagged } = system.catalog
  const problems: AuditReport['problems'][number][] = []
  let unopened = 0
  for (const dataset of datasets)
    for (const row of await windows.list({ dataset, state: 'committed' })) {
      const held = await flagged.list({ window: row.id })
      if (held.length === 0) continue
      try {
        problems.push(...riskFaults(row, held, await readScores(system, row)))
      } catch (error) {
        if (!isAppError(error, 'corrupt') && !isAppError(error, 'not_found') && !isAppError(error, 'denied'))
          throw error
        unopened++
      }
    }
  return { problems, unopened }
}

/** The same for an exported log, line by line, without an installation: checks only the log. */
export async function verifyExportedLog(
  lines: AsyncIterable<string>,
  publicKeyPem: string,
  since?: AuditKnowledge['since'],
): Promise<AuditReport> {
  return verifyExport(lines, verifierFromPem(publicKeyPem), since)
}

export interface ExportedLog {
  /** The whole log as JSON lines, including its signed checkpoints. */
  readonly lines: AsyncIterable<string>
  /** The keys for `verifyExportedLog`, in the order in which they signed. */
  readonly publicKeyPem: string
}

/** The whole log until now, signed, for verification elsewhere. Throws `not_found` (`unsigned`) before the first link. */
export async function exportAuditLog(system: SigningSystem): Promise<ExportedLog> {
  await signAuditLog(system)
  return { lines: exportAudit(system.catalog.audit), publicKeyPem: await system.signer.publicKeyPem() }
}

/**
 * Signs the log's head and the chains' heads. Null if the head is signed already, or there is no signing key yet: the first link
 * makes it, and readers make none.
 */
export async function signAuditLog({ catalog, signer, keys, events }: SigningSystem): Promise<AuditCheckpoint | null> {
  if ((await keys.chosen(SIGNING)).length === 0) return null
  const signed = await checkpointAudit(catalog.audit, signer, { chains: await catalog.chains.heads() })
  if (signed !== null) events.emit('audit.checkpoint', { ordinal: signed.seq, kid: signed.keyid })
  return signed
}

/** Runs a command's work, and then signs the log if it has grown, whether or not the work succeeded. */
export async function signingWhatItDoes<T>(system: SigningSystem, work: () => Promise<T>): Promise<T> {
  const { audit } = system.catalog
  const { seq } = await audit.head()
  const sign = async () => ((await audit.head()).seq === seq ? null : signAuditLog(system))
  try {
    const result = await work()
    await sign()
    return result
  } catch (error) {
    await sign().catch(() => null) // the first error is the one to report
    throw error
  }
}
