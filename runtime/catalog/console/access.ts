import { AppError } from '#core/errors.ts'
import { change, type CatalogContext } from '../context.ts'
import { fromText, toText } from '../text.ts'

/** A signed-in person's session; only the SHA-256 of its cookie is stored. */
export interface SessionRow {
  readonly id: string
  readonly person: string
  readonly via: 'link' | 'openid'
  /** JSON. */
  readonly grants: string
  readonly address: string
  readonly agent: string
  readonly startedAt: Date
  readonly seenAt: Date
  readonly expiresAt: Date
  /** Until when a second factor, which was requested, is valid. */
  readonly strongUntil: Date | null
}

export interface NewSession extends Pick<
  SessionRow,
  'id' | 'person' | 'via' | 'grants' | 'address' | 'agent' | 'strongUntil'
> {
  /** SHA-256 of the cookie, hex. */
  readonly secret: string
  readonly seconds: number
}

export interface TokenRow {
  readonly id: string
  readonly name: string
  /** JSON. */
  readonly grants: string
  readonly madeBy: string
  readonly madeAt: Date
  readonly expiresAt: Date
  readonly seenAt: Date | null
  readonly revokedAt: Date | null
}

export interface AccessCatalog {
  startSession(session: NewSession): Promise<SessionRow>
  /** The open session of a cookie that was used within `idleSeconds`, which now counts as used again; else null. */
  session(secret: string, idleSeconds: number, address: string): Promise<SessionRow | null>
  /** Open sessions of one person, or (null) of all, the latest first. */
  sessions(person: string | null, idleSeconds: number): Promise<SessionRow[]>
  /** False if there is no such open session (of this person, if one is named). */
  endSession(id: string, by: string, person: string | null): Promise<boolean>
  /** Makes a token, or returns the existing one. Throws `conflict` (`idempotency_reused`) if that is a different one. */
  makeToken(token: {
    readonly id: string
    readonly secret: string
    /** The digest of the request. */
    readonly digest: string
    readonly name: string
    readonly grants: string
    readonly madeBy: string
    readonly seconds: number
  }): Promise<TokenRow>
  /** The token with this secret, if it is neither expired nor revoked. */
  token(secret: string): Promise<TokenRow | null>
  /** The latest first. */
  tokens(): Promise<TokenRow[]>
  revokeToken(id: string, by: string): Promise<boolean>
}

export function accessCatalog(context: CatalogContext): AccessCatalog {
  const { sql, now } = context
  return {
    startSession: (session) =>
      change(context, async (tx) => {
        const { id, secret, person, via, grants, address, agent, seconds, strongUntil } = session
        const [row] = await tx.query<SessionDbRow>(
          `insert into sessions (id, secret, person, via, grants, address, agent, started_at, seen_at, expires_at, strong_until)
           values ($1, $2, $3, $4, $5, $6, $7, ${NOW(8)}, ${NOW(8)}, ${NOW(8)} + make_interval(secs => $9::integer), $10::timestamptz)
           returning *`,
          [
            id,
            secret,
            toText(person),
            via,
            grants,
            toText(address),
            toText(agent),
            now(),
            seconds,
            strongUntil?.toISOString() ?? null,
          ],
        )
        if (row === undefined) throw new AppError('internal', 'a session was not kept')
        return [
          toSession(row),
          {
            action: 'session.started',
            subject: id,
            detail: { via, address, strong: strongUntil !== null },
            actor: person,
          },
        ]
      }),

    async session(secret, idleSeconds, address) {
      const [row] = await sql.query<SessionDbRow>(`select * from sessions where secret = $1 and ${OPEN(2, 3)}`, [
        secret,
        now(),
        idleSeconds,
      ])
      if (row === undefined) return null
      // at most once a minute, because not every read should write
      await sql.query(
        `update sessions set seen_at = ${NOW(2)}, address = $3
         where id = $1 and (seen_at < ${NOW(2)} - interval '1 minute' or address <> $3)`,
        [row.id, now(), toText(address)],
      )
      return toSession(row)
    },

    async sessions(person, idleSeconds) {
      const rows = await sql.query<SessionDbRow>(
        `select * from sessions where ($1::text is null or person = $1) and ${OPEN(2, 3)} order by started_at desc, id`,
        [person === null ? null : toText(person), now(), idleSeconds],
      )
      return rows.map(toSession)
    },

    endSession: (id, by, person) =>
      change<boolean>(context, async (tx) => {
        const ended = await tx.query(
          `update sessions set ended_at = ${NOW(2)} where id = $1 and ended_at is null and ($3::text is null or person = $3)
           returning 1 as one`,
          [id, now(), person === null ? null : toText(person)],
        )
        if (ended.length === 0) return [false, null]
        return [true, { action: 'session.ended', subject: id, actor: by }]
      }),

    makeToken: (token) =>
      change(context, async (tx) => {
        const { id, secret, digest, name, grants, madeBy, seconds } = token
        const [made] = await tx.query<TokenDbRow>(
          `insert into tokens (id, secret, digest, name, grants, made_by, made_at, expires_at)
           values ($1, $2, $3, $4, $5, $6, ${NOW(7)}, ${NOW(7)} + make_interval(secs => $8::integer))
           on conflict (id) do nothing returning *`,
          [id, secret, digest, toText(name), grants, toText(madeBy), now(), seconds],
        )
        if (made !== undefined) {
          return [toToken(made), { action: 'token.made', subject: id, detail: { name, grants }, actor: madeBy }]
        }
        const [there] = await tx.query<TokenDbRow & { digest: string }>('select * from tokens where id = $1', [id])
        if (there?.digest === digest) return [toToken(there), null]
        throw new AppError('conflict', 'this Idempotency-Key was used for another token', {
          reason: 'idempotency_reused',
        })
      }),

    async token(secret) {
      const [row] = await sql.query<TokenDbRow>(
        `update tokens set seen_at = ${NOW(2)} where secret = $1 and revoked_at is null and expires_at > ${NOW(2)}
         returning *`,
        [secret, now()],
      )
      return row === undefined ? null : toToken(row)
    },

    async tokens() {
      return (await sql.query<TokenDbRow>('select * from tokens order by made_at desc, id')).map(toToken)
    },

    revokeToken: (id, by) =>
      change<boolean>(context, async (tx) => {
        const revoked = await tx.query(
          `update tokens set revoked_at = ${NOW(2)} where id = $1 and revoked_at is null returning 1 as one`,
          [id, now()],
        )
        return revoked.length === 0 ? [false, null] : [true, { action: 'token.revoked', subject: id, actor: by }]
      }),
  }
}

const NOW = (parameter: number) => `coalesce($${parameter}::timestamptz, clock_timestamp())`
const OPEN = (clock: number, idle: number) =>
  `ended_at is null and expires_at > ${NOW(clock)} and seen_at > ${NOW(clock)} - make_interval(secs => $${idle}::integer)`

interface SessionDbRow {
  readonly id: string
  readonly person: string
  readonly via: SessionRow['via']
  readonly grants: string
  readonly address: string
  readonly agent: string
  readonly started_at: Date
  readonly seen_at: Date
  readonly expires_at: Date
  readonly strong_until: Date | null
}

function toSession(row: SessionDbRow): SessionRow {
  return {
    id: row.id,
    person: fromText(row.person),
    via: row.via,
    grants: row.grants,
    address: fromText(row.address),
    agent: fromText(row.agent),
    startedAt: row.started_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
    strongUntil: row.strong_until,
  }
}

interface TokenDbRow {
  readonly id: string
  readonly name: string
  readonly grants: string
  readonly made_by: string
  readonly made_at: Date
  readonly seen_at: Date | null
  readonly expires_at: Date
  readonly revoked_at: Date | null
}

function toToken(row: TokenDbRow): TokenRow {
  return {
    id: row.id,
    name: fromText(row.name),
    grants: row.grants,
    madeBy: fromText(row.made_by),
    madeAt: row.made_at,
    seenAt: row.seen_at,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
  }
}
