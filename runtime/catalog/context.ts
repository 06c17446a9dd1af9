import type { AuditEntry } from '#runtime/audit/log.ts'
import type { Sql, Transaction } from './sql.ts'
import { writeAudit } from './write-audit.ts'

/** What every part of the catalog is built from. */
export interface CatalogContext {
  readonly sql: Sql
  /** Who the audit entries name where the call itself names nobody. */
  readonly actor: string
  /** ISO 8601; null leaves the time to the database, so that processes on several machines share one clock. */
  readonly now: () => string | null
}

export type AuditNote = {
  readonly action: string
  readonly subject: string
  /** Counts, ids made here, codes; never what came with the data. */
  readonly detail?: AuditEntry['detail']
  readonly actor?: string
}

/**
 * One transaction that ends with its audit entry: `work` returns its result and the note about it, or null where nothing
 * changed. The log's head is locked last and briefly, so that writers queue up on it without deadlock.
 */
export async function change<T>(
  { sql, actor, now }: CatalogContext,
  work: (tx: Transaction) => Promise<readonly [T, AuditNote | null]>,
): Promise<T> {
  return sql.transaction(async (tx) => {
    const [result, note] = await work(tx)
    if (note !== null) await writeAudit(tx, now(), { actor, detail: {}, ...note })
    return result
  })
}

/** A list as one parameter: `jsonb_to_recordset($n::text::jsonb)` and its kin unfold it. */
export function json(value: unknown): string {
  return JSON.stringify(value)
}
