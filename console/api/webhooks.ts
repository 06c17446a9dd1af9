import { z } from 'zod'
import { count, name, page, pageQuery, time } from './common.ts'
import type { Route } from './route.ts'

const webhook = z
  .strictObject({
    id: z.string(),
    url: z.string(),
    actions: z.array(z.string()),
    by: name,
    at: time,
    told: count.describe('The entry of the audit log up to which it was told.'),
    failing: z.string().nullable().describe('Why the entry after that could not be delivered the last time.'),
    tries: count,
  })
  .meta({ id: 'Webhook' })

const params = z.strictObject({ webhook: z.string().regex(/^[0-9a-f-]{8,64}$/) })
const attempt = z.strictObject({
  delivered: z.boolean(),
  says: z.string().describe('What came of it, never what was answered.'),
})

export const WEBHOOK_ROUTES = {
  'webhooks.list': {
    method: 'GET',
    path: '/v1/webhooks',
    permission: 'webhooks.manage',
    says: 'who is told of what happens, never their secrets',
    query: z.strictObject(pageQuery),
    answer: page(webhook),
  },
  'webhooks.make': {
    method: 'POST',
    path: '/v1/webhooks',
    permission: 'webhooks.manage',
    says: 'tells an address of every entry that the audit log gains from now on, as CloudEvents with an HMAC',
    body: z.strictObject({
      url: z
        .url({ protocol: /^https?$/ })
        .max(2000)
        .describe('At a host that `console.webhooks.hosts` names.'),
      actions: z
        .array(z.string().regex(/^[a-z]{1,40}\.(?:\*|[a-z_]{1,60})$/))
        .min(1)
        .max(50)
        .describe('Such as `window.committed`, or `review.*`.'),
    }),
    answer: z.strictObject({
      webhook,
      secret: z.string().describe('`whsec_` and 32 bytes in base64: what came with it can be verified.'),
    }),
    status: 201,
    isDangerous: true,
  },
  'webhooks.remove': {
    method: 'DELETE',
    path: '/v1/webhooks/{webhook}',
    permission: 'webhooks.manage',
    says: 'tells it nothing more',
    params,
    answer: null,
  },
  'webhooks.test': {
    method: 'POST',
    path: '/v1/webhooks/{webhook}/test',
    permission: 'webhooks.manage',
    says: 'sends it one event that says nothing, now',
    params,
    answer: attempt,
  },
  'webhooks.letters': {
    method: 'GET',
    path: '/v1/webhooks/{webhook}/dead-letters',
    permission: 'webhooks.manage',
    says: 'entries that it would not take, and was not told of since',
    params,
    query: z.strictObject(pageQuery),
    answer: page(z.strictObject({ seq: count, reason: z.string(), at: time })),
  },
  'webhooks.redeliver': {
    method: 'POST',
    path: '/v1/webhooks/{webhook}/dead-letters/{seq}/redeliver',
    permission: 'webhooks.manage',
    says: 'sends one of them again, now',
    params: params.extend({ seq: z.coerce.number().int().min(1) }),
    answer: attempt,
  },
} as const satisfies Record<string, Route>
