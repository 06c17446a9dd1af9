import { z } from 'zod'
import { count, name, page, pageQuery, query, reason, reviewId, time } from './common.ts'
import type { Route } from './route.ts'

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

const isLabelled = ({ action, label }: { action: string; label?: string | undefined }) =>
  (action === 'relabel') === (label !== undefined)
const unlabelled = { path: ['label'], error: 'relabel names the label, and nothing else does' }
const what = {
  action: z.enum(['release', 'reject', 'relabel']),
  label: z.string().min(1).max(400).optional().describe('Of relabel alone: what it should have been.'),
  reason,
}
export const decisionBody = z.strictObject(what).refine(isLabelled, unlabelled)

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
