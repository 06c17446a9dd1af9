import { z } from 'zod'
import { DECISIONS, policySchema } from '#core/decision.ts'
import { DEAD_REASONS } from '#core/record.ts'
import { FAMILIES, MITIGATIONS } from '#core/score.ts'
import { triggerSchema } from '#core/sidecar.ts'
import { ATTRIBUTES, CANARIES, MOVED } from './closed-lists.ts'
import { count, name, page, pageQuery, time, windowId } from './common.ts'
import type { Route } from './route.ts'
import { sampleSchema, sampleWarnings } from './sample.ts'
import { counts } from './session.ts'

const datasetSummary = z.strictObject({
  dataset: name,
  kind: z.enum(['image', 'text', 'table', 'vector', 'exchange']),
  counts,
  pending: count.describe('Staged and not yet committed.'),
  windows: count,
  campaigns: count,
  repeatedFiles: count.describe('Files that repeat an earlier one.'),
})

const overview = z.strictObject({
  at: time,
  datasets: z.array(datasetSummary),
  days: z
    .array(
      z.strictObject({
        day: z.iso.date(),
        dataset: name,
        windows: count,
        received: count,
        admitted: count,
        quarantined: count,
        rejected: count,
        deadLettered: count,
      }),
    )
    .describe('By the day on which a window was staged; as scanned, before any review.'),
  held: z.strictObject({
    records: count,
    oldestAt: time.nullable().describe('When what has waited longest was held.'),
    unscanned: count.describe('Of them, held because no detector looked at them.'),
  }),
  contributors: z
    .array(z.strictObject({ dataset: name, contributor: z.string(), held: count, rejected: count, released: count }))
    .describe('Those with most held or rejected first; twenty at most.'),
  waiting: z.array(z.strictObject({ state: z.enum(['staged', 'scanned']), windows: count, oldestSeconds: z.number() })),
  workload: z
    .strictObject({
      withinHours: count.nullable().describe('How long a record may wait; null where nobody said.'),
      people: z.array(z.strictObject({ assignee: name.nullable(), waiting: count, overdue: count })),
    })
    .describe('Who is to decide over what waits, the most first; fifty at most.'),
  deadLetters: z.array(z.strictObject({ dataset: name, reason: z.enum(DEAD_REASONS), count })),
})

const windowRow = z.strictObject({
  id: windowId,
  dataset: name,
  ordinal: z.int(),
  source: z.string(),
  state: z.enum(['staged', 'scanned', 'committed']),
  records: count,
  counts,
  manifest: z.int().nullable().describe('Place of its manifest in the chain.'),
  attempts: count,
  lastError: z.string().nullable(),
  stagedAt: time,
  scannedAt: time.nullable(),
  committedAt: time.nullable(),
})

const windowHealth = z.strictObject({
  window: windowId,
  ordinal: z.int(),
  stagedAt: time,
  records: count,
  held: count.describe('Held or rejected by the scan, before any review.'),
  scan: z
    .strictObject({
      risk: z.strictObject({
        median: z.number(),
        high: z.number().describe('99 in 100 records lie below it.'),
        lowestHeld: z.number().nullable().describe('Of what was held; null where nothing was.'),
      }),
      drifted: z.array(z.enum(MOVED)).describe('In what it moved from the windows before it; nothing is held for it.'),
      canaries: z
        .strictObject({ family: z.enum(CANARIES), planted: count, held: count })
        .nullable()
        .describe('Poison planted in a copy of it, and what the scan would have held of that.'),
    })
    .nullable()
    .describe('Null where no detector looked at it, or nobody can open its scores any more.'),
})

const taught = z.strictObject({
  families: z.array(
    z.strictObject({
      family: z.enum(FAMILIES),
      released: count,
      rejected: count,
      precision: z
        .strictObject({ mean: z.number(), low: z.number(), high: z.number() })
        .describe(
          'How much of what it held was poison, as people judged it; nine in ten of it lie between low and high.',
        ),
    }),
  ),
  curve: z
    .array(z.strictObject({ through: z.int(), verdicts: count, rejected: count }))
    .describe(
      'Findings that were judged so far, and how many of them were rejected, after each window behind which people judged some.',
    ),
  repeats: z
    .array(z.strictObject({ id: z.string(), summary: z.string(), records: count, isNatural: z.boolean() }))
    .describe(
      'What repeats itself over windows more than the dataset does; nothing is held for it until a person recalls some. What a person called natural is asked about no more.',
    ),
})

const campaign = z.strictObject({
  id: z.string(),
  dataset: name,
  family: z.enum(FAMILIES),
  label: z.string().nullable(),
  windows: z.array(windowId).describe('Those it was found in: it is one campaign over all of them.'),
  members: count.describe('All that its windows found of it.'),
  held: count.describe('Those that are listed under it: what another campaign tells more of is listed there.'),
  waiting: count.describe('Of those, still in quarantine.'),
  from: z
    .strictObject({ most: name.nullable(), contributors: count })
    .describe('Who brought most of what is held of it, and how many did.'),
  evidence: z
    .number()
    .nullable()
    .describe('Of the strongest of its windows; null to whoever may see some of its records alone.'),
})

const summary = z.string().nullable()
const SUMMARY = 'Null where it was not asked for, and to whoever may see some of its records alone.'

const campaignInFull = campaign.extend({
  summary: summary.describe('Null to whoever may see some of its records alone.'),
  trigger: triggerSchema.nullable(),
  contributors: z.array(
    z.strictObject({
      name: z.string(),
      members: count,
      records: count.nullable().describe('All that they brought; null to whoever may see some of the records alone.'),
    }),
  ),
  mitigations: z.array(z.strictObject({ mitigation: z.enum(MITIGATIONS), title: z.string(), detail: z.string() })),
})

const replayed = z.strictObject({
  record: z.string(),
  index: count,
  risk: z.number(),
  before: z.enum(DECISIONS),
  after: z.enum(DECISIONS),
})

const ofDataset = { dataset: name.optional().describe('This dataset alone.') }
const windowParams = z.strictObject({ window: windowId })

const decidedWindow = z.strictObject({ window: windowId, ordinal: count, at: time.nullable() })

export const DATA_ROUTES = {
  'overview.show': {
    method: 'GET',
    path: '/v1/overview',
    permission: 'view',
    says: 'what flowed in, what is held, since when and by whom: the numbers of the dashboard',
    query: z.strictObject({ days: z.coerce.number().int().min(1).max(400).default(30) }),
    answer: overview,
  },
  'datasets.list': {
    method: 'GET',
    path: '/v1/datasets',
    permission: 'view',
    says: 'the configured datasets, with their counts',
    answer: z.strictObject({ items: z.array(datasetSummary) }),
  },
  'datasets.show': {
    method: 'GET',
    path: '/v1/datasets/{dataset}',
    permission: 'view',
    says: 'a dataset with its policy and its contract',
    params: z.strictObject({ dataset: name }),
    answer: datasetSummary.extend({
      policy: policySchema,
      contract: z.strictObject({
        sha256: z.string(),
        label: z.string().nullable(),
        contributor: z.string().nullable(),
        schema: z.unknown().describe('JSON Schema.'),
      }),
    }),
  },
  'datasets.health': {
    method: 'GET',
    path: '/v1/datasets/{dataset}/health',
    permission: 'view',
    says: 'how the last windows of a dataset were scanned: risk, what was held, drift, canaries, and what people taught it; no content',
    params: z.strictObject({ dataset: name }),
    query: z.strictObject({ windows: z.coerce.number().int().min(1).max(60).default(24) }),
    answer: z.strictObject({
      items: z.array(windowHealth).describe('In the order they were staged.'),
      taught: taught.nullable().describe('Of its newest memory; null where none is kept.'),
    }),
  },
  'windows.list': {
    method: 'GET',
    path: '/v1/windows',
    permission: 'view',
    says: 'windows, the last staged first',
    query: z.strictObject({
      ...ofDataset,
      ...pageQuery,
      state: z.enum(['staged', 'scanned', 'committed']).optional(),
    }),
    answer: page(windowRow),
  },
  'windows.show': {
    method: 'GET',
    path: '/v1/windows/{window}',
    permission: 'view',
    says: 'a window',
    params: windowParams,
    answer: windowRow,
  },
  'windows.manifest': {
    method: 'GET',
    path: '/v1/windows/{window}/manifest',
    permission: 'view',
    says: 'the signed manifest of a window, as it lies in the store, to verify anywhere',
    params: windowParams,
    answer: z.strictObject({
      path: z.string(),
      sha256: z.string(),
      ordinal: z.int(),
      envelope: z.string().describe('The DSSE envelope, base64.'),
      publicKeyPem: z.string(),
    }),
  },
  'datasets.chain': {
    method: 'GET',
    path: '/v1/datasets/{dataset}/chain',
    permission: 'view',
    says: 'links of a dataset’s chain as they lie in the store, 50 from one on, to verify anywhere',
    params: z.strictObject({ dataset: name }),
    query: z.strictObject({ from: z.coerce.number().int().min(1).max(99_999_900).default(1) }),
    answer: z.strictObject({
      links: z.array(
        z.strictObject({
          path: z.string(),
          envelope: z.string().nullable().describe('The DSSE envelope, base64; null where there is none.'),
        }),
      ),
      publicKeyPem: z.string(),
    }),
  },
  'datasets.policies': {
    method: 'GET',
    path: '/v1/datasets/{dataset}/policies',
    permission: 'view',
    says: 'the policy in force, and by which policies, contracts and detectors its windows were decided, as the verified links of its chain say',
    params: z.strictObject({ dataset: name }),
    answer: z.strictObject({
      inForce: policySchema,
      items: z
        .array(
          z.strictObject({
            policy: policySchema.nullable().describe('Null where it is none of today’s.'),
            contract: z.string().nullable().describe('SHA-256 of its file.'),
            detectors: z.array(z.strictObject({ name: z.string(), version: z.int() })),
            from: decidedWindow,
            to: decidedWindow,
            windows: count,
            admitted: count,
            quarantined: count,
            rejected: count,
          }),
        )
        .describe('Windows one behind the other that were decided by the same; the last first.'),
    }),
  },
  'windows.map': {
    method: 'GET',
    path: '/v1/windows/{window}/map',
    permission: 'view',
    says: 'a committed window as points: no content, but where each record lies, its risk and decision; to whoever may see some of its held records, those alone',
    params: windowParams,
    answer: z.strictObject({
      records: count,
      places: z
        .array(count)
        .nullable()
        .describe('Where in the window each point stands; null where they are all of it, in order.'),
      xy: z.string().describe('Records × 2 float32, little-endian, base64.'),
      risk: z.string().describe('Records float32, little-endian, base64.'),
      decision: z
        .string()
        .describe('Records bytes, base64: 0 admitted, 1 quarantined, 2 rejected, when it was scanned.'),
      ids: z.array(z.string()),
      campaigns: z.array(z.strictObject({ id: z.string(), members: z.array(count) })),
      unscanned: z.string().nullable(),
    }),
  },
  'windows.attribute': {
    method: 'GET',
    path: '/v1/windows/{window}/map/{attribute}',
    permission: 'sample.open',
    says: 'what label or contributor each point of a window’s map has, decrypted for this answer alone; the look is audited',
    params: windowParams.extend({ attribute: z.enum(ATTRIBUTES) }),
    answer: z.strictObject({
      values: z
        .array(z.strictObject({ value: z.string(), records: count }))
        .describe('The most frequent first; eight at most.'),
      others: count.describe('Values besides these.'),
      of: z
        .string()
        .describe('A byte for each point, base64: which of the values it has; 255 for none, or one of the others.'),
    }),
  },
  'windows.replay': {
    method: 'POST',
    path: '/v1/windows/{window}/replay',
    permission: 'view',
    says: 'what another policy would have decided over a committed window; changes nothing',
    changes: false,
    params: windowParams,
    body: z.strictObject({ policy: policySchema }),
    answer: z.strictObject({
      before: z.strictObject({ admit: count, quarantine: count, reject: count }),
      after: z.strictObject({ admit: count, quarantine: count, reject: count }),
      changed: z.array(replayed).describe('Nearest to the line first; a hundred at most.'),
      near: z
        .strictObject({ held: z.array(replayed), admitted: z.array(replayed) })
        .describe('On either side of the line, the nearest first; three at most of each.'),
    }),
  },
  'windows.sample': {
    method: 'GET',
    path: '/v1/windows/{window}/records/{index}/sample',
    permission: 'sample.open',
    says: 'a record of a committed window as it is, held or admitted, decrypted for this answer alone; the look is audited',
    params: windowParams.extend({ index: z.coerce.number().int().min(0).max(999_999_999) }),
    answer: z.strictObject({
      record: z.string(),
      label: z.string().nullable(),
      sample: sampleSchema,
      warnings: sampleWarnings,
    }),
  },
  'campaigns.list': {
    method: 'GET',
    path: '/v1/campaigns',
    permission: 'view',
    says: 'campaigns, those with most to decide first; counted over the held records that one may see',
    query: z.strictObject({
      ...ofDataset,
      summaries: z.coerce.number().int().min(0).max(20).default(0).describe('Of so many, what they are in a sentence.'),
    }),
    answer: z.strictObject({ items: z.array(campaign.extend({ summary: summary.describe(SUMMARY) })) }),
  },
  'campaigns.show': {
    method: 'GET',
    path: '/v1/datasets/{dataset}/campaigns/{campaign}',
    permission: 'view',
    says: 'a campaign: its trigger, its contributors and what to do about it',
    params: z.strictObject({ dataset: name, campaign: z.string().min(1).max(400) }),
    answer: campaignInFull,
  },
} as const satisfies Record<string, Route>
