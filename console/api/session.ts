import { z } from 'zod'
import { count, name, page, pageQuery, time } from './common.ts'
import { PERMISSIONS, ROLES, type Permission } from './roles.ts'
import type { Route } from './route.ts'

const permission = z.enum(Object.keys(PERMISSIONS) as [Permission, ...Permission[]])
const grantSchema = z.strictObject({
  role: z.enum(ROLES),
  datasets: z.array(name).max(1000).nullable().describe('Null is every dataset.'),
  contributors: z
    .array(name)
    .min(1)
    .max(1000)
    .nullable()
    .optional()
    .describe(
      'Over held records of these contributors alone, and nothing that is counted over a dataset; null is every one.',
    ),
  sensitivities: z
    .array(name)
    .min(1)
    .max(100)
    .nullable()
    .optional()
    .describe('The same by what the field says that the contract names as `sensitivity`.'),
})

const sessionSchema = z.strictObject({
  person: name.describe('As the audit log names them.'),
  via: z.enum(['link', 'openid', 'token', 'certificate']),
  grants: z.array(grantSchema),
  permissions: z.array(permission).describe('Over at least one dataset; `grants` says over which.'),
  csrf: z
    .string()
    .nullable()
    .describe('Goes with every change as `X-CSRF-Token`; null for a program, which needs none.'),
  federations: z.array(name).describe('Whose clients this person may see.'),
  expiresAt: time,
  strongUntil: time.nullable().describe('What is dangerous takes a second factor, which counts until then.'),
  version: z.string().describe('Of the server.'),
})

const openSession = z.strictObject({
  id: z.string(),
  person: name,
  via: z.enum(['link', 'openid']),
  startedAt: time,
  seenAt: time,
  expiresAt: time,
  from: z.string().describe('The address it was last seen from.'),
  agent: z.string().describe('The browser, as it calls itself.'),
  grants: z.array(grantSchema).describe('What it was let in with; a role for a while comes beside.'),
  current: z.boolean().describe('Whether it is the one that asks.'),
})

const token = z.strictObject({
  id: z.string(),
  name,
  grants: z.array(grantSchema),
  madeBy: name,
  madeAt: time,
  expiresAt: time,
  seenAt: time.nullable(),
  revokedAt: time.nullable(),
})

const id = z.strictObject({ id: z.string().regex(/^[0-9a-f]{16,64}$/) })

export const SESSION_ROUTES = {
  'session.show': {
    method: 'GET',
    path: '/v1/session',
    permission: 'session',
    says: 'who is signed in, and what they may do',
    answer: sessionSchema,
  },
  'session.end': { method: 'DELETE', path: '/v1/session', permission: 'session', says: 'signs out', answer: null },
  'sessions.list': {
    method: 'GET',
    path: '/v1/sessions',
    permission: 'session',
    says: 'sessions that are open: one’s own, or everybody’s to who may manage people',
    query: z.strictObject(pageQuery),
    answer: page(openSession),
  },
  'sessions.revoke': {
    method: 'DELETE',
    path: '/v1/sessions/{id}',
    permission: 'session',
    says: 'ends a session: one’s own, or anybody’s to who may manage people',
    params: id,
    answer: null,
  },
  'roles.list': {
    method: 'GET',
    path: '/v1/roles',
    permission: 'people.manage',
    says: 'who is given which roles by the configuration: by a claim of the provider, or by a certificate',
    answer: z.strictObject({
      claim: z.string().nullable().describe('Of the provider; null where nobody signs in by one.'),
      items: z.array(
        z.strictObject({ by: z.enum(['openid', 'certificate']), name: z.string(), grants: z.array(grantSchema) }),
      ),
    }),
  },
  'tokens.list': {
    method: 'GET',
    path: '/v1/tokens',
    permission: 'people.manage',
    says: 'service tokens, never their secrets',
    query: z.strictObject(pageQuery),
    answer: page(token),
  },
  'tokens.make': {
    method: 'POST',
    path: '/v1/tokens',
    permission: 'people.manage',
    says: 'makes a service token; its secret is shown this once',
    body: z.strictObject({
      name,
      grants: z.array(grantSchema).min(1).max(50),
      days: z.int().min(1).max(366).default(90).describe('Until it expires.'),
    }),
    answer: z.strictObject({ token, secret: z.string().describe('`Authorization: Bearer <secret>`') }),
    status: 201,
    isDangerous: true,
  },
  'tokens.revoke': {
    method: 'DELETE',
    path: '/v1/tokens/{id}',
    permission: 'people.manage',
    says: 'ends a service token',
    params: id,
    answer: null,
  },
} as const satisfies Record<string, Route>

export const counts = z.strictObject({
  received: count,
  admitted: count,
  quarantined: count,
  rejected: count,
  deadLettered: count,
})
