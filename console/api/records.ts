import { z } from 'zod'
import { DECISIONS, policySchema } from '#core/decision.ts'
import { FAMILIES } from '#core/score.ts'
import { STANDINGS, COMPLETED, DIRECTIONS, SORTS, SOUNDS, VERDICTS } from './closed-lists.ts'
import { count, LIMITS, name, page, pageQuery, query, recordKey, reviewId, time, windowId } from './common.ts'
import { decisionBody, reviewSchema } from './decisions.ts'
import type { Route } from './route.ts'
import { sampleSchema, sampleWarnings } from './sample.ts'

export const recordRow = z
  .strictObject({
    key: recordKey,
    record: z.string().describe('Its id, which came with the data.'),
    dataset: name,
    window: windowId,
    index: count,
    risk: z.number().nullable().describe('Null where no detector looked at it.'),
    decision: z.enum(DECISIONS).describe('Of the scan; `admit` for what was recalled after it was admitted.'),
    standing: z.enum(STANDINGS).describe('Now.'),
    pending: reviewId.nullable().describe('The decision that is being carried out over it.'),
    families: z.array(z.enum(FAMILIES)),
    campaign: z.string().nullable(),
    contributor: z.string().nullable(),
    label: z.string().nullable(),
    heldAt: time,
    assignee: name.nullable(),
    notes: count,
    etag: z.string().describe('What `If-Match` takes.'),
  })
  .meta({ id: 'HeldRecord' })

const issue = z.strictObject({
  family: z.enum(FAMILIES),
  score: z.number(),
  why: z.string(),
  by: z
    .array(z.string())
    .describe('Detectors that speak against it, the loudest first; none in what was scanned before they were kept.'),
})
const provenance = z.strictObject({
  source: z.string(),
  partition: z.string(),
  position: z.string(),
  contributor: z.string().nullable(),
})

export const opinionSchema = z
  .strictObject({
    id: z.string(),
    by: name,
    at: time,
    verdict: z.enum(VERDICTS),
    label: z.string().nullable(),
    reason: z.string(),
  })
  .meta({ id: 'Opinion' })

const note = z.strictObject({ id: z.string(), by: name, at: time, text: z.string() })

const params = z.strictObject({ record: recordKey })

export const RECORD_ROUTES = {
  'records.list': {
    method: 'GET',
    path: '/v1/records',
    permission: 'view',
    says: 'held records that a query finds, without their content',
    query: z.strictObject({
      q: query,
      sort: z.enum(SORTS).default('risk'),
      direction: z
        .enum(DIRECTIONS)
        .optional()
        .describe('Without it risk descends and all else ascends; `held` ascends from what is held longest.'),
      ...pageQuery,
    }),
    answer: page(recordRow).extend({ count: count.describe('Of all that the query finds.') }),
  },
  'records.complete': {
    method: 'GET',
    path: '/v1/records/complete',
    permission: 'view',
    says: 'how a query may go on at a place in it, and what is wrong with it',
    query: z.strictObject({ q: query, at: z.coerce.number().int().min(0).max(LIMITS.queryCharacters) }),
    answer: z.strictObject({
      problems: z.array(z.strictObject({ from: count, to: count, message: z.string() })),
      completions: z
        .array(z.strictObject({ from: count, to: count, text: z.string(), kind: z.enum(COMPLETED), says: z.string() }))
        .describe('Put `text` in place of what stands from `from` to `to`.'),
    }),
  },
  'records.show': {
    method: 'GET',
    path: '/v1/records/{record}',
    permission: 'view',
    says: 'a held record without its content; `ETag` is what a decision over it takes',
    params,
    answer: recordRow,
  },
  'records.sample': {
    method: 'GET',
    path: '/v1/records/{record}/sample',
    permission: 'sample.open',
    says: 'a held record as it is, decrypted for this answer alone; the look is audited',
    params,
    answer: z.strictObject({
      sample: sampleSchema,
      warnings: sampleWarnings,
      issues: z.array(issue).describe('Strongest first.'),
      campaign: z.strictObject({ id: z.string(), summary: z.string() }).nullable(),
      attachments: z
        .array(z.strictObject({ path: z.string(), size: count, sound: z.enum(SOUNDS).nullable() }))
        .describe(
          'Bytes that it holds besides, eight at most; what they are by how they begin, null where nothing plays it.',
        ),
      unscanned: z.string().nullable().describe('Why no detector looked at it, where none did.'),
      provenance,
    }),
  },
  'records.attachment': {
    method: 'GET',
    path: '/v1/records/{record}/attachments/{at}',
    permission: 'sample.open',
    says: 'bytes that a held record holds, as unknown ones to download whatever they are; the look is audited',
    params: params.extend({ at: z.coerce.number().int().min(0).max(7) }),
    answer: 'bytes',
  },
  'records.neighbours': {
    method: 'GET',
    path: '/v1/records/{record}/neighbours',
    permission: 'sample.open',
    says: 'the admitted records of the window that are nearest to it, nearest first',
    params,
    answer: z.strictObject({
      items: z.array(
        z.strictObject({
          record: z.string(),
          label: z.string().nullable(),
          distance: z.number(),
          sample: sampleSchema,
        }),
      ),
    }),
  },
  'records.explain': {
    method: 'GET',
    path: '/v1/records/{record}/explanation',
    permission: 'view',
    says: 'all that its decision came from, derived again from what is stored',
    params,
    answer: z.strictObject({
      manifest: z.strictObject({ path: z.string(), sha256: z.string() }).nullable(),
      contract: z.string().nullable(),
      policy: policySchema,
      seed: z.number(),
      detectors: z.array(z.strictObject({ name: z.string(), family: z.enum(FAMILIES), version: z.int() })),
      certified: z.boolean(),
      issues: z.array(issue),
      decision: z.enum(DECISIONS),
      rederived: z.strictObject({ decision: z.enum(DECISIONS).nullable(), wholeWindowAgrees: z.boolean() }),
      provenance,
    }),
  },
  'records.history': {
    method: 'GET',
    path: '/v1/records/{record}/history',
    permission: 'view',
    says: 'what was decided over it and who looked at it, and what was written about it, oldest first',
    params,
    answer: z.strictObject({
      reviews: z.array(reviewSchema),
      looks: z.array(z.strictObject({ by: z.string(), at: time })),
      notes: z.array(note),
      opinions: z.array(opinionSchema),
      isBlind: z
        .boolean()
        .describe(
          'Whoever is asked for an opinion is told what others did and said once they gave theirs: until then nothing.',
        ),
    }),
  },
  'records.decide': {
    method: 'POST',
    path: '/v1/records/{record}/decisions',
    permission: 'record.decide',
    says: 'releases, rejects or relabels it; a relabelled record is rejected, and listed to be delivered again',
    params,
    body: decisionBody,
    answer: z.strictObject({ review: reviewSchema, record: recordRow }),
    status: 201,
    ifMatch: true,
  },
  'records.note': {
    method: 'POST',
    path: '/v1/records/{record}/notes',
    permission: 'record.annotate',
    says: 'writes a note into its discussion',
    params,
    body: z.strictObject({ text: z.string().trim().min(1).max(LIMITS.noteCharacters) }),
    answer: note,
    status: 201,
  },
  'records.assign': {
    method: 'PUT',
    path: '/v1/records/{record}/assignee',
    permission: 'record.annotate',
    says: 'says who is to decide over it; null is nobody',
    params,
    body: z.strictObject({ assignee: name.nullable() }),
    answer: recordRow,
    ifMatch: true,
  },
} as const satisfies Record<string, Route>
