import { z } from 'zod'
import { DEAD_REASONS } from '#core/record.ts'
import { count, name, page, pageQuery, time, windowId } from './common.ts'
import { letterRow } from './operations.ts'
import type { Route } from './route.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
/** Of a contract, in characters. */
const text = z.string().min(1).max(200_000)

const draft = z
  .strictObject({
    id: z.string(),
    dataset: name,
    text: z.string(),
    base: sha256.describe('Of the file that it was begun from.'),
    reason: z.string(),
    state: z
      .enum(['open', 'publishing', 'published', 'discarded'])
      .describe('`publishing`: the file is being written, or was when the console ended: publish it again.'),
    by: name,
    at: time,
    changedBy: name,
    changedAt: time,
    diff: z
      .string()
      .describe('Between the file as it is now and the draft, as `diff -u` writes it; empty where they are alike.'),
    changes: z.array(z.string()).describe('The parts of the contract in force that it changes.'),
    hasMoved: z.boolean().describe('The file has changed since it was begun.'),
    isInForce: z.boolean().describe('The console decodes by it.'),
    etag: z.string().describe('What `If-Match` takes.'),
  })
  .meta({ id: 'ContractDraft' })

const refused = <Example extends z.ZodType>(example: Example) =>
  z.array(
    z.strictObject({
      reason: z.enum(DEAD_REASONS),
      detail: z.string().describe('The rule and the path that failed; never a value.'),
      count,
      examples: z.array(example),
    }),
  )

const params = z.strictObject({ draft: z.string().regex(/^[0-9a-f-]{8,64}$/) })
const ofDataset = z.strictObject({ dataset: name })

const redrive = z
  .strictObject({
    id: z.string(),
    dataset: name,
    by: name,
    at: time,
    state: z.enum(['running', 'done', 'failed']),
    says: z.string().nullable().describe('Why it failed.'),
    total: count.describe('Dead letters that it took up: those that were open when it was asked for.'),
    recovered: count.describe('Of them, those that are records now; a run of the pipeline takes them from there.'),
    failed: count.describe('Of them, those that are dead letters still.'),
    waiting: count.describe('Those that are still to be tried.'),
  })
  .meta({ id: 'Redrive' })

const choice = {
  ids: z.array(z.string()).min(1).max(10_000).optional(),
  reason: z.enum(DEAD_REASONS).optional(),
  limit: z.int().min(1).max(1_000_000).optional(),
}

export const DRAFT_ROUTES = {
  'letters.try': {
    method: 'POST',
    path: '/v1/datasets/{dataset}/redrive/preview',
    permission: 'letter.redrive',
    says: 'what would become of dead letters by the contract as it is now; changes nothing',
    changes: false,
    params: ofDataset,
    body: z.strictObject(choice),
    answer: z.strictObject({ tried: count, recovered: count, failed: count }),
  },
  'letters.redrive': {
    method: 'POST',
    path: '/v1/datasets/{dataset}/redrive',
    permission: 'letter.redrive',
    says: 'decodes dead letters again, by the contract as it is now, in the background; each becomes one record at most',
    params: ofDataset,
    body: z.strictObject({
      ...choice,
      contract: sha256.optional().describe('Refused where the contract in force is another one.'),
    }),
    answer: redrive,
    status: 202,
  },
  'redrives.list': {
    method: 'GET',
    path: '/v1/redrives',
    permission: 'view',
    says: 'what was decoded again, the last first; progress survives a reload',
    query: z.strictObject({ dataset: name.optional(), ...pageQuery }),
    answer: page(redrive),
  },
  'redrives.show': {
    method: 'GET',
    path: '/v1/redrives/{redrive}',
    permission: 'view',
    says: 'how far a redrive is',
    params: z.strictObject({ redrive: z.string().regex(/^[0-9a-f-]{8,64}$/) }),
    answer: redrive,
  },
  'contract.show': {
    method: 'GET',
    path: '/v1/datasets/{dataset}/contract',
    permission: 'contract.draft',
    says: 'the contract of a dataset as its file has it, and whether the console goes by it',
    params: ofDataset,
    answer: z.strictObject({
      file: z.string(),
      text: z.string(),
      sha256: sha256.describe('Of the file: what a draft of it is begun from.'),
      contract: sha256.describe('Of the contract in force.'),
      isInForce: z.boolean().describe('False: the file was edited since the console started.'),
      sharedWith: z.array(name).describe('Other datasets that go by the same file, as far as one may see them.'),
      isShared: z.boolean(),
      mayWrite: z
        .boolean()
        .describe('The console writes the file when a draft is published; else it is edited where it is kept.'),
    }),
  },
  'drafts.list': {
    method: 'GET',
    path: '/v1/contract-drafts',
    permission: 'contract.draft',
    says: 'drafts of contracts, the last made first',
    query: z.strictObject({ dataset: name.optional(), ...pageQuery }),
    answer: page(draft),
  },
  'drafts.make': {
    method: 'POST',
    path: '/v1/datasets/{dataset}/contract-drafts',
    permission: 'contract.draft',
    says: 'drafts a contract beside the one in force; changes nothing of what is decoded',
    params: ofDataset,
    body: z.strictObject({ text, base: sha256, reason: z.string().trim().min(1).max(2000) }),
    answer: draft,
    status: 201,
  },
  'drafts.show': {
    method: 'GET',
    path: '/v1/contract-drafts/{draft}',
    permission: 'contract.draft',
    says: 'a draft, and how it differs from the file',
    params,
    answer: draft,
  },
  'drafts.rewrite': {
    method: 'PUT',
    path: '/v1/contract-drafts/{draft}',
    permission: 'contract.draft',
    says: 'writes it anew',
    params,
    body: z.strictObject({ text, base: sha256 }),
    answer: draft,
    ifMatch: true,
  },
  'drafts.preview': {
    method: 'POST',
    path: '/v1/contract-drafts/{draft}/preview',
    permission: 'contract.draft',
    says: 'which dead letters would be records by it, and which records that were admitted lately would be none; changes nothing',
    changes: false,
    params,
    answer: z.strictObject({
      letters: z.strictObject({
        tried: count,
        isAll: z.boolean().describe('False where more of them are open.'),
        pass: count,
        passing: z.array(letterRow).describe('Five at most.'),
        failing: refused(letterRow).describe('By reason, the most first; five examples at most of each.'),
      }),
      admitted: z
        .strictObject({
          windows: count.describe('The last ones that were committed.'),
          tried: count,
          isAll: z.boolean(),
          fail: count,
          failing: refused(z.strictObject({ record: z.string(), window: windowId })),
        })
        .nullable()
        .describe('Null where the console may not read what was admitted.'),
    }),
  },
  'drafts.publish': {
    method: 'POST',
    path: '/v1/contract-drafts/{draft}/publish',
    permission: 'contract.draft',
    says: 'puts it in force: writes the contract’s file where the console may; elsewhere the file has to say so already',
    params,
    answer: draft,
    ifMatch: true,
    isDangerous: true,
  },
  'drafts.discard': {
    method: 'POST',
    path: '/v1/contract-drafts/{draft}/discard',
    permission: 'contract.draft',
    says: 'gives it up',
    params,
    answer: draft,
    ifMatch: true,
  },
} as const satisfies Record<string, Route>
