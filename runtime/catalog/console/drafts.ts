import { AppError } from '#core/errors.ts'
import { change, json, type AuditNote, type CatalogContext } from '../context.ts'
import type { Queryable } from '../sql.ts'
import { fromText, toText } from '../text.ts'

/** A draft of a contract beside the configured one. */
export interface DraftRow {
  readonly id: string
  readonly ordinal: number
  readonly dataset: string
  /** SHA-256, hex, of the file that it is based on. */
  readonly base: string
  /** The text that would be written to the file. */
  readonly text: string
  readonly reason: string
  /** Counts the changes of its text. */
  readonly revision: number
  /** `publishing`: the file is being written, or was when the process ended. */
  readonly state: 'open' | 'publishing' | 'published' | 'discarded'
  readonly madeBy: string
  readonly madeAt: Date
  readonly changedBy: string
  readonly changedAt: Date
}

/** The revision that was shown: a change to another revision is refused. */
type Shown = Pick<DraftRow, 'id' | 'revision'> & { readonly by: string }

export interface DraftCatalog {
  /** Makes a draft, or returns the existing one. Throws `conflict` (`idempotency_reused`) if that is a different one. */
  make(
    draft: Pick<DraftRow, 'id' | 'dataset' | 'base' | 'text' | 'reason' | 'madeBy'> & { readonly digest: string },
  ): Promise<DraftRow>
  get(id: string): Promise<DraftRow | null>
  /** Drafts of these datasets, or (null) of all; the latest first. */
  list(choice: {
    readonly datasets: readonly string[] | null
    readonly after: number | undefined
    readonly limit: number
  }): Promise<DraftRow[]>
  /** Throws `not_found`, and `conflict`: `stale` for another revision, or because it is no longer open. */
  rewrite(shown: Shown, draft: Pick<DraftRow, 'base' | 'text'>): Promise<DraftRow>
  /** Throws like `rewrite`. Publishing may be repeated on a draft that is being published already. */
  move(shown: Shown, to: 'publishing' | 'published' | 'discarded', detail?: AuditNote['detail']): Promise<DraftRow>
}

/** The states from which a draft can move to each state. */
const FROM = {
  open: ['open'],
  publishing: ['open', 'publishing'],
  published: ['publishing'],
  discarded: ['open'],
} as const

export function draftCatalog(context: CatalogContext): DraftCatalog {
  const { sql, now } = context
  const find = async (on: Queryable, id: string, lock = ''): Promise<DraftRow | null> => {
    const [row] = await on.query<DraftDbRow>(`select * from contract_drafts where id = $1 ${lock}`, [id])
    return row === undefined ? null : toDraft(row)
  }
  const require = async (on: Queryable, id: string): Promise<DraftRow> => {
    const row = await find(on, id, 'for update')
    if (row === null) throw new AppError('not_found', `there is no draft ${id} of a contract`)
    return row
  }
  const check = (row: DraftRow, revision: number, to: keyof typeof FROM) => {
    const { id, state } = row
    if (row.revision !== revision) {
      throw new AppError('conflict', 'the draft has changed since it was shown: look at it again', { reason: 'stale' })
    }
    if (!FROM[to].some((from) => from === state))
      throw new AppError('conflict', `the draft ${id} of a contract is ${state}`)
  }
  return {
    make: ({ id, digest, dataset, base, text, reason, madeBy }) =>
      change(context, async (tx) => {
        const inserted = await tx.query(
          `insert into contract_drafts (id, digest, dataset, base, body, reason, made_by, made_at, changed_by, changed_at)
           select $1, $2, $3, $4, $5, $6, $7, at, $7, at from (select ${NOW(8)} as at) as clock
           on conflict (id) do nothing returning 1 as one`,
          [id, digest, toText(dataset), base, toText(text), toText(reason), toText(madeBy), now()],
        )
        const [there] = await tx.query<{ digest: string }>('select digest from contract_drafts where id = $1', [id])
        if (there?.digest !== digest) {
          throw new AppError('conflict', 'this Idempotency-Key was used for another draft', {
            reason: 'idempotency_reused',
          })
        }
        const row = await require(tx, id)
        if (inserted.length === 0) return [row, null]
        return [row, { action: 'draft.made', subject: id, detail: { dataset, base }, actor: madeBy }]
      }),

    get: (id) => find(sql, id),

    async list({ datasets, after, limit }) {
      const rows = await sql.query<DraftDbRow>(
        `select * from contract_drafts
         where ($1::text is null or dataset in (select jsonb_array_elements_text($1::text::jsonb)))
           and ($2::integer is null or ordinal < $2::integer) order by ordinal desc limit $3::integer`,
        [datasets === null ? null : json(datasets.map(toText)), after ?? null, limit],
      )
      return rows.map(toDraft)
    },

    rewrite: ({ id, revision, by }, { base, text }) =>
      change(context, async (tx) => {
        const row = await require(tx, id)
        // a repeated request finds what it wrote
        if (row.revision === revision + 1 && row.text === text && row.changedBy === by) return [row, null]
        check(row, revision, 'open')
        await tx.query(
          `update contract_drafts set base = $2, body = $3, revision = revision + 1, changed_by = $4, changed_at = ${NOW(5)}
           where id = $1`,
          [id, base, toText(text), toText(by), now()],
        )
        const detail = { dataset: row.dataset, base, revision: revision + 1 }
        return [await require(tx, id), { action: 'draft.rewritten', subject: id, detail, actor: by }]
      }),

    move: ({ id, revision, by }, to, detail = {}) =>
      change(context, async (tx) => {
        const row = await require(tx, id)
        if (row.state === to && row.revision === revision) return [row, null]
        check(row, revision, to)
        await tx.query(`update contract_drafts set state = $2, changed_by = $3, changed_at = ${NOW(4)} where id = $1`, [
          id,
          to,
          toText(by),
          now(),
        ])
        const note = { action: `draft.${to}`, subject: id, detail: { dataset: row.dataset, ...detail }, actor: by }
        return [await require(tx, id), note]
      }),
  }
}

const NOW = (parameter: number) => `coalesce($${parameter}::timestamptz, clock_timestamp())`

interface DraftDbRow {
  readonly id: string
  readonly ordinal: number
  readonly dataset: string
  readonly base: string
  readonly body: string
  readonly reason: string
  readonly revision: number
  readonly state: DraftRow['state']
  readonly made_by: string
  readonly made_at: Date
  readonly changed_by: string
  readonly changed_at: Date
}

function toDraft(row: DraftDbRow): DraftRow {
  const { id, ordinal, base, revision, state } = row
  return {
    id,
    ordinal,
    dataset: fromText(row.dataset),
    base,
    text: fromText(row.body),
    reason: fromText(row.reason),
    revision,
    state,
    madeBy: fromText(row.made_by),
    madeAt: row.made_at,
    changedBy: fromText(row.changed_by),
    changedAt: row.changed_at,
  }
}
