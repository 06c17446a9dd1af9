import type { Queryable } from '../sql.ts'
import { fromText } from '../text.ts'

export type BulkAction = 'release' | 'reject' | 'relabel' | 'undo'

/** A decision over a query, carried out in parts, each of which is one review. */
export interface BulkRow {
  readonly id: string
  readonly ordinal: number
  readonly action: BulkAction
  readonly query: string
  readonly reason: string
  readonly actor: string
  readonly madeAt: Date
  readonly records: number
  /** Records decided so far, and records that somebody else had decided by then. */
  readonly done: number
  readonly skipped: number
  readonly parts: number
  readonly partsDone: number
  /** The code of the failure at which it stopped. */
  readonly failed: string | null
  readonly undoes: string | null
  readonly undoneBy: string | null
  /** The approval by a second person, if it needs one. */
  readonly approval: 'asked' | 'given' | 'refused' | null
  readonly approvedBy: string | null
  readonly datasets: readonly string[]
}

export async function findBulk(on: Queryable, id: string): Promise<BulkRow | null> {
  const [row] = await on.query<BulkDbRow>(`${SELECT_BULK} where id = $1`, [id])
  return row === undefined ? null : toBulk(row)
}

export const SELECT_BULK = `select bulk.*,
  (select count(*)::integer from bulk_parts p where p.bulk = bulk.id and p.done) as parts_done,
  (select coalesce(sum(p.records - p.skipped), 0)::integer from bulk_parts p where p.bulk = bulk.id and p.done) as done,
  (select coalesce(sum(p.skipped), 0)::integer from bulk_parts p where p.bulk = bulk.id and p.done) as skipped,
  (select coalesce(jsonb_agg(distinct p.dataset), '[]') from bulk_parts p where p.bulk = bulk.id) as datasets from bulk`

export interface BulkDbRow {
  readonly id: string
  readonly ordinal: number
  readonly action: BulkAction
  readonly query: string
  readonly reason: string
  readonly actor: string
  readonly made_at: Date
  readonly records: number
  readonly done: number
  readonly skipped: number
  readonly parts: number
  readonly parts_done: number
  readonly failed: string | null
  readonly undoes: string | null
  readonly undone_by: string | null
  readonly approval: BulkRow['approval']
  readonly approved_by: string | null
  readonly datasets: readonly string[]
}

export function toBulk(row: BulkDbRow): BulkRow {
  return {
    id: row.id,
    ordinal: row.ordinal,
    action: row.action,
    query: fromText(row.query),
    reason: fromText(row.reason),
    actor: fromText(row.actor),
    madeAt: row.made_at,
    records: row.records,
    done: row.done,
    skipped: row.skipped,
    parts: row.parts,
    partsDone: row.parts_done,
    failed: row.failed,
    undoes: row.undoes,
    undoneBy: row.undone_by,
    approval: row.approval,
    approvedBy: row.approved_by === null ? null : fromText(row.approved_by),
    datasets: row.datasets.map(fromText),
  }
}
