import { z } from 'zod'
import { count, name, reason, reviewId, time } from './common.ts'
import { reviewSchema } from './decisions.ts'
import type { Route } from './route.ts'

const params = z.strictObject({ dataset: name })
const choice = {
  records: z.array(z.string().min(1).max(1000)).min(1).max(10_000).optional().describe('Ids of admitted records.'),
  campaign: z.string().min(1).max(400).optional().describe('Or all of its members that are admitted.'),
}
const isOne = ({ records, campaign }: { records?: unknown; campaign?: unknown }) =>
  (records === undefined) !== (campaign === undefined)
const notOne = { path: ['records'], error: 'a recall names records, or a campaign' }

const reach = {
  exports: z.array(
    z.strictObject({
      at: time,
      by: name,
      format: z.string(),
      sha256: z.string().nullable(),
      records: count.describe('All that it held.'),
      held: count.describe('Of what is recalled.'),
      isExact: z.boolean().describe('False: it held at least so many.'),
    }),
  ),
  sink: z.strictObject({ held: count, isTold: z.boolean() }).nullable(),
}

export const RECALL_ROUTES = {
  'recalls.preview': {
    method: 'POST',
    path: '/v1/datasets/{dataset}/recalls/preview',
    permission: 'record.decide',
    says: 'what a recall would reach, and who holds it already; changes nothing',
    params,
    body: z.strictObject(choice).refine(isOne, notOne),
    changes: false,
    answer: z.strictObject({
      admitted: count.describe('What would be recalled.'),
      already: count.describe('Recalled before.'),
      forgotten: count.describe('Windows that nobody can open any more: their key was destroyed.'),
      ...reach,
    }),
  },
  'recalls.make': {
    method: 'POST',
    path: '/v1/datasets/{dataset}/recalls',
    permission: 'record.decide',
    says: 'takes admitted records back: no export, sink or reader has them from then on; its undo is that of any decision',
    params,
    body: z.strictObject({ ...choice, reason }).refine(isOne, notOne),
    answer: reviewSchema,
    status: 201,
  },
  'recalls.reach': {
    method: 'GET',
    path: '/v1/recalls/{review}/reach',
    permission: 'record.decide',
    says: 'which exports, and whether the sink, held what was recalled, as far as the audit log knows',
    params: z.strictObject({ review: reviewId }),
    answer: z.strictObject(reach),
  },
} as const satisfies Record<string, Route>
