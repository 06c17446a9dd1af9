import { z } from 'zod'
import { count, name, query, reason, recordKey, time } from './common.ts'
import { VERDICTS } from './closed-lists.ts'
import type { Route } from './route.ts'
import { opinionSchema, recordRow } from './records.ts'

const said = {
  verdict: z.enum(VERDICTS),
  label: z.string().min(1).max(400).nullable().default(null).describe('Of relabel alone: what it should have been.'),
}
const isLabelled = ({ verdict, label }: { verdict: string; label: string | null }) =>
  (verdict === 'relabel') === (label !== null)
const unlabelled = { path: ['label'], error: 'relabel names the label, and nothing else does' }

const params = z.strictObject({ record: recordKey })
const ofDataset = { dataset: name.optional().describe('This dataset alone.') }
const share = { said: count, compared: count, alike: count, gold: count, right: count }

export const OPINION_ROUTES = {
  'opinions.ask': {
    method: 'POST',
    path: '/v1/opinions/requests',
    permission: 'record.decide',
    says: 'asks for opinions on a sample of what a query finds; the same seed draws the same sample',
    body: z.strictObject({
      q: query,
      most: z.int().min(1).max(1000).default(50).describe('Records of the sample.'),
      wanted: z.int().min(2).max(5).default(2).describe('Opinions on each; a decision over it alone is one.'),
      seed: z.int().min(0).max(2_147_483_647).default(1),
    }),
    answer: z.strictObject({ records: count }),
    status: 201,
  },
  'opinions.next': {
    method: 'GET',
    path: '/v1/opinions/next',
    permission: 'record.decide',
    says: 'the next record that one is asked about, without what others think of it',
    query: z.strictObject(ofDataset),
    answer: z.strictObject({
      record: recordRow
        .pick({
          key: true,
          record: true,
          dataset: true,
          window: true,
          risk: true,
          families: true,
          label: true,
          contributor: true,
          campaign: true,
        })
        .nullable(),
      waiting: count.describe('It among them.'),
    }),
  },
  'opinions.give': {
    method: 'POST',
    path: '/v1/records/{record}/opinions',
    permission: 'record.decide',
    says: 'says what one thinks of it, once; decides nothing. What others said is answered',
    params,
    body: z.strictObject({ ...said, reason }).refine(isLabelled, unlabelled),
    answer: z.strictObject({ opinions: z.array(opinionSchema) }),
    status: 201,
  },
  'opinions.agreement': {
    method: 'GET',
    path: '/v1/opinions/agreement',
    permission: 'record.decide',
    says: 'how far people agree: Krippendorff’s α over opinions, and decisions over one record alone; gold samples',
    query: z.strictObject(ofDataset),
    answer: z.strictObject({
      alpha: z.number().nullable().describe('1 where all agree, 0 as by chance; null where too little was said.'),
      between: z.array(z.number()).length(2).nullable().describe('95 % of resamples of the records lie between.'),
      units: count.describe('Records of which two or more people said something.'),
      disputed: count.describe('Of them, those of which they did not say the same.'),
      people: z.array(z.strictObject({ person: name, ...share })),
    }),
  },
  'gold.set': {
    method: 'PUT',
    path: '/v1/records/{record}/gold',
    permission: 'record.decide',
    says: 'says what is right of a record: everybody is asked about it, as about others. Null takes that back',
    params,
    body: z.strictObject({ gold: z.strictObject(said).refine(isLabelled, unlabelled).nullable() }),
    answer: z.strictObject({
      gold: z.strictObject({ verdict: z.enum(VERDICTS), label: z.string().nullable(), by: name, at: time }).nullable(),
    }),
  },
  'records.share': {
    method: 'POST',
    path: '/v1/assignments',
    permission: 'record.annotate',
    says: 'shares what a query finds in quarantine, and nobody is to decide over, evenly among people, the riskiest in turn',
    body: z.strictObject({ q: query, people: z.array(name).min(1).max(50) }),
    answer: z.strictObject({ records: count }),
  },
} as const satisfies Record<string, Route>
