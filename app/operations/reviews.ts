import { randomUUID } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { FlaggedFilter, FlaggedRow, NewReview, ReviewRow } from '#runtime/catalog/catalog.ts'
import { applyReview } from '#services/encrypt/review.ts'
import type { SigningSystem, System } from '../system.ts'

/**
 * The records in quarantine that a filter names, riskiest first. Throws `invalid` for a filter that names nothing, and
 * `not_found` where a record that it names by id is not in quarantine.
 */
export async function inQuarantine(
  { catalog }: Pick<System, 'catalog'>,
  filter: Omit<FlaggedFilter, 'standing'>,
): Promise<FlaggedRow[]> {
  if (Object.values(filter).every((value) => value === undefined))
    throw new AppError('invalid', 'a review names records, a campaign, or a query')
  const rows = await catalog.flagged.list({ ...filter, standing: 'quarantined' })
  const found = new Set(rows.map(({ record }) => record))
  const missing = (filter.records ?? []).filter((id) => !found.has(id))
  if (missing.length > 0)
    throw new AppError('not_found', `not in quarantine: ${missing.join(', ')}; nothing was changed`)
  return rows
}

export interface ReviewDecision {
  readonly dataset: string
  readonly action: 'release' | 'reject'
  readonly records: readonly string[]
  /** Why, for the audit log. */
  readonly reason: string
}

/**
 * Releases or rejects records of one dataset, as one review. Throws `conflict` where a record is not in quarantine any more,
 * `not_found` where there is none.
 */
export function reviewRecords(system: SigningSystem, decision: ReviewDecision): Promise<ReviewRow> {
  return carryOut(system, { ...decision, id: randomUUID(), undoes: null, actor: system.actor })
}

/** Puts back what a review did. Throws `not_found` without such a review, `conflict` where it cannot be undone. */
export async function undoReview(system: SigningSystem, undoes: string, reason: string): Promise<ReviewRow> {
  const undone = await system.catalog.reviews.get(undoes)
  if (undone === null) throw new AppError('not_found', `there is no review ${undoes}`)
  const { dataset, records } = undone
  return carryOut(system, { id: randomUUID(), dataset, action: 'undo', undoes, records, reason, actor: system.actor })
}

/** Recorded first, then done: a crash in between is finished by the sweeper, or by whichever command comes next. */
async function carryOut(system: SigningSystem, review: NewReview): Promise<ReviewRow> {
  const { catalog, step } = system
  const row = await step('review.add', () => catalog.reviews.add(review))
  await applyReview(row, system)
  return row
}
