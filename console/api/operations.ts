import { z } from 'zod'
import { DEAD_REASONS } from '#core/record.ts'
import { count, name, page, pageQuery, time, windowId } from './common.ts'
import type { Route } from './route.ts'

const letterKey = z
  .string()
  .regex(/^[0-9a-f]{32}-\d{1,9}$/)
  .describe('The window of a dead letter, and its place there.')

export const letterRow = z.strictObject({
  key: letterKey,
  id: z.string(),
  dataset: name,
  window: windowId,
  reason: z.enum(DEAD_REASONS),
  detail: z.string().describe('The rule and the path that failed; never a value.'),
  partition: z.string(),
  position: z.string(),
  contributor: z.string().nullable(),
  attempts: count,
  state: z.enum(['open', 'redriven']),
  at: time,
})

const PROVIDERS = ['local', 'awskms', 'keyvault', 'gcpkms'] as const
const version = z.strictObject({ provider: z.enum(PROVIDERS), keyId: z.string(), version: z.string() })

const keysStatus = z.strictObject({
  epochs: z.array(
    z.strictObject({
      dataset: z.string().describe('`_signing` signs manifests.'),
      kid: z.string(),
      epoch: z.int(),
      current: z.boolean(),
      state: z.string(),
      created: time,
      ageDays: count,
      wraps: z.array(version),
      objects: count.nullable().describe('Null where they were not counted.'),
    }),
  ),
  versions: z.array(
    version.extend({
      current: z.boolean(),
      state: z.string(),
      created: time.nullable(),
      ageDays: count.nullable(),
      endsAlone: z.boolean().describe('Whether the service can end it without ending the whole key.'),
      retirable: z.boolean().describe('Whether nothing is in the way of ending it now.'),
      blockedBy: z.array(z.string()).describe('Key records that are wrapped under it.'),
    }),
  ),
  oldAfterDays: count.describe('A key that wraps or signs is to be rotated by then.'),
  unreachable: z.array(z.strictObject({ provider: z.enum(PROVIDERS), code: z.string(), message: z.string() })),
})

const job = z
  .strictObject({
    id: z.string(),
    what: z.enum(['rotate', 'rewrap', 'retire']),
    version: z.string().nullable().describe('That is to be retired; null for anything else.'),
    by: name,
    at: time,
    state: z.enum(['asked', 'running', 'done', 'failed', 'refused']),
    approvedBy: name.nullable(),
    done: count,
    of: count.nullable(),
    says: z.string().nullable().describe('How it ended, in a sentence.'),
  })
  .meta({ id: 'KeyJob' })

const jobParams = z.strictObject({ job: z.string().regex(/^[0-9a-f-]{8,64}$/) })

const auditEntry = z.strictObject({
  seq: z.int(),
  at: time,
  actor: z.string(),
  action: z.string(),
  subject: z.string(),
  detail: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  hash: z.string(),
})

export const OPERATION_ROUTES = {
  'letters.list': {
    method: 'GET',
    path: '/v1/dead-letters',
    permission: 'view',
    says: 'dead letters, without what came',
    query: z.strictObject({
      dataset: name.optional(),
      reason: z.enum(DEAD_REASONS).optional(),
      state: z.enum(['open', 'redriven']).optional(),
      ...pageQuery,
    }),
    answer: page(letterRow),
  },
  'letters.show': {
    method: 'GET',
    path: '/v1/dead-letters/{letter}',
    permission: 'letter.open',
    says: 'a dead letter with what came, beside the rule of the contract that it breaks; the look is audited',
    params: z.strictObject({ letter: letterKey }),
    answer: letterRow.extend({
      rule: z.unknown().describe('What the contract says there; null where it is no rule of the contract.'),
      content: z.discriminatedUnion('kind', [
        z.strictObject({ kind: z.literal('fields'), fields: z.record(z.string(), z.string()) }),
        z.strictObject({ kind: z.literal('text'), text: z.string(), bytes: count }),
        z.strictObject({ kind: z.literal('bytes'), base64: z.string(), bytes: count }),
      ]),
    }),
  },
  'keys.show': {
    method: 'GET',
    path: '/v1/keys',
    permission: 'keys.view',
    says: 'key versions, the epochs under each, their age, and what blocks retirement',
    query: z.strictObject({
      objects: z.enum(['true', 'false']).default('false').describe('Counts objects, reading every one.'),
    }),
    answer: keysStatus,
  },
  'keys.rotate': {
    method: 'POST',
    path: '/v1/keys/rotate',
    permission: 'keys.manage',
    says: 'gives every key a new version; with newEpochs every dataset a new epoch key',
    body: z.strictObject({ provider: z.enum(PROVIDERS).optional(), newEpochs: z.boolean().default(false) }),
    answer: job,
    status: 202,
    isDangerous: true,
  },
  'keys.rewrap': {
    method: 'POST',
    path: '/v1/keys/rewrap',
    permission: 'keys.manage',
    says: 'brings every key record under the current version',
    body: z.strictObject({ provider: z.enum(PROVIDERS).optional() }),
    answer: job,
    status: 202,
    isDangerous: true,
  },
  'keys.retire': {
    method: 'POST',
    path: '/v1/keys/retire',
    permission: 'keys.manage',
    says: 'asks to end a version that nothing depends on any more; another person approves it first',
    body: z.strictObject({ provider: z.enum(PROVIDERS).optional(), version: z.string().min(1).max(400) }),
    answer: job,
    status: 202,
    isDangerous: true,
  },
  'keys.jobs': {
    method: 'GET',
    path: '/v1/keys/jobs',
    permission: 'keys.view',
    says: 'what was done to keys from here, the last first; progress survives a reload',
    query: z.strictObject(pageQuery),
    answer: page(job),
  },
  'keys.approve': {
    method: 'POST',
    path: '/v1/keys/jobs/{job}/approve',
    permission: 'approve',
    says: 'lets it happen; whoever asked for it cannot',
    params: jobParams,
    answer: job,
    isDangerous: true,
  },
  'keys.refuse': {
    method: 'POST',
    path: '/v1/keys/jobs/{job}/refuse',
    permission: 'approve',
    says: 'refuses it; whoever asked may take it back so',
    params: jobParams,
    answer: job,
  },
  'audit.list': {
    method: 'GET',
    path: '/v1/audit',
    permission: 'audit.view',
    says: 'the audit log, the last entry first',
    query: z.strictObject({
      actor: z.string().max(400).optional(),
      action: z
        .string()
        .regex(/^[a-z_.]{1,100}$/)
        .optional(),
      subject: z.string().max(400).optional(),
      ...pageQuery,
    }),
    answer: page(auditEntry),
  },
  'audit.verify': {
    method: 'POST',
    path: '/v1/audit/verify',
    permission: 'audit.view',
    says: 'looks for any edit, removal, reordering or truncation, and holds reviews and chains against the log',
    changes: false,
    answer: z.strictObject({
      entries: count,
      certifiedTo: z.int().describe('Up to this entry the log is as it was signed.'),
      problems: z.array(z.strictObject({ kind: z.string(), seq: z.int(), says: z.string() })),
    }),
  },
  'audit.export': {
    method: 'GET',
    path: '/v1/audit/export',
    permission: 'audit.view',
    says: 'the whole log as JSON lines, signed, for whoever verifies it elsewhere',
    answer: 'lines',
  },
  'audit.evidence': {
    method: 'GET',
    path: '/v1/audit/evidence',
    permission: 'audit.view',
    says: 'the log, the signed decisions and the chains with the public keys, and a program that verifies them without this one, as a ZIP archive; no record is in it',
    answer: 'zip',
  },
  'events.follow': {
    method: 'GET',
    path: '/v1/events',
    permission: 'view',
    says: 'what happens, as it happens: server-sent events, named as in docs/operations.md; no payload',
    answer: 'stream',
  },
} as const satisfies Record<string, Route>
