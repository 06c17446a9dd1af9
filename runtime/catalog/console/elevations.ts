import { AppError } from '#core/errors.ts'
import { change, type CatalogContext } from '../context.ts'
import type { Queryable } from '../sql.ts'
import { fromText, toText } from '../text.ts'

/** A role that somebody asked to have for a limited time. */
export interface ElevationRow {
  readonly id: string
  readonly ordinal: number
  readonly person: string
  readonly role: string
  /** Null: every dataset. */
  readonly datasets: readonly string[] | null
  readonly reason: string
  readonly minutes: number
  readonly state: 'asked' | 'granted' | 'refused' | 'ended' | 'expired'
  readonly decidedBy: string | null
  readonly askedAt: Date
  readonly expiresAt: Date | null
}

export interface ElevationCatalog {
  /** Asks for one, or returns the existing one. Throws `conflict` (`idempotency_reused`) if that is a different one. */
  ask(
    elevation: Pick<ElevationRow, 'id' | 'person' | 'role' | 'datasets' | 'reason' | 'minutes'> & {
      readonly digest: string
    },
  ): Promise<ElevationRow>
  get(id: string): Promise<ElevationRow | null>
  /** Those of one person, or (null) of all; the latest first. */
  list(choice: {
    readonly person: string | null
    readonly after: number | undefined
    readonly limit: number
  }): Promise<ElevationRow[]>
  /** The roles that a person has now by elevations. */
  granted(person: string): Promise<readonly Pick<ElevationRow, 'role' | 'datasets'>[]>
  /**
   * Grants it from now on, for its minutes. Throws `not_found`, `conflict` if no approval is pending, `denied` (`own_request`)
   * for the person who asked.
   */
  grant(id: string, by: string): Promise<ElevationRow>
  /** The person who asked may refuse it too. Throws `not_found`, `conflict` if no approval is pending. */
  refuse(id: string, by: string): Promise<ElevationRow>
  /** Ends it early. Throws `not_found`, `conflict` if it has ended or was never granted. */
  end(id: string, by: string): Promise<ElevationRow>
}

export function elevationCatalog(context: CatalogContext): ElevationCatalog {
  const { sql, now } = context
  const find = async (on: Queryable, id: string, lock = ''): Promise<ElevationRow | null> => {
    const [row] = await on.query<ElevationDbRow>(`${SELECT(2)} where id = $1 ${lock}`, [id, now()])
    return row === undefined ? null : toElevation(row)
  }
  const move = (id: string, by: string, from: ElevationRow['state'], to: 'granted' | 'refused' | 'ended') =>
    change(context, async (tx) => {
      const row = await find(tx, id, 'for update')
      if (row === null) throw new AppError('not_found', `there is no request ${id} for a role`)
      if (row.state !== from) throw new AppError('conflict', `the request ${id} for a role is ${row.state}`)
      if (to === 'granted' && row.person === by) {
        throw new AppError('denied', 'who asked for it cannot grant it: that takes another person', {
          reason: 'own_request',
        })
      }
      await tx.query(
        `update elevations set state = $2, decided_by = $3,
           expires_at = case when $2 = 'granted' then ${NOW(4)} + make_interval(mins => minutes) else expires_at end
         where id = $1`,
        [id, to, toText(by), now()],
      )
      const moved = await find(tx, id)
      if (moved === null) throw new AppError('internal', 'a request for a role was not kept')
      const { person, role, minutes } = row
      return [moved, { action: `elevation.${to}`, subject: id, detail: { person, role, minutes }, actor: by }]
    })
  return {
    ask: ({ id, digest, person, role, datasets, reason, minutes }) =>
      change(context, async (tx) => {
        const inserted = await tx.query(
          `insert into elevations (id, digest, person, role, datasets, reason, minutes, asked_at)
           values ($1, $2, $3, $4, $5, $6, $7::integer, ${NOW(8)}) on conflict (id) do nothing returning 1 as one`,
          [
            id,
            digest,
            toText(person),
            role,
            datasets === null ? null : JSON.stringify(datasets),
            toText(reason),
            minutes,
            now(),
          ],
        )
        const [there] = await tx.query<{ digest: string }>('select digest from elevations where id = $1', [id])
        const row = await find(tx, id)
        if (row === null || there?.digest !== digest) {
          throw new AppError('conflict', 'this Idempotency-Key was used for another request', {
            reason: 'idempotency_reused',
          })
        }
        if (inserted.length === 0) return [row, null]
        return [row, { action: 'elevation.asked', subject: id, detail: { role, minutes }, actor: person }]
      }),

    get: (id) => find(sql, id),

    async list({ person, after, limit }) {
      const rows = await sql.query<ElevationDbRow>(
        `${SELECT(1)} where ($2::text is null or person = $2) and ($3::integer is null or ordinal < $3::integer)
         order by ordinal desc limit $4::integer`,
        [now(), person === null ? null : toText(person), after ?? null, limit],
      )
      return rows.map(toElevation)
    },

    async granted(person) {
      const rows = await sql.query<Pick<ElevationDbRow, 'role' | 'datasets'>>(
        `select role, datasets from elevations where person = $1 and state = 'granted' and expires_at > ${NOW(2)}`,
        [toText(person), now()],
      )
      return rows.map(({ role, datasets }) => ({ role, datasets: listOf(datasets) }))
    },

    grant: (id, by) => move(id, by, 'asked', 'granted'),
    refuse: (id, by) => move(id, by, 'asked', 'refused'),
    end: (id, by) => move(id, by, 'granted', 'ended'),
  }
}

const NOW = (parameter: number) => `coalesce($${parameter}::timestamptz, clock_timestamp())`
const SELECT = (clock: number) =>
  `select *, state = 'granted' and expires_at <= ${NOW(clock)} as expired from elevations`

interface ElevationDbRow {
  readonly id: string
  readonly ordinal: number
  readonly person: string
  readonly role: string
  readonly datasets: string | null
  readonly reason: string
  readonly minutes: number
  readonly state: 'asked' | 'granted' | 'refused' | 'ended'
  readonly decided_by: string | null
  readonly asked_at: Date
  readonly expires_at: Date | null
  readonly expired: boolean | null
}

function listOf(datasets: string | null): readonly string[] | null {
  return datasets === null ? null : (JSON.parse(datasets) as string[])
}

function toElevation(row: ElevationDbRow): ElevationRow {
  return {
    id: row.id,
    ordinal: row.ordinal,
    person: fromText(row.person),
    role: row.role,
    datasets: listOf(row.datasets),
    reason: fromText(row.reason),
    minutes: row.minutes,
    state: row.expired === true ? 'expired' : row.state,
    decidedBy: row.decided_by === null ? null : fromText(row.decided_by),
    askedAt: row.asked_at,
    expiresAt: row.expires_at,
  }
}
