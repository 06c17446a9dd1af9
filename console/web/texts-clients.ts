import { count, plural } from '#present/text.ts'
import type { AnswerOf } from './api/client.ts'

type Round = AnswerOf<'GET /v1/federations/{federation}/clients/{client}'>['items'][number]

/** The texts of the page of clients, which are fetched with it. */
export const CLIENT_TEXTS = {
  title: 'Clients',
  says: 'Clients of federations whose updates are held, the riskiest first and behind it those that act alike with it, each with the last round that held it. A held update is in no model.',
  federation: 'Federation',
  standing: 'Standing',
  standings: { held: 'held', cleared: 'cleared' } satisfies Record<NonNullable<Round['standing']>, string>,
  client: 'Client',
  why: 'Why',
  round: 'Round',
  nth: (round: number) => `Round ${count(round)}`,
  last: 'Last in round',
  alike: (others: readonly string[]) => `Goes on acting alike with ${others.join(', ')}: one campaign, or one owner.`,
  risk: 'Risk',
  deviations: 'Deviations',
  rounds: 'Rounds in all',
  none: { held: 'No client is held.', cleared: 'No client was cleared.' },
  one: 'The client',
  heldFor: (rounds: number) => (rounds === 0 ? 'held for nothing' : `held in ${plural(rounds, 'round')}`),
  measures:
    'Risk is the probability that it poisons, as far as its updates say; deviations are above the bulk of their round.',
  update: 'Its update',
  cleared: 'held, cleared',
  rulings: {
    counted: 'counted',
    clipped: 'counted, shortened',
    held: 'held',
    rejected: 'rejected',
    missing: 'did not come',
  } satisfies Record<Round['ruling'], string>,
  clear: {
    open: 'Clear',
    title: (client: string) => `Clear ${client}`,
    says: 'Nothing was wrong with its updates: it is held for nothing any more, what rounds taught of it is forgotten, and it is asked again. Its held updates stay out of the model.',
    audited: 'The reason is kept in the audit log.',
    done: (client: string) => `${client} is cleared.`,
  },
} as const
