import { AppError } from '#core/errors.ts'
import { relabelReason } from '#core/relabel.ts'
import { canonicalJson } from '#core/value.ts'
import type { BulkRow } from '#runtime/catalog/console/bulk-rows.ts'
import { recordUndo } from '#app/operations/reviews.ts'
import type { SigningSystem } from '#app/system.ts'
import type { DECISION_ROUTES } from '#console/api/decisions.ts'
import { isLimited, permits, scopesWith, type Permission } from '#console/api/roles.ts'
import { hashOf } from '../access/secrets.ts'
import type { Who } from '../access/who.ts'
import type { BulkWork } from '../bulk-work.ts'
import type { Handlers } from '../call.ts'
import type { Carrier } from '../carrier.ts'
import { filterOf } from './records.ts'
import { among, bulkOut, checkDataset, cursorOf, ORDINAL, pageOf, reviewOf, within } from './shapes.ts'

/** `releaseAlone`: how many records one person may release at once; absent where there is nobody else. */
export function decisionAnswers(
  carrier: Carrier,
  work: BulkWork,
  releaseAlone?: number,
): Handlers<keyof typeof DECISION_ROUTES> {
  return {
    async 'reviews.list'({ who, system, query }) {
      const { limit, cursor, dataset, action } = query
      const rows = await system.catalog.console.lists.reviews({
        datasets: among(who, 'view', dataset),
        action,
        after: cursorOf(cursor, ORDINAL, Number),
        limit: limit + 1,
      })
      return pageOf(rows, limit, ({ ordinal }) => String(ordinal), reviewOf)
    },

    async 'reviews.undo'({ who, system, params, body, id }) {
      const { lists } = system.catalog.console
      const missing = `there is no review ${params.review}`
      const undone = await lists.review(params.review)
      if (undone === null) throw new AppError('not_found', missing)
      const scopes = scopesWith(who.grants, 'record.decide')
      if (scopes !== null && !(await lists.isWithin({ review: undone.id }, scopes))) {
        if (!permits(who.grants, 'view', undone.dataset)) throw new AppError('not_found', missing)
        checkDataset(who, 'record.decide', undone.dataset, missing)
      }
      const review = await recordUndo(system, { id, undoes: params.review, reason: body.reason })
      void carrier.carry(review)
      const head = await lists.review(review.id)
      if (head === null) throw new AppError('conflict', 'the decision was withdrawn meanwhile')
      return reviewOf(head)
    },

    async 'bulk.preview'({ who, system, body }) {
      const { held, bulk } = system.catalog.console
      const filter = openFilter(body.q, who)
      const { records, lowestRisk, by } = await held.breakdown(filter, 50)
      return {
        records,
        lowestRisk,
        datasets: by.dataset.map(({ value, count }) => ({ dataset: value ?? '', records: count })),
        contributors: by.contributor.map(({ value, count }) => ({ contributor: value, records: count })),
        campaigns: by.campaign.map(({ value, count }) => ({ campaign: value, records: count })),
        digest: await bulk.digest(filter),
        takesTwo: releaseAlone !== undefined && (await bulk.takesTwo(filter, aloneBy(who, releaseAlone) ?? 0)),
      }
    },

    async 'bulk.decide'({ who, system, body, id }) {
      const { q, digest, action, label } = body
      const reason = label === undefined ? body.reason : relabelReason(label, body.reason)
      const asked = { q, digest, action, reason, by: who.person }
      const row = await system.catalog.console.bulk.add(
        { id, digest: hashOf(canonicalJson(asked)), query: q, action, reason, actor: who.person },
        openFilter(q, who),
        digest,
        aloneBy(who, releaseAlone),
      )
      if (row.approval === null || row.approval === 'given') work.start(row)
      else work.tell(row)
      return bulkOut(row)
    },

    async 'bulk.list'({ who, system, query }) {
      const { limit, cursor } = query
      const rows = await system.catalog.console.bulk.list({
        after: cursorOf(cursor, ORDINAL, Number),
        limit: limit + 1,
      })
      const { items, next } = pageOf(
        rows,
        limit,
        ({ ordinal }) => String(ordinal),
        (row) => row,
      )
      const seen = await Promise.all(items.map(async (row) => ((await isSeen(system, who, 'view', row)) ? [row] : [])))
      return { items: seen.flat().map(bulkOut), next }
    },

    'bulk.show': async ({ who, system, params }) => bulkOut(await bulkOf(system, who, 'view', params.bulk)),

    async 'bulk.approve'({ who, system, params }) {
      await bulkOf(system, who, 'record.decide', params.bulk)
      const row = await system.catalog.console.bulk.approve(params.bulk, who.person)
      work.start(row)
      return bulkOut(row)
    },

    async 'bulk.refuse'({ who, system, params }) {
      await bulkOf(system, who, 'record.decide', params.bulk)
      const row = await system.catalog.console.bulk.refuse(params.bulk, who.person)
      work.tell(row)
      return bulkOut(row)
    },

    async 'bulk.resume'({ who, system, params }) {
      const row = await bulkOf(system, who, 'record.decide', params.bulk)
      if (row.approval === 'asked' || row.approval === 'refused') {
        throw new AppError('conflict', `decision ${row.id} over a query was not approved`)
      }
      if (row.failed !== null) await system.catalog.console.bulk.stopped(row.id, null, who.person)
      const now = await bulkOf(system, who, 'record.decide', params.bulk)
      work.start(now)
      return bulkOut(now)
    },

    async 'bulk.undo'({ who, system, params, body, id }) {
      const row = await bulkOf(system, who, 'record.decide', params.bulk)
      const asked = { undoes: row.id, reason: body.reason, by: who.person }
      const undo = await system.catalog.console.bulk.addUndo(
        { id, digest: hashOf(canonicalJson(asked)), query: row.query, reason: body.reason, actor: who.person },
        row.id,
      )
      work.start(undo)
      return bulkOut(undo)
    },
  }
}

/** A query over what a decision may be made over, in the datasets over which this person decides. */
function openFilter(q: string, who: Who) {
  const { terms, ...over } = filterOf(q, within(who, 'record.decide'))
  const fixed = { negated: false, operator: '=' } as const
  return {
    ...over,
    terms: [
      ...terms,
      { field: 'standing', ...fixed, values: ['quarantined'] } as const,
      { field: 'is', ...fixed, negated: true, values: ['pending'] } as const,
    ],
  }
}

async function bulkOf({ catalog }: SigningSystem, who: Who, permission: Permission, id: string): Promise<BulkRow> {
  const missing = `there is no decision ${id} over a query`
  const row = await catalog.console.bulk.get(id)
  if (row === null) throw new AppError('not_found', missing)
  if (await isSeen({ catalog }, who, permission, row)) return row
  for (const dataset of row.datasets) checkDataset(who, permission, dataset, missing)
  throw new AppError('not_found', missing)
}

/** Whether all of its records are theirs: one that is limited to some is told of nothing that reaches further. */
async function isSeen({ catalog }: Pick<SigningSystem, 'catalog'>, who: Who, permission: Permission, row: BulkRow) {
  if (row.datasets.every((dataset) => permits(who.grants, permission, dataset))) return true
  const scopes = scopesWith(who.grants, permission)
  return scopes === null || catalog.console.lists.isWithin({ bulk: row.undoes ?? row.id }, scopes)
}

/** Who sees a part of a campaign cannot be told whether it is all of it: each of their releases waits for a second person. */
function aloneBy(who: Who, releaseAlone: number | undefined): number | undefined {
  return releaseAlone === undefined || !who.grants.some(isLimited) ? releaseAlone : 0
}
