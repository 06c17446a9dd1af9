import { z } from 'zod'
import { count, name, page, pageQuery, reason } from './common.ts'
import type { Route } from './route.ts'

const CLIENT_STANDINGS = ['held', 'cleared'] as const

const client = z
  .string()
  .regex(/^[a-z0-9][a-z0-9._-]{0,63}$/)
  .describe('As it was enrolled.')
const params = z.strictObject({ federation: name, client })
const standing = z.enum(CLIENT_STANDINGS)

const evidence = {
  round: z.int().min(1),
  risk: z.number().nullable().describe('The probability that the client poisons; null where its updates are not seen.'),
  deviations: z.number().describe('Above the bulk of the round; 0 where its updates are not seen.'),
  why: z.array(z.string()).describe('Sentences for a person.'),
}

export const CLIENT_ROUTES = {
  'clients.list': {
    method: 'GET',
    path: '/v1/clients',
    permission: 'view',
    says: 'clients of federations whose updates are held, the riskiest first and behind it those that act alike with it, each with the last round that held it',
    query: z.strictObject({ federation: name.optional(), standing: standing.default('held'), ...pageQuery }),
    answer: page(
      z.strictObject({
        federation: name,
        client,
        ...evidence,
        standing,
        rounds: count.describe('In how many rounds it stands so.'),
        alike: z.array(client).describe('Held clients that go on acting alike with it: one campaign, or one owner.'),
      }),
    ),
  },
  'clients.show': {
    method: 'GET',
    path: '/v1/federations/{federation}/clients/{client}',
    permission: 'view',
    says: 'what became of the updates of a client, the last round first',
    params,
    query: z.strictObject(pageQuery),
    answer: page(
      z.strictObject({
        ...evidence,
        ruling: z.enum(['counted', 'clipped', 'held', 'rejected', 'missing']),
        standing: standing.nullable().describe('Null where it was not held.'),
      }),
    ).extend({ held: count.describe('In how many rounds it is held.'), etag: z.string() }),
  },
  'clients.clear': {
    method: 'POST',
    path: '/v1/federations/{federation}/clients/{client}/clear',
    permission: 'record.decide',
    says: 'lets a held client be: what it is held for is cleared, what rounds taught of it is forgotten, and it is asked again; its held updates stay out',
    params,
    body: z.strictObject({ reason }),
    answer: z.strictObject({ federation: name, client, standing: z.literal('cleared') }),
    isDangerous: true,
    ifMatch: true,
  },
} as const satisfies Record<string, Route>
