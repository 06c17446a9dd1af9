import { createHash } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import { relabelIn } from '#core/relabel.ts'
import type { Issue } from '#core/score.ts'
import type { BulkRow } from '#runtime/catalog/console/bulk-rows.ts'
import type { ReviewHead } from '#runtime/catalog/console/lists.ts'
import type { HeldRow, Place } from '#runtime/catalog/console/held.ts'
import type { RedriveRow } from '#runtime/catalog/console/redrives.ts'
import type { Opinion } from '#app/operations/opinions.ts'
import type { Sample } from '#present/sample.ts'
import { datasetsWith, permits, scopesWith, type Permission, type RecordScope } from '#console/api/roles.ts'
import type { Who } from '../access/who.ts'

export function keyOf({ window, index }: Place): string {
  return `${window}-${index}`
}

/** The inverse of `keyOf`, of what its schema let through. */
export function placeOf(key: string): Place {
  return { window: key.slice(0, 32), index: Number(key.slice(33)) }
}

/** Changes with everything that a decision over the record depends on. */
export function etagOf({ standing, pending, assignee, revision }: HeldRow): string {
  return createHash('sha256')
    .update(JSON.stringify([standing, pending, assignee, revision]))
    .digest('base64url')
    .slice(0, 22)
}

export function recordOf(row: HeldRow) {
  const { record, dataset, window, index, decision, standing, pending, campaign, contributor, label, assignee, notes } =
    row
  return {
    key: keyOf(row),
    record,
    dataset,
    window,
    index,
    risk: row.scanned ? row.risk : null,
    decision,
    standing,
    pending,
    families: [...row.families],
    campaign,
    contributor,
    label,
    heldAt: row.heldAt.toISOString(),
    assignee,
    notes,
    etag: etagOf(row),
  }
}

export function sampleOut(sample: Sample) {
  if (sample.kind === 'image') return { ...sample, pixels: Buffer.from(sample.pixels).toString('base64') }
  if (sample.kind === 'text') return { ...sample, parts: [...sample.parts] }
  if (sample.kind === 'exchange')
    return { ...sample, turns: sample.turns.map((turn) => ({ ...turn, parts: [...turn.parts] })) }
  if (sample.kind === 'table') return { ...sample, cells: [...sample.cells] }
  return sample.kind === 'vector' ? { ...sample, values: sample.values.map(finite) } : sample
}

/** JSON has neither NaN nor an infinity. */
function finite(value: number): number {
  return Number.isFinite(value) ? value : 0
}

export function issueOf({ family, score, why, by = [] }: Issue) {
  return { family, score, why, by: [...by] }
}

export function reviewOf(head: ReviewHead) {
  const { id, dataset, action, undoes, records, reason, actor, state, undoneBy, createdAt } = head
  const relabel = relabelIn(reason)
  return { id, dataset, action, undoes, records, reason, relabel, actor, state, undoneBy, at: createdAt.toISOString() }
}

export function opinionOut({ id, person, verdict, label, reason, at }: Opinion) {
  return { id, by: person, at: at.toISOString(), verdict, label, reason }
}

export function bulkOut(row: BulkRow) {
  const { id, query, reason, actor, records, done, skipped, failed, undoes, undoneBy, approvedBy } = row
  return {
    id,
    action: row.action,
    q: query,
    reason,
    relabel: relabelIn(reason),
    by: actor,
    at: row.madeAt.toISOString(),
    state: bulkState(row),
    approvedBy,
    records,
    done,
    skipped,
    failed,
    undoes,
    undoneBy,
  } as const
}

function bulkState({ approval, failed, parts, partsDone, undoneBy }: BulkRow) {
  if (approval === 'asked' || approval === 'refused') return approval
  if (failed !== null) return 'stopped'
  if (partsDone < parts) return 'running'
  return undoneBy === null ? 'done' : 'undone'
}

export function redriveOut(row: RedriveRow) {
  const { id, dataset, askedBy, askedAt, state, says, total, recovered, waiting } = row
  const failed = Math.max(0, total - recovered - (state === 'running' ? waiting : 0))
  const counts = { total, recovered, failed, waiting: state === 'running' ? waiting : 0 }
  return { id, dataset, by: askedBy, at: askedAt.toISOString(), state, says, ...counts }
}

/** The datasets over which somebody may do it, within the one that they name; null is all. Empty finds nothing. */
export function among(who: Who, permission: Permission, dataset?: string): readonly string[] | null {
  const over = datasetsWith(who.grants, permission)
  if (dataset === undefined) return over
  return over === null || over.includes(dataset) ? [dataset] : []
}

/** The held records over which somebody may do it, within the dataset that they name; null is all. */
export function within(who: Who, permission: Permission, dataset?: string): readonly RecordScope[] | null {
  const scopes = scopesWith(who.grants, permission)
  if (dataset === undefined) return scopes
  if (scopes === null) return [{ datasets: [dataset], contributors: null, sensitivities: null }]
  return scopes.flatMap((scope) =>
    scope.datasets?.includes(dataset) === false ? [] : [{ ...scope, datasets: [dataset] }],
  )
}

/** Throws `not_found` where they may not see the dataset at all, `denied` (`not_permitted`) where only this is not theirs. */
export function checkDataset(
  who: Who,
  permission: Permission,
  dataset: string,
  missing: string,
  reason?: string,
): void {
  if (permits(who.grants, permission, dataset)) return
  if (!permits(who.grants, 'view', dataset)) throw new AppError('not_found', missing, { reason })
  throw new AppError('denied', `none of your roles permits this over ${dataset}: it takes ${permission}`, {
    reason: 'not_permitted',
  })
}

/** A page and where the next begins: one more than asked for was fetched, to know whether there is one. */
export function pageOf<Row, Item>(
  rows: readonly Row[],
  limit: number,
  cursor: (row: Row) => string,
  item: (row: Row) => Item,
): { items: Item[]; next: string | null } {
  const shown = rows.slice(0, limit)
  const last = shown.at(-1)
  return { items: shown.map(item), next: rows.length > limit && last !== undefined ? cursor(last) : null }
}

/** Throws `invalid` (`request`) for what is no cursor of this list. */
export function cursorOf<T>(cursor: string | undefined, form: RegExp, read: (cursor: string) => T): T | undefined {
  if (cursor === undefined) return undefined
  if (!form.test(cursor)) throw new AppError('invalid', 'this is no cursor of this list', { reason: 'request' })
  return read(cursor)
}

export const PLACE = /^[0-9a-f]{32}-\d{1,9}$/
export const ORDINAL = /^\d{1,15}$/
