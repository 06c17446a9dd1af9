import { createHash } from 'node:crypto'
import { isAppError, reportOf } from '#core/errors.ts'
import type { ReviewRow } from '#runtime/catalog/catalog.ts'
import type { BulkPart } from '#runtime/catalog/console/bulk.ts'
import type { BulkRow } from '#runtime/catalog/console/bulk-rows.ts'
import type { SigningSystem } from '../system.ts'
import { recordDecision, recordUndo } from './reviews.ts'

export interface BulkRun {
  /** Receives each recorded review, to carry it out; resolves when that is done. */
  readonly carry: (review: ReviewRow) => Promise<void>
  readonly onProgress?: ((row: BulkRow) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Carries out a decision over a query, part by part, in the name of the person who made it. A part is one review, whose id
 * follows from the decision and the part: after a crash the same call continues, and decides nothing twice. Records that
 * somebody else decided meanwhile are skipped. A failure stops it, with its code in the row.
 */
export async function runBulk(
  system: SigningSystem,
  row: BulkRow,
  { carry, onProgress, signal }: BulkRun,
): Promise<void> {
  const { bulk } = system.catalog.console
  const acting = { ...system, actor: row.actor }
  try {
    for (;;) {
      if (signal?.aborted === true) return
      const part = await bulk.nextPart(row.id)
      if (part === null) return
      await bulk.partDone(row.id, part.part, await decidePart(acting, row, part, carry))
      const now = await bulk.get(row.id)
      if (now !== null) onProgress?.(now)
    }
  } catch (error) {
    if (signal?.aborted === true) return
    await bulk.stopped(row.id, reportOf(error).code, row.actor)
    const now = await bulk.get(row.id)
    if (now !== null) onProgress?.(now)
  }
}

interface PartOutcome {
  readonly review: string | null
  readonly skipped: number
}

async function decidePart(
  system: SigningSystem,
  row: BulkRow,
  part: BulkPart,
  carry: BulkRun['carry'],
): Promise<PartOutcome> {
  const id = partReview(row.id, part.part)
  const there = await system.catalog.reviews.get(id)
  const made = there ?? (await (row.action === 'undo' ? undo(system, row, part, id) : decide(system, row, part, id)))
  if (made === null) return { review: null, skipped: part.size }
  await carry(made)
  return { review: made.id, skipped: part.size - made.records.length }
}

/** Null if nothing of the part is left to decide. */
async function decide(system: SigningSystem, row: BulkRow, part: BulkPart, id: string): Promise<ReviewRow | null> {
  const action = row.action === 'release' ? 'release' : 'reject'
  let records: readonly string[] | undefined = part.open
  for (;;) {
    if (records === undefined || records.length === 0) return null
    try {
      return await recordDecision(system, { id, dataset: part.dataset, action, records, reason: row.reason })
    } catch (error) {
      // somebody else decided one of them first: decide the rest
      const isTaken = isAppError(error, 'conflict') && (error.reason === 'wrong_standing' || error.reason === 'held')
      const left = isTaken ? (await system.catalog.console.bulk.nextPart(row.id))?.open : undefined
      if (left === undefined || left.length >= records.length) throw error
      records = left
    }
  }
}

/** Null if somebody has undone it already. */
async function undo(system: SigningSystem, row: BulkRow, part: BulkPart, id: string): Promise<ReviewRow | null> {
  const undone = part.undoes === null ? null : await system.catalog.reviews.get(part.undoes)
  if (undone === null || undone.undoneBy !== null) return null
  return recordUndo(system, { id, undoes: undone.id, reason: row.reason })
}

function partReview(bulk: string, part: number): string {
  const hex = createHash('sha256').update(`${bulk}/${part}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}
