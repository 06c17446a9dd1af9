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
  /** Windows with held records whose scores could not be opened: nothing was compared with them. */
  readonly unopened: number
}

/** What is known of a log from elsewhere. */
export interface AuditKnowledge extends Pick<AuditEvidence, 'since'> {
  /** The key that checkpoints must be signed by, in place of the installation's own. */
  readonly publicKeyPem?: string | undefined
  /** Whether what is held is compared with the windows' scores too, each of which is opened for that. */
  readonly scores?: boolean
}

/**
 * Finds any edit, removal, reordering or truncation of the audit log, and holds reviews and chains against it. Throws `invalid`
 * where `publicKeyPem` is none.
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
  // before the first link there is nothing that could vouch for the log, and nothing that it vouches for
  const isFresh = datasets.length === 0 && (await keys.chosen(SIGNING)).length === 0
  const found = isFresh ? report.problems.filter(({ kind }) => kind !== 'unsigned') : report.problems
  const compared = scores ? await scoreFaults(system, datasets) : { problems: [], unopened: 0 }
  return { ...report, problems: [...found, ...rest, ...compared.problems], unopened: compared.unopened }
}

/** What the rows of held records say otherwise than the scores. Why scores do not open, `verify` tells. */
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

/** The same of an exported log, line by line, without an installation: of the log alone. */
export async function verifyExportedLog(
  lines: AsyncIterable<string>,
  publicKeyPem: string,
  since?: AuditKnowledge['since'],
): Promise<AuditReport> {
  return verifyExport(lines, verifierFromPem(publicKeyPem), since)
}

export interface ExportedLog {
  /** The whole log as JSON lines, its signed checkpoints among them. */
  readonly lines: AsyncIterable<string>
  /** What `verifyExportedLog` takes: the keys in the order in which they signed. */
  readonly publicKeyPem: string
}

/** The whole log up to now, signed, for whoever verifies it elsewhere. Throws `not_found` (`unsigned`) before the first link. */
export async function exportAuditLog(system: SigningSystem): Promise<ExportedLog> {
  await signAuditLog(system)
  return { lines: exportAudit(system.catalog.audit), publicKeyPem: await system.signer.publicKeyPem() }
}

/**
 * Signs the log's head and the chains' heads; null where the head is signed already, and before there is a signing key: the first
 * link makes it, and nobody who only reads.
 */
export async function signAuditLog({ catalog, signer, keys, events }: SigningSystem): Promise<AuditCheckpoint | null> {
  if ((await keys.chosen(SIGNING)).length === 0) return null
  const signed = await checkpointAudit(catalog.audit, signer, { chains: await catalog.chains.heads() })
  if (signed !== null) events.emit('audit.checkpoint', { ordinal: signed.seq, kid: signed.keyid })
  return signed
}

/** Runs a command's work, and signs the log where it has grown by then: however it ended, what it did is signed for. */
export async function signingWhatItDoes<T>(system: SigningSystem, work: () => Promise<T>): Promise<T> {
  const { audit } = system.catalog
  const { seq } = await audit.head()
  const sign = async () => ((await audit.head()).seq === seq ? null : signAuditLog(system))
  try {
    const result = await work()
    await sign()
    return result
  } catch (error) {
    await sign().catch(() => null) // what went wrong first is told
    throw error
  }
}
