import type { AuditEntry } from '#runtime/audit/log.ts'
import type { Sql, Transaction } from './sql.ts'
import { writeAudit } from './write-audit.ts'

/** What every part of the catalog is built from. */
export interface CatalogContext {
  readonly sql: Sql
  /** The actor of audit entries if the call itself names none. */
  readonly actor: string
  /** ISO 8601; null uses the database's time, so that processes on several machines share one clock. */
  readonly now: () => string | null
}

export type AuditNote = {
  readonly action: string
  readonly subject: string
  /** Counts, ids made here, codes; never anything from the data. */
  readonly detail?: AuditEntry['detail']
  readonly actor?: string
}

/**
 * Runs one transaction that ends with its audit entry. `work` returns its result and the note about it, or null if nothing
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

/** A list as one parameter, which `jsonb_to_recordset($n::text::jsonb)` and the like expand. */
export function json(value: unknown): string {
  return JSON.stringify(value)
}
