import { AppError } from '#core/errors.ts'
import type {
  ClientRound,
  FederationCatalog,
  FederationRow,
  HeldClient,
  ParticipantRow,
  RoundClient,
  RoundRow,
} from './federation-rows.ts'
import { clientPasts, forget, unbar } from './client-pasts.ts'
import { change, json, type AuditNote, type CatalogContext } from './context.ts'
import type { Queryable } from './sql.ts'
import { lockName, nameTaken } from './names.ts'
import { holdLease } from './stage.ts'
import { toText } from './text.ts'

/** Federations, their participants and their rounds. Names are checked before they come here, so they hold nothing hostile. */
export function federationCatalog(context: CatalogContext): FederationCatalog {
  const { sql, now } = context
  const about = (federation: string, name: string | number) => `${federation}/${name}`
  return {
    ...clientPasts(context),

    begin: (federation) =>
      change(context, async (tx) => {
        const { name, session, kid } = federation
        await lockName(tx, name)
        const [dataset] = await tx.query('select 1 as one from datasets where name = $1', [toText(name)])
        if (dataset !== undefined) throw nameTaken('dataset', name)
        const inserted = await tx.query(
          `insert into federations (name, session, kid, begun_at) values ($1, $2, $3, coalesce($4::timestamptz, clock_timestamp()))
           on conflict do nothing returning 1 as one`,
          [name, session, kid, now()],
        )
        const note =
          inserted.length === 0 ? null : { action: 'federation.begun', subject: name, detail: { session, kid } }
        return [(await federationIn(tx, name))!, note]
      }),

    get: (name) => federationIn(sql, name),

    enrol: (federation, name, publicKey) =>
      change(context, async (tx): Promise<readonly [ParticipantRow, AuditNote | null]> => {
        const before = await participantIn(tx, federation, name)
        if (before?.state !== 'revoked' && before?.publicKey === publicKey) return [before, null]
        if (before !== undefined && before.state !== 'revoked') {
          const message = `${name} is enrolled with another key: revoke it first`
          throw new AppError('conflict', message, { reason: 'enrolled_differently' })
        }
        const fresh = await tx.query(
          `insert into participant_keys (federation, public_key, name) values ($1, $2, $3)
           on conflict do nothing returning 1 as one`,
          [federation, publicKey, name],
        )
        if (fresh.length === 0) {
          const message =
            'this key was enrolled before: each client has a key of its own, and a new one after it was revoked'
          throw new AppError('conflict', message, { reason: 'key_taken' })
        }
        await tx.query(
          `insert into participants (federation, name, public_key, state, enrolled_at)
           values ($1, $2, $3, 'enrolled', coalesce($4::timestamptz, clock_timestamp()))
           on conflict (federation, name) do update
             set public_key = excluded.public_key, state = 'enrolled', enrolled_at = excluded.enrolled_at`,
          [federation, name, publicKey, now()],
        )
        const note = { action: 'client.enrolled', subject: about(federation, name), detail: { publicKey } }
        return [(await participantIn(tx, federation, name))!, note]
      }),

    setState: (federation, name, state, reason) =>
      change(context, async (tx) => {
        const before = await participantIn(tx, federation, name)
        if (before === undefined) throw new AppError('not_found', `${name} is not enrolled in ${federation}`)
        if (before.state === state) return [undefined, null]
        if (before.state === 'revoked') {
          throw new AppError('conflict', `${name} is revoked: enrol it with a new key`, { reason: 'revoked' })
        }
        await tx.query('update participants set state = $3 where federation = $1 and name = $2', [
          federation,
          name,
          state,
        ])
        const action = state === 'enrolled' ? 'client.resumed' : `client.${state}`
        return [undefined, { action, subject: about(federation, name), detail: { reason } }]
      }),

    async participants(federation) {
      const rows = await sql.query<ParticipantDbRow>('select * from participants where federation = $1 order by name', [
        federation,
      ])
      return rows.map(toParticipant)
    },

    open: (federation, { round, asked, noise, model }, lease) =>
      change(context, async (tx) => {
        await holdLease(tx, lease)
        const [last] = await tx.query<{ round: number; state: string }>(
          'select round, state from rounds where federation = $1 order by round desc limit 1',
          [federation],
        )
        const newest = last?.round ?? 0
        if (round > newest + 1) {
          const message = `the chain of ${federation} has ${round - 1} rounds, and the catalog knows of ${newest}: the catalog is older than the chain, put its newest copy back`
          throw new AppError('conflict', message, { reason: 'catalog_behind' })
        }
        if (last?.state === 'open' || round <= newest) {
          const message = `round ${round} of ${federation} cannot be opened: round ${last?.round ?? 0} is ${last?.state ?? 'the last'}`
          throw new AppError('conflict', message, { reason: 'round_taken' })
        }
        await tx.query(
          `insert into rounds (federation, round, state, asked, noise, model, opened_at)
           values ($1, $2, 'open', $3::text::jsonb, $4::text::jsonb, $5, coalesce($6::timestamptz, clock_timestamp()))`,
          [federation, round, json(asked), noise === null ? null : json(noise), model, now()],
        )
        return [
          undefined,
          { action: 'round.opened', subject: about(federation, round), detail: { asked: asked.length, model } },
        ]
      }),

    async stage(federation, round, stage) {
      await sql.query(`update rounds set stage = $3 where federation = $1 and round = $2 and state = 'open'`, [
        federation,
        round,
        stage,
      ])
    },

    end: (federation, round, { state, why, model, epsilon, manifest, clients }) =>
      change(context, async (tx) => {
        const ended = await tx.query(
          `update rounds set state = $3, why = $4, model = $5, epsilon = $6, manifest = $7,
             ended_at = coalesce($8::timestamptz, clock_timestamp())
           where federation = $1 and round = $2 and state = 'open' returning 1 as one`,
          [federation, round, state, why, model, epsilon, manifest, now()],
        )
        if (ended.length === 0) return [undefined, null]
        await tx.query(
          `insert into round_clients (federation, round, client, ruling, score, risk, why, standing)
           select $1, $2, client, ruling, score, risk, why, case ruling when 'held' then 'held' end
           from jsonb_to_recordset($3::text::jsonb) as given(client text, ruling text, score double precision, risk double precision, why jsonb)`,
          [federation, round, json(clients)],
        )
        const held = clients.filter(({ ruling }) => ruling === 'held').map(({ client }) => client)
        const detail = { manifest, model, clients: clients.length, held: held.join(' ') }
        return [undefined, { action: `round.${ACTIONS[state]}`, subject: about(federation, round), detail }]
      }),

    async rounds(federation, limit) {
      const rows = await sql.query<RoundDbRow>(
        'select * from rounds where federation = $1 order by round desc limit $2',
        [federation, limit ?? null],
      )
      return rows.map(toRound)
    },

    clients: (federation, round) =>
      sql.query<RoundClient>(
        'select client, ruling, score, risk, why from round_clients where federation = $1 and round = $2 order by client',
        [federation, round],
      ),

    history: (federation, client) =>
      sql.query<ClientRound>(
        'select round, ruling, score, risk, why, standing from round_clients where federation = $1 and client = $2 order by round desc',
        [federation, client],
      ),

    held: ({ federation, standing }) =>
      sql.query<HeldClient>(
        `select federation, round, client, ruling, score, risk, why, standing from round_clients
         where ruling = 'held' and federation = coalesce($1, federation) and standing = coalesce($2, standing)
         order by federation, round desc, score desc, client`,
        [federation ?? null, standing ?? null],
      ),

    clear: (federation, client, reason, { by, held } = {}) =>
      change(context, async (tx) => {
        // until this transaction ends, no round opens and none teaches
        await tx.query('select 1 as one from federations where name = $1 for update', [federation])
        const cleared = await tx.query(
          `update round_clients set standing = 'cleared'
           where federation = $1 and client = $2 and standing = 'held' returning round`,
          [federation, client],
        )
        const unseen = held === undefined ? [] : cleared.filter(({ round }) => !held.includes(round as number))
        if (unseen.length > 0)
          throw new AppError(
            'conflict',
            'the client has been held in another round since it was shown: look at it again',
            {
              reason: 'stale',
            },
          )
        const asked = await unbar(tx, federation, client)
        const forgot = await forget(tx, federation, client)
        if (cleared.length === 0 && !asked && !forgot) return [0, null]
        const detail = { reason, rounds: cleared.map(({ round }) => String(round)).join(' ') }
        const note = { action: 'client.cleared', subject: about(federation, client), detail }
        return [cleared.length, by === undefined ? note : { ...note, actor: by }]
      }),
  }
}

const ACTIONS = { committed: 'committed', rolledBack: 'rolled_back', aborted: 'aborted' } as const

async function federationIn(on: Queryable, name: string): Promise<FederationRow | null> {
  const [row] = await on.query<FederationRow>('select name, session, kid from federations where name = $1', [name])
  return row ?? null
}

async function participantIn(on: Queryable, federation: string, name: string): Promise<ParticipantRow | undefined> {
  const [row] = await on.query<ParticipantDbRow>(
    'select * from participants where federation = $1 and name = $2 for update',
    [federation, name],
  )
  return row === undefined ? undefined : toParticipant(row)
}

interface ParticipantDbRow {
  readonly name: string
  readonly public_key: string
  readonly state: ParticipantRow['state']
  readonly enrolled_at: Date
}

function toParticipant({
  name,
  public_key: publicKey,
  state,
  enrolled_at: enrolledAt,
}: ParticipantDbRow): ParticipantRow {
  return { name, publicKey, state, enrolledAt }
}

interface RoundDbRow extends Omit<RoundRow, 'openedAt' | 'endedAt'> {
  readonly opened_at: Date
  readonly ended_at: Date | null
}

function toRound({ round, asked, noise, model, state, stage, why, epsilon, manifest, ...row }: RoundDbRow): RoundRow {
  const times = { openedAt: row.opened_at, endedAt: row.ended_at }
  return { round, asked, noise, model, state, stage, why, epsilon, manifest, ...times }
}
