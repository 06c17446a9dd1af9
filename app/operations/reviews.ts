import { randomUUID } from 'node:crypto'
import { AppError, isAppError, isRetryable } from '#core/errors.ts'
import type { FlaggedFilter, FlaggedRow, NewAdmitted, NewReview, ReviewRow } from '#runtime/catalog/catalog.ts'
import { reviewDigest } from '#runtime/catalog/review-digest.ts'
import { sealReview, signReview } from '#services/encrypt/decision.ts'
import { applyReview, withdrawReview } from '#services/encrypt/review.ts'
import type { SigningSystem, System } from '../system.ts'

/**
 * The records in quarantine that a filter selects, riskiest first. Throws `invalid` for a filter without conditions, and
 * `not_found` if a record that it names by id is not in quarantine.
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
  /** The reason, for the audit log. */
  readonly reason: string
  /** The id of the review: repeating a decision under the same id is one decision. If absent, a new id is made. */
  readonly id?: string | undefined
}

/**
 * Releases or rejects records of one dataset, as one review. Throws `conflict` if a record is no longer in quarantine,
 * `not_found` if there is no such record.
 */
export function reviewRecords(system: SigningSystem, decision: ReviewDecision): Promise<ReviewRow> {
  return carryOut(system, decided(system, decision))
}

/**
 * Signs and records the same decision without carrying it out, which `applyReview` or the sweeper does. May be repeated under
 * one id. Throws as `reviewRecords` does, and `conflict` (`idempotency_reused`) if the id belongs to another decision.
 */
export function recordDecision(system: SigningSystem, decision: ReviewDecision): Promise<ReviewRow> {
  return recordReview(system, decided(system, decision))
}

/** Records the undoing of a review. Throws as `undoReview` and `recordDecision` do. */
export async function recordUndo(
  system: SigningSystem,
  { id, undoes, reason }: { readonly id: string; readonly undoes: string; readonly reason: string },
): Promise<ReviewRow> {
  const { dataset, records } = await reviewNamed(system, undoes)
  return recordReview(system, { id, dataset, action: 'undo', undoes, records, reason, actor: system.actor })
}

/**
 * Carries out a recorded review. Throws what the store and the key services do; where they refuse or are away, the error also
 * says that the decision stands all the same, how it is carried out, and how it is taken back.
 */
export async function carryOutReview(system: SigningSystem, review: ReviewRow): Promise<void> {
  try {
    await applyReview(review, system)
  } catch (error) {
    if (!isAppError(error) || !(isRetryable(error) || error.code === 'denied')) throw error
    const stands = `The decision is recorded, and \`credence run\` or the sweeper carries it out once it can; to take it back: credence quarantine withdraw ${review.id} --reason '…'`
    throw new AppError(error.code, `${error.message}. ${stands}`, { cause: error, reason: error.reason })
  }
}

function decided({ actor }: SigningSystem, decision: ReviewDecision): NewReview {
  const { dataset, action, records, reason, id = randomUUID() } = decision
  return { id, dataset, action, records, reason, undoes: null, actor }
}

/** Undoes a review. Throws `not_found` if there is no such review, `conflict` if it cannot be undone. */
export async function undoReview(system: SigningSystem, undoes: string, reason: string): Promise<ReviewRow> {
  const { dataset, records } = await reviewNamed(system, undoes)
  return carryOut(system, { id: randomUUID(), dataset, action: 'undo', undoes, records, reason, actor: system.actor })
}

/**
 * Withdraws a decision that is recorded but not carried out, for example one that nobody made. Throws `not_found` if there is no
 * such review, `conflict` if it is carried out.
 */
export async function withdraw(system: SigningSystem, review: string, reason: string): Promise<ReviewRow> {
  const row = await reviewNamed(system, review)
  await withdrawReview(row, { actor: system.actor, reason }, system)
  return row
}

async function reviewNamed({ catalog }: SigningSystem, id: string): Promise<ReviewRow> {
  const review = await catalog.reviews.get(id)
  if (review === null) throw new AppError('not_found', `there is no review ${id}`)
  return review
}

/** Signs and records a review, then carries it out. After a crash in between, the sweeper or the next command finishes it. */
async function carryOut(system: SigningSystem, review: NewReview): Promise<ReviewRow> {
  const row = await recordReview(system, review)
  await carryOutReview(system, row)
  return row
}

/**
 * Signs and records a review of any kind; `admitted` has the rows that a recall adds. May be repeated under one id. Throws
 * `conflict` (`idempotency_reused`) if the id belongs to another review, and what `reviews.add` throws.
 */
export async function recordReview(
  system: SigningSystem,
  review: NewReview,
  admitted: readonly NewAdmitted[] = [],
): Promise<ReviewRow> {
  const { catalog, signer, keys, step, events } = system
  const there = await catalog.reviews.get(review.id)
  if (there !== null) {
    if (reviewDigest(there) === reviewDigest(review)) return there
    throw new AppError('conflict', 'this Idempotency-Key was used for another decision', {
      reason: 'idempotency_reused',
    })
  }
  const row = await step('review.add', async () =>
    catalog.reviews.add(await sealReview(await signReview(review, signer), keys), admitted),
  )
  const { dataset, id, records } = row
  events.emit('review.added', { dataset, review: id, records: records.length })
  return row
}
