import { AppError } from '#core/errors.ts'
import type { ObjectRef } from '#core/vault.ts'
import type { Segment, WindowState } from '#core/window.ts'
import type { WindowRow } from './catalog.ts'
import type { Queryable } from './sql.ts'
import { fromText } from './text.ts'

/** The window, locked until the transaction ends. Throws `not_found`. */
export async function lockWindow(tx: Queryable, id: string): Promise<WindowRow> {
  const [row] = await tx.query<WindowDbRow>('select * from windows where id = $1 for update', [id])
  if (row === undefined) throw new AppError('not_found', `no window ${id}`)
  return toWindow(row)
}

export async function findWindow(on: Queryable, id: string): Promise<WindowRow | null> {
  const [row] = await on.query<WindowDbRow>('select * from windows where id = $1', [id])
  return row === undefined ? null : toWindow(row)
}

export async function requireWindow(on: Queryable, id: string): Promise<WindowRow> {
  const window = await findWindow(on, id)
  if (window === null) throw new AppError('not_found', `no window ${id}`)
  return window
}

export interface WindowDbRow {
  readonly id: string
  readonly dataset: string
  readonly ordinal: number
  readonly source: string
  /** Segments are stored as text within JSON, because positions are the source's own and may contain anything. */
  readonly segments: readonly Segment[]
  readonly contract: string
  readonly state: WindowState
  readonly records: number
  readonly dead_letters: number
  readonly admitted: number
  readonly quarantined: number
  readonly rejected: number
  readonly staged: ObjectRef
  readonly dead_letter_object: ObjectRef | null
  readonly scores: ObjectRef | null
  readonly manifest: number | null
  readonly attempts: number
  readonly last_error: string | null
  readonly staged_at: Date
  readonly scanned_at: Date | null
  readonly committed_at: Date | null
}

export function toWindow(row: WindowDbRow): WindowRow {
  const { admitted, quarantined, rejected, records, dead_letters: deadLetters } = row
  return {
    id: row.id,
    dataset: fromText(row.dataset),
    source: fromText(row.source),
    segments: row.segments.map(({ partition, from, to }) => ({
      partition: fromText(partition),
      from: fromText(from),
      to: fromText(to),
    })),
    records,
    deadLetters,
    contract: row.contract,
    ordinal: row.ordinal,
    state: row.state,
    staged: toRef(row.staged),
    deadLetterObject: row.dead_letter_object && toRef(row.dead_letter_object),
    scores: row.scores && toRef(row.scores),
    counts: { received: records + deadLetters, admitted, quarantined, rejected, deadLettered: deadLetters },
    manifest: row.manifest,
    attempts: row.attempts,
    lastError: row.last_error,
    stagedAt: row.staged_at,
    scannedAt: row.scanned_at,
    committedAt: row.committed_at,
  }
}

function toRef({ path, sha256, size, kid }: ObjectRef): ObjectRef {
  return { path, sha256, size, kid }
}
