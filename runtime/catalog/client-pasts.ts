import { change, json, type CatalogContext } from './context.ts'
import type { Transaction } from './sql.ts'

/** A mean over rounds. */
export interface RoundMean {
  readonly sum: number
  readonly rounds: number
}

/** What rounds have taught about a federation's clients. */
export interface ClientPasts {
  /** Clients that were proved to have lied about a sketch, and in which round: they are not asked until cleared. */
  barred(federation: string): Promise<Map<string, number>>
  /** How clients stand out and how alike they are, by the subject of each mean. */
  means(federation: string): Promise<Map<string, RoundMean>>
  /**
   * Stores what a round taught: the clients that lied in it, and the means that it changed, except those of clients that a
   * reviewer has cleared since the round began. Repeating it changes nothing.
   */
  learn(
    federation: string,
    round: number,
    learned: { readonly liars: readonly string[]; readonly means: ReadonlyMap<string, RoundMean> },
  ): Promise<void>
}

export function clientPasts(context: CatalogContext): ClientPasts {
  const { sql } = context
  return {
    async barred(federation) {
      const rows = await sql.query<{ client: string; round: number }>(
        'select client, round from barred_clients where federation = $1',
        [federation],
      )
      return new Map(rows.map(({ client, round }) => [client, round]))
    },

    async means(federation) {
      const rows = await sql.query<RoundMean & { about: string }>(
        'select about, sum, rounds from client_likenesses where federation = $1',
        [federation],
      )
      return new Map(rows.map(({ about, sum, rounds }) => [about, { sum, rounds }]))
    },

    learn: (federation, round, { liars, means }) =>
      change(context, async (tx) => {
        // clearing a client takes this row for update, so in either order what was forgotten does not come back
        await tx.query('select 1 as one from federations where name = $1 for share', [federation])
        await tx.query(
          `insert into client_likenesses (federation, about, sum, rounds)
           select $1, about, sum, rounds
           from jsonb_to_recordset($2::text::jsonb) as given(about text, sum double precision, rounds integer)
           where not exists (
             select from cleared_pasts where federation = $1 and round >= $3
               and client in (split_part(about, ' ', 1), split_part(about, ' ', 2), split_part(about, ':', 1)))
           on conflict (federation, about) do update set sum = excluded.sum, rounds = excluded.rounds`,
          [federation, json([...means].map(([about, { sum, rounds }]) => ({ about, sum, rounds }))), round],
        )
        const fresh = await tx.query<{ client: string }>(
          `insert into barred_clients (federation, client, round)
           select $1, client, $2 from jsonb_array_elements_text($3::text::jsonb) as given(client)
           on conflict do nothing returning client`,
          [federation, round, json(liars)],
        )
        if (fresh.length === 0) return [undefined, null]
        const clients = fresh
          .map(({ client }) => client)
          .sort()
          .join(' ')
        return [undefined, { action: 'client.barred', subject: `${federation}/${round}`, detail: { clients } }]
      }),
  }
}

/** Lets a client be asked again. Returns whether it was barred. */
export async function unbar(tx: Transaction, federation: string, client: string): Promise<boolean> {
  const gone = await tx.query('delete from barred_clients where federation = $1 and client = $2 returning 1 as one', [
    federation,
    client,
  ])
  return gone.length > 0
}

/**
 * Forgets what rounds taught about a client and about how alike others are to it, including the open round. Returns whether
 * there was anything.
 */
export async function forget(tx: Transaction, federation: string, client: string): Promise<boolean> {
  await tx.query(
    `insert into cleared_pasts (federation, client, round)
     select $1, $2, round from rounds where federation = $1 and state = 'open'
     on conflict (federation, client) do update set round = excluded.round`,
    [federation, client],
  )
  const gone = await tx.query(
    `delete from client_likenesses where federation = $1
       and $2 in (split_part(about, ' ', 1), split_part(about, ' ', 2), split_part(about, ':', 1)) returning 1 as one`,
    [federation, client],
  )
  return gone.length > 0
}
