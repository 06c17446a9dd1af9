import { AppError } from '#core/errors.ts'
import { change, type CatalogContext } from '../context.ts'
import type { Queryable } from '../sql.ts'
import { fromText, toText } from '../text.ts'

export type KeyWork = 'rotate' | 'rewrap' | 'retire'

/** Work on keys that somebody requested; it continues after the page is closed. */
export interface KeyJobRow {
  readonly id: string
  readonly ordinal: number
  readonly what: KeyWork
  /** Canonical JSON. */
  readonly choice: string
  readonly askedBy: string
  readonly approvedBy: string | null
  readonly state: 'asked' | 'running' | 'done' | 'failed' | 'refused'
  readonly done: number
  readonly total: number | null
  /** The result. */
  readonly says: string | null
  readonly askedAt: Date
}

export interface KeyJobCatalog {
  /**
   * Requests a job, or returns the existing one. Throws `conflict` (`idempotency_reused`) if that is a different one, or if the
   * same version is waiting to be retired already.
   */
  ask(
    job: Pick<KeyJobRow, 'id' | 'what' | 'choice' | 'askedBy'> & { readonly state: 'asked' | 'running' },
  ): Promise<{ readonly job: KeyJobRow; readonly isNew: boolean }>
  get(id: string): Promise<KeyJobRow | null>
  /** The latest first. */
  list(choice: { readonly after: number | undefined; readonly limit: number }): Promise<KeyJobRow[]>
  /** Throws `not_found`, `conflict` if no approval is pending, `denied` (`own_request`) for the person who asked. */
  approve(id: string, by: string): Promise<KeyJobRow>
  /** The person who asked may refuse it too. Throws `not_found`, `conflict` if no approval is pending. */
  refuse(id: string, by: string): Promise<KeyJobRow>
  progress(id: string, done: number, total: number): Promise<void>
  end(id: string, state: 'done' | 'failed', says: string): Promise<KeyJobRow>
  running(): Promise<KeyJobRow[]>
}

export function keyJobCatalog(context: CatalogContext): KeyJobCatalog {
  const { sql, now } = context
  const decide = (id: string, by: string, state: 'running' | 'refused') =>
    change(context, async (tx) => {
      const [row] = await tx.query<KeyJobDbRow>('select * from key_jobs where id = $1 for update', [id])
      if (row === undefined) throw new AppError('not_found', `there is no work ${id} on keys`)
      if (row.state !== 'asked')
        throw new AppError('conflict', `work ${id} on keys waits for nobody: it is ${row.state}`)
      if (state === 'running' && fromText(row.asked_by) === by) {
        throw new AppError('denied', 'who asked for it cannot approve it: that takes another person', {
          reason: 'own_request',
        })
      }
      await tx.query('update key_jobs set state = $2, approved_by = $3 where id = $1', [
        id,
        state,
        state === 'running' ? toText(by) : null,
      ])
      const action = state === 'running' ? 'key.work_approved' : 'key.work_refused'
      return [await requireJob(tx, id), { action, subject: id, detail: { what: row.what }, actor: by }]
    })
  return {
    ask: ({ id, what, choice, askedBy, state }) =>
      change<{ job: KeyJobRow; isNew: boolean }>(context, async (tx) => {
        const inserted = await tx.query(
          `insert into key_jobs (id, what, choice, asked_by, state, asked_at)
           values ($1, $2, $3, $4, $5, coalesce($6::timestamptz, clock_timestamp()))
           on conflict (id) do nothing returning 1 as one`,
          [id, what, toText(choice), toText(askedBy), state, now()],
        )
        const job = await requireJob(tx, id)
        if (inserted.length > 0) {
          if (what === 'retire') await requireFirst(tx, job)
          return [
            { job, isNew: true },
            { action: 'key.work_asked', subject: id, detail: { what }, actor: askedBy },
          ]
        }
        if (job.what === what && job.choice === choice) return [{ job, isNew: false }, null]
        throw new AppError('conflict', 'this Idempotency-Key was used for other work', { reason: 'idempotency_reused' })
      }),

    async get(id) {
      const [row] = await sql.query<KeyJobDbRow>('select * from key_jobs where id = $1', [id])
      return row === undefined ? null : toJob(row)
    },

    async list({ after, limit }) {
      const rows = await sql.query<KeyJobDbRow>(
        `select * from key_jobs where $1::integer is null or ordinal < $1::integer order by ordinal desc limit $2::integer`,
        [after ?? null, limit],
      )
      return rows.map(toJob)
    },

    approve: (id, by) => decide(id, by, 'running'),
    refuse: (id, by) => decide(id, by, 'refused'),

    async progress(id, done, total) {
      await sql.query('update key_jobs set done = $2::integer, total = $3::integer where id = $1', [id, done, total])
    },

    end: (id, state, says) =>
      change(context, async (tx) => {
        await tx.query('update key_jobs set state = $2, says = $3 where id = $1', [id, state, toText(says)])
        const job = await requireJob(tx, id)
        const detail = { what: job.what, state }
        return [job, { action: 'key.work_ended', subject: id, detail, actor: job.askedBy }]
      }),

    async running() {
      const rows = await sql.query<KeyJobDbRow>(`select * from key_jobs where state = 'running' order by ordinal`)
      return rows.map(toJob)
    },
  }
}

async function requireJob(on: Queryable, id: string): Promise<KeyJobRow> {
  const [row] = await on.query<KeyJobDbRow>('select * from key_jobs where id = $1', [id])
  if (row === undefined) throw new AppError('not_found', `there is no work ${id} on keys`)
  return toJob(row)
}

interface KeyJobDbRow {
  readonly id: string
  readonly ordinal: number
  readonly what: KeyWork
  readonly choice: string
  readonly asked_by: string
  readonly approved_by: string | null
  readonly state: KeyJobRow['state']
  readonly done: number
  readonly total: number | null
  readonly says: string | null
  readonly asked_at: Date
}

function toJob(row: KeyJobDbRow): KeyJobRow {
  return {
    id: row.id,
    ordinal: row.ordinal,
    what: row.what,
    choice: fromText(row.choice),
    askedBy: fromText(row.asked_by),
    approvedBy: row.approved_by === null ? null : fromText(row.approved_by),
    state: row.state,
    done: row.done,
    total: row.total,
    says: row.says === null ? null : fromText(row.says),
    askedAt: row.asked_at,
  }
}

/** Refuses a second job for the same version: two people could each approve one, and the second would have nothing to retire. */
async function requireFirst(tx: Queryable, { id, what, choice }: KeyJobRow): Promise<void> {
  const waiting = await tx.query(
    `select 1 as one from key_jobs where what = $1 and choice = $2 and id <> $3 and state in ('asked', 'running')`,
    [what, toText(choice), id],
  )
  if (waiting.length > 0) throw new AppError('conflict', 'this version waits to be retired already')
}
