import { AppError } from '#core/errors.ts'
import type { Provenance } from '#core/record.ts'
import { relabelReason } from '#core/relabel.ts'
import { VALUED_FIELDS, type HeldFilter, type HeldRow, type ValuedField } from '#runtime/catalog/console/held.ts'
import { isInScope } from '#runtime/catalog/console/scope.ts'
import { explainRecord } from '#app/operations/explain.ts'
import { openAttachment, openHeld, openNeighbours } from '#app/operations/held.ts'
import { recordDecision } from '#app/operations/reviews.ts'
import type { SigningSystem } from '#app/system.ts'
import { completeQuery } from '#console/api/query/complete.ts'
import { ageSeconds } from '#console/api/query/fields.ts'
import { parseQuery } from '#console/api/query/parse.ts'
import type { RECORD_ROUTES } from '#console/api/records.ts'
import { permits, scopesWith, type Permission, type RecordScope } from '#console/api/roles.ts'
import type { Who } from '../access/who.ts'
import type { Carrier } from '../carrier.ts'
import type { Handlers } from '../call.ts'
import {
  checkDataset,
  cursorOf,
  etagOf,
  issueOf,
  keyOf,
  opinionOut,
  pageOf,
  PLACE,
  placeOf,
  recordOf,
  reviewOf,
  sampleOut,
  within,
} from './shapes.ts'

export function recordAnswers(carrier: Carrier): Handlers<keyof typeof RECORD_ROUTES> {
  return {
    async 'records.list'({ who, system, query }) {
      const { held } = system.catalog.console
      const { q, sort, direction, cursor, limit } = query
      const filter = filterOf(q, within(who, 'view'))
      const after = cursorOf(cursor, PLACE, placeOf)
      const rows = await held.page(filter, { sort, direction, after, limit: limit + 1 })
      return { ...pageOf(rows, limit, keyOf, recordOf), count: await held.count(filter) }
    },

    async 'records.complete'({ who, system, query }) {
      const { held } = system.catalog.console
      const completions = await completeQuery(query.q, query.at, async (field, beginning) =>
        isValued(field) ? held.values(field, beginning, within(who, 'view'), 12) : [],
      )
      return { problems: [...parseQuery(query.q).problems], completions: [...completions] }
    },

    'records.show': async ({ who, system, params }) => recordOf(await rowOf(system, who, 'view', params.record)),

    async 'records.sample'({ who, system, params }) {
      const row = await rowOf(system, who, 'sample.open', params.record)
      const { sample, warnings, issues, campaign, unscanned, provenance, attachments } = await openHeld(system, row)
      return {
        sample: sampleOut(sample),
        warnings: [...warnings],
        issues: issues.map(issueOf),
        // its summary is about all of its records
        campaign: permits(who.grants, 'view', row.dataset) ? campaign : null,
        unscanned,
        provenance: provenanceOut(provenance),
        attachments: attachments.map(({ path, bytes, sound }) => ({ path, size: bytes.length, sound })),
      }
    },

    async 'records.attachment'({ who, system, params }) {
      const row = await rowOf(system, who, 'sample.open', params.record)
      const { bytes, sound } = await openAttachment(system, row, params.at)
      return new Response(new Uint8Array(bytes), {
        headers: {
          // no browser makes a page of it, and no name of the data is in a header
          'content-type': 'application/octet-stream',
          'content-disposition': `attachment; filename="${keyOf(row)}-${params.at}.${sound ?? 'bin'}"`,
        },
      })
    },

    async 'records.neighbours'({ who, system, params }) {
      const row = await rowOf(system, who, 'sample.open', params.record)
      // they are others' records
      checkDataset(who, 'sample.open', row.dataset, 'the nearest records are not shown to you', 'part_of_dataset')
      const found = await openNeighbours(system, row)
      return {
        items: found.map(({ id, label, distance, sample }) => ({
          record: id,
          label,
          distance,
          sample: sampleOut(sample),
        })),
      }
    },

    async 'records.explain'({ who, system, params }) {
      const row = await rowOf(system, who, 'view', params.record)
      const found = await explainRecord(system, row.record, row.dataset)
      const { manifest, contract, policy, seed, certified, decision, rederived } = found
      return {
        manifest,
        contract,
        policy,
        seed,
        detectors: found.detectors.map((detector) => ({ ...detector })),
        certified,
        issues: found.issues.map(issueOf),
        decision,
        rederived: { ...rederived, decision: rederived.decision ?? null },
        provenance: provenanceOut(found.provenance),
      }
    },

    async 'records.history'({ who, system, params }) {
      const row = await rowOf(system, who, 'view', params.record)
      const { lists, held, discussion, opinions } = system.catalog.console
      const looks = await held.looks(row)
      if (isInScope(scopesWith(who.grants, 'record.decide'), row) && (await opinions.isAsked(row, who.person)))
        return { reviews: [], looks, notes: [], opinions: [], isBlind: true }
      const notes = await discussion.notes(row)
      return {
        // of a decision over many, how many there were is for who may see them
        reviews: (await lists.reviewsOf(row)).map((head) => ({
          ...reviewOf(head),
          ...(!permits(who.grants, 'view', row.dataset) && { records: 1 }),
        })),
        looks,
        opinions: (await opinions.of(row)).map(opinionOut),
        isBlind: false,
        notes: notes.map(({ id, by, at, text }) => ({ id, by, at: at.toISOString(), text })),
      }
    },

    async 'records.decide'({ who, system, params, body, id, ifMatch }) {
      const row = await rowOf(system, who, 'record.decide', params.record)
      // a repeat of what was decided finds it changed: by itself
      if ((await system.catalog.reviews.get(id)) === null) checkShown(row, ifMatch)
      const { action, label, reason } = body
      const review = await recordDecision(system, {
        id,
        dataset: row.dataset,
        action: action === 'release' ? 'release' : 'reject',
        records: [row.record],
        reason: label === undefined ? reason : relabelReason(label, reason),
      })
      void carrier.carry(review)
      const head = await system.catalog.console.lists.review(review.id)
      if (head === null) throw new AppError('conflict', 'the decision was withdrawn meanwhile')
      return { review: reviewOf(head), record: recordOf(await rowOf(system, who, 'view', params.record)) }
    },

    async 'records.note'({ who, system, params, body, id }) {
      const row = await rowOf(system, who, 'record.annotate', params.record)
      const note = await system.catalog.console.discussion.note(row, { id, by: who.person, text: body.text })
      return { id: note.id, by: note.by, at: note.at.toISOString(), text: note.text }
    },

    async 'records.assign'({ who, system, params, body, ifMatch, live }) {
      const row = await rowOf(system, who, 'record.annotate', params.record)
      const { discussion } = system.catalog.console
      const isAsShown = (now: HeldRow) => etagOf(now) === ifMatch
      const changed = await discussion.assign(row, body.assignee, who.person, isAsShown)
      const data = { record: keyOf(row), dataset: row.dataset }
      live.publish({ name: 'record.assigned', data, permission: 'view', dataset: row.dataset })
      return recordOf(changed)
    },
  }
}

/** What a query asks of the catalog. Throws `invalid` (`query`) that says where it goes wrong. */
export function filterOf(text: string, scopes: readonly RecordScope[] | null): HeldFilter {
  const { terms, problems } = parseQuery(text)
  const [problem] = problems
  if (problem !== undefined)
    throw new AppError('invalid', `the query goes wrong at ${problem.from}: ${problem.message}`, { reason: 'query' })
  return {
    datasets: null,
    within: scopes,
    terms: terms.map(({ field, negated, operator, values }) => ({
      field,
      negated,
      operator,
      values: field === 'held' ? values.map((age) => String(ageSeconds(age) ?? 0)) : values,
    })),
  }
}

/** Throws `not_found` for a record of a dataset that they may not see, as for one that is not there. */
export async function rowOf(
  { catalog }: SigningSystem,
  who: Who,
  permission: Permission,
  key: string,
): Promise<HeldRow> {
  const missing = `there is no held record ${key}`
  const row = await catalog.console.held.get(placeOf(key))
  if (row === null) throw new AppError('not_found', missing)
  if (isInScope(scopesWith(who.grants, permission), row)) return row
  if (!isInScope(scopesWith(who.grants, 'view'), row)) throw new AppError('not_found', missing)
  throw new AppError('denied', `none of your roles permits this over this record: it takes ${permission}`, {
    reason: 'not_permitted',
  })
}

function checkShown(row: HeldRow, ifMatch: string): void {
  if (etagOf(row) === ifMatch) return
  throw new AppError('conflict', 'the record has changed since it was shown: look at it again', { reason: 'stale' })
}

function provenanceOut({ source, partition, position, contributor }: Provenance) {
  return { source, partition, position, contributor: contributor ?? null }
}

function isValued(field: string): field is ValuedField {
  return VALUED_FIELDS.some((valued) => valued === field)
}
