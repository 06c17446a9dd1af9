import { nextEntry } from '#runtime/audit/chain.ts'
import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { AuditEntry } from '#runtime/audit/log.ts'
import type { Queryable } from './sql.ts'
import { toText } from './text.ts'

/** Appends an entry within the caller's transaction. With `at` null, uses the database's time. */
export async function writeAudit(
  tx: Queryable,
  at: string | null,
  entry: Pick<AuditEntry, 'actor' | 'action' | 'subject' | 'detail'>,
): Promise<AuditEntry> {
  const [head] = await tx.query<{ seq: number | string; hash: string; now: Date }>(
    'select seq, hash, clock_timestamp() as now from audit_head for update',
  )
  if (head === undefined) throw new AppError('corrupt', 'the audit log has no head', { reason: 'audit_head_missing' })
  const next = nextEntry({ seq: Number(head.seq), hash: head.hash }, { ...entry, at: at ?? head.now.toISOString() })
  await tx.query(
    `with entry as (
       insert into audit (seq, at, actor, action, subject, detail, previous, hash)
       values ($1::bigint, $2, $3, $4, $5, $6, $7, $8) returning seq, hash
     )
     update audit_head set seq = entry.seq, hash = entry.hash from entry`,
    [
      next.seq,
      next.at,
      toText(next.actor),
      next.action,
      toText(next.subject),
      canonicalJson(next.detail),
      next.previous,
      next.hash,
    ],
  )
  return next
}
