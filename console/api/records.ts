import { z } from 'zod'
import { DECISIONS, policySchema } from '#core/decision.ts'
import { FAMILIES } from '#core/score.ts'
import { STANDINGS, COMPLETED, SORTS, VERDICTS } from './closed-lists.ts'
import { count, LIMITS, name, page, pageQuery, query, reason, recordKey, reviewId, time, windowId } from './common.ts'
import type { Route } from './route.ts'

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

export const sampleSchema = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('image'),
      height: count,
      width: count,
      channels: z.union([z.literal(1), z.literal(3)]),
      pixels: z.string().describe('Height × width × channels bytes, row-major, 0 black to 255 white; base64.'),
    }),
    z.strictObject({
      kind: z.literal('text'),
      parts: z.array(z.strictObject({ text: z.string(), suspect: z.boolean() })),
      length: count.describe('Of the whole text, in UTF-16 units.'),
    }),
    z.strictObject({
      kind: z.literal('exchange'),
      turns: z.array(
        z.strictObject({
          role: z.enum(['system', 'user', 'assistant', 'tool', 'prompt', 'response', 'rejected']),
          parts: z.array(z.strictObject({ text: z.string(), suspect: z.boolean() })),
          length: count.describe('Of the whole text, in UTF-16 units.'),
        }),
      ),
    }),
    z.strictObject({
      kind: z.literal('table'),
      cells: z.array(z.strictObject({ column: z.string(), value: z.string(), suspect: z.boolean() })),
    }),
    z.strictObject({ kind: z.literal('vector'), values: z.array(z.number()), length: count }),
    z.strictObject({ kind: z.literal('raw'), text: z.string() }),
  ])
  .meta({ id: 'Sample' })

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

const reviewAction = z.enum(['release', 'reject', 'recall', 'undo'])

export const reviewSchema = z
  .strictObject({
    id: reviewId,
    dataset: name,
    action: reviewAction,
    undoes: reviewId.nullable(),
    records: count,
    reason: z.string(),
    relabel: z.string().nullable().describe('The label that these records are to be delivered again with.'),
    actor: z.string(),
    state: z.enum(['pending', 'applied']),
    undoneBy: reviewId.nullable(),
    at: time,
  })
  .meta({ id: 'Review' })

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

const isLabelled = ({ action, label }: { action: string; label?: string | undefined }) =>
  (action === 'relabel') === (label !== undefined)
const unlabelled = { path: ['label'], error: 'relabel names the label, and nothing else does' }
const what = {
  action: z.enum(['release', 'reject', 'relabel']),
  label: z.string().min(1).max(400).optional().describe('Of relabel alone: what it should have been.'),
  reason,
}
const decision = z.strictObject(what).refine(isLabelled, unlabelled)

export const RECORD_ROUTES = {
  'records.list': {
    method: 'GET',
    path: '/v1/records',
    permission: 'view',
    says: 'held records that a query finds, without their content',
    query: z.strictObject({ q: query, sort: z.enum(SORTS).default('risk'), ...pageQuery }),
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
      issues: z.array(issue).describe('Strongest first.'),
      campaign: z.strictObject({ id: z.string(), summary: z.string() }).nullable(),
      unscanned: z.string().nullable().describe('Why no detector looked at it, where none did.'),
      provenance,
    }),
  },
  'records.neighbours': {
    method: 'GET',
    path: '/v1/records/{record}/neighbours',
    permission: 'sample.open',
    says: 'the admitted records of the window that are nearest to it, nearest first; none for tables',
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
    body: decision,
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

const bulk = z
  .strictObject({
    id: z.string(),
    action: z.enum(['release', 'reject', 'relabel', 'undo']),
    q: z.string(),
    reason: z.string(),
    by: name,
    at: time,
    state: z
      .enum(['asked', 'refused', 'running', 'stopped', 'done', 'undone'])
      .describe('`asked` waits for a second person.'),
    approvedBy: name.nullable(),
    records: count,
    done: count.describe('Records decided so far.'),
    skipped: count.describe('Records that somebody else had decided over by then.'),
    failed: z.string().nullable().describe('Why it stopped; it can be resumed.'),
    relabel: z.string().nullable(),
    undoes: z.string().nullable(),
    undoneBy: z.string().nullable(),
  })
  .meta({ id: 'BulkDecision' })

const bulkParams = z.strictObject({ bulk: z.string().regex(/^[0-9a-f-]{8,64}$/) })

export const DECISION_ROUTES = {
  'reviews.list': {
    method: 'GET',
    path: '/v1/reviews',
    permission: 'view',
    says: 'decisions, the last first',
    query: z.strictObject({ dataset: name.optional(), action: reviewAction.optional(), ...pageQuery }),
    answer: page(reviewSchema),
  },
  'reviews.undo': {
    method: 'POST',
    path: '/v1/reviews/{review}/undo',
    permission: 'record.decide',
    says: 'puts back what a decision did',
    params: z.strictObject({ review: reviewId }),
    body: z.strictObject({ reason }),
    answer: reviewSchema,
    status: 201,
  },
  'bulk.preview': {
    method: 'POST',
    path: '/v1/bulk/preview',
    permission: 'record.decide',
    says: 'what a decision over a whole query would reach; changes nothing',
    changes: false,
    body: z.strictObject({ q: query }),
    answer: z.strictObject({
      records: count.describe('In quarantine, and in none of the decisions that are being carried out.'),
      datasets: z.array(z.strictObject({ dataset: name, records: count })),
      contributors: z.array(z.strictObject({ contributor: z.string().nullable(), records: count })),
      campaigns: z.array(z.strictObject({ campaign: z.string().nullable(), records: count })),
      lowestRisk: z.number().nullable(),
      takesTwo: z.boolean().describe('A release of these waits for a second person.'),
      digest: z.string().describe('Of exactly these records: the decision names it, so that nobody decides over more.'),
    }),
  },
  'bulk.decide': {
    method: 'POST',
    path: '/v1/bulk',
    permission: 'record.decide',
    says: 'decides over every record of a preview, in the background; a release that takes two people waits for the second',
    body: z.strictObject({ q: query, digest: z.string(), ...what }).refine(isLabelled, unlabelled),
    answer: bulk,
    status: 202,
  },
  'bulk.list': {
    method: 'GET',
    path: '/v1/bulk',
    permission: 'view',
    says: 'decisions over queries, the last first',
    query: z.strictObject(pageQuery),
    answer: page(bulk),
  },
  'bulk.show': {
    method: 'GET',
    path: '/v1/bulk/{bulk}',
    permission: 'view',
    says: 'how far a decision over a query is',
    params: bulkParams,
    answer: bulk,
  },
  'bulk.approve': {
    method: 'POST',
    path: '/v1/bulk/{bulk}/approve',
    permission: 'record.decide',
    says: 'lets a release happen that takes two people; whoever made it cannot',
    params: bulkParams,
    answer: bulk,
    status: 202,
    isDangerous: true,
  },
  'bulk.refuse': {
    method: 'POST',
    path: '/v1/bulk/{bulk}/refuse',
    permission: 'record.decide',
    says: 'refuses it; whoever made it may take it back so',
    params: bulkParams,
    answer: bulk,
  },
  'bulk.resume': {
    method: 'POST',
    path: '/v1/bulk/{bulk}/resume',
    permission: 'record.decide',
    says: 'goes on with one that stopped',
    params: bulkParams,
    answer: bulk,
    status: 202,
  },
  'bulk.undo': {
    method: 'POST',
    path: '/v1/bulk/{bulk}/undo',
    permission: 'record.decide',
    says: 'puts back all that a decision over a query did',
    params: bulkParams,
    body: z.strictObject({ reason }),
    answer: bulk,
    status: 202,
  },
} as const satisfies Record<string, Route>
